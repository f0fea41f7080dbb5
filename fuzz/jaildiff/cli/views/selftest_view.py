"""The output of the self-test: a table, and a plot of how long each fault takes."""

from io import BytesIO
from pathlib import Path
from statistics import median

from rich.styled import Styled

from jaildiff.cli.terminal import out
from jaildiff.kernels.fault import Fault
from jaildiff.selftest.clean import SEED, CleanRecord
from jaildiff.selftest.summary import SelfTest, right
from jaildiff.selftest.trial import Trial
from jaildiff.support.files import write_atomic

OUTCOME_STYLE = {"found": "green", "misjudged": "yellow", "missed": "bold red"}


def outcome(trials: list[Trial]) -> str:
    """The result for a fault: found, misjudged, or missed by some seed."""
    if not all(trial.found for trial in trials):
        return "missed"
    return "found" if all(map(right, trials)) else "misjudged"


def show_selftest(test: SelfTest, faults: dict[str, Fault]) -> None:
    """One line for each fault, and the sums."""
    rows: list[tuple[str | Styled, ...]] = []
    for name, trials in test.trials.items():
        said = ", ".join(sorted({f"{t.side} {t.kind}" for t in trials if t.found}))
        how = outcome(trials)
        ops, seconds = median(t.ops for t in trials), median(t.seconds for t in trials)
        cells = (
            faults[name].model,
            Styled(how, OUTCOME_STYLE[how]),
            f"{ops:,.0f}",
            f"{seconds:.2f}",
        )
        rows.append((name, *cells, said))
    for name, why in test.corrections.items():
        how = "found" if why is None else "missed"
        told = why or "gone, and nothing else is found"
        rows.append((name, faults[name].model, Styled(how, OUTCOME_STYLE[how]), "", "", told))
    for name, where in test.rules.items():
        how = "found" if where else "missed"
        told = f"noticed in {where}" if where else ""
        rows.append((name, "rules", Styled(how, OUTCOME_STYLE[how]), "", "", told))
    out.table(("fault", "kernel", "outcome", "ops", "seconds", "said"), rows)
    sums = test.json()
    times = ", median {median_seconds} s, longest {max_seconds} s" if test.trials else ""
    for line in (
        "{found} of {faults} faults found" + times,
        "right: kind and side {kind_share:.1%} of the hunts, root step {root_share:.1%}",
        "{false_alarms} false alarms in {clean_ops:,} ops without a fault",
        "missed: {missed}",
        "misjudged: {misjudged}",
    ):
        out.say(line.format(**sums))
    out.say("passed" if test.passed else "FAILED", "green" if test.passed else "bold red")


def show_clean(record: CleanRecord) -> None:
    """What the ops without a fault have shown so far, in this state of the code."""
    for name, run in record.runs.items():
        out.say(f"{name}: {run.ops:,} ops of {run.programs:,} programs")
        for number, what in run.alarms.items():
            out.say(f"  false alarm in program {number} of seed {SEED}: {what}", "bold red")
    sums = f"{record.alarms} false alarms in {record.ops:,} ops without a fault"
    out.say(f"{sums}, all with code {record.code}")


def plot(test: SelfTest, path: Path) -> None:
    """Draw the processor time that each fault takes, in order."""
    from matplotlib.figure import Figure  # noqa: PLC0415  # slow to load, and optional

    rows = sorted(
        (median(max(t.seconds, 1e-4) for t in trials), outcome(trials))
        for trials in test.trials.values()
    )
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    colours = {"found": "tab:green", "misjudged": "tab:orange", "missed": "tab:red"}
    for how, colour in colours.items():
        places = [place for place, row in enumerate(rows, 1) if row[1] == how]
        if places:
            seconds = [rows[place - 1][0] for place in places]
            axes.scatter(places, seconds, s=14, color=colour, label=f"{how} ({len(places)})")
    axes.set(yscale="log", xlabel="faults, the quickest first", ylabel="seconds of processor time")
    axes.set_title(f"Until a seeded fault is found, median of {test.seeds} seeds")
    axes.grid(visible=True, axis="y", alpha=0.3)
    axes.legend()
    drawn = BytesIO()
    figure.savefig(drawn, format=path.suffix[1:] or "png")
    write_atomic(path, drawn.getvalue())
