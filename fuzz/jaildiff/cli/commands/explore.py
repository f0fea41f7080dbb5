"""`jaildiff explore`: everything that can happen in a small universe."""

from dataclasses import asdict
from pathlib import Path
from time import monotonic, process_time

import click

from jaildiff.cli import console
from jaildiff.cli.exit_codes import FOUND, INTERRUPTED
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import as_json, baseline_option, problems_of
from jaildiff.cli.progress import progress_bar
from jaildiff.cli.terminal import out, say_json
from jaildiff.differ.diff import diff
from jaildiff.findings import baseline as baselines
from jaildiff.findings.counting import count_bugs, counts_json, counts_text, rows_of
from jaildiff.findings.findings_file import write_index, write_witness
from jaildiff.search.exhaustive.explore import Explorer, Level
from jaildiff.search.exhaustive.universe import UNIVERSES
from jaildiff.support.files import refuse_link
from jaildiff.support.memory import peak_memory


@click.command()
@click.argument("universe", type=click.Choice(sorted(UNIVERSES)), default="small")
@click.option(
    "--depth", type=click.IntRange(min=1), help="Calls in a program; default: the universe's own."
)
@click.option("--fixpoint", is_flag=True, help="Go on until nothing new is met, at any depth.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a shortest witness of every class; default: write none.",
)
@kernels_option
@baseline_option
@as_json
def explore(
    kernels: Kernels,
    universe: str,
    depth: int | None,
    fixpoint: bool,
    out: Path | None,
    baseline_path: Path | None,
    as_json: bool,
) -> int:
    """Try every program of a small universe, breadth-first, and keep a shortest witness of every
    class.

    \b
    tiny    one jid; two processes, one holder: until nothing new is met
    small   two jids and automatic ones, names in names; two processes, two holders
    wide    small, with more parameters and forks in two halves
    race    one jid; three processes, forks in two halves
    descriptor  one jid; two processes, one descriptor that calls name

    Pairs of kernels that differ only in the names of processes, holders and jails count once.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark
    if out is not None:
        refuse_link(out)  # Fail now rather than after the work.
    chosen = UNIVERSES[universe]
    compared = kernels.comparison
    baseline = baselines.load(baseline_path, compared)
    search = Search(Explorer(chosen, baseline, compared), quiet=as_json)
    search.run(None if fixpoint else depth or chosen.depth)
    if out is not None:
        search.export(out)
    if as_json:
        say_json(search.summary())
    else:
        search.show()
    if search.interrupted:
        return INTERRUPTED
    found = search.explorer.all_findings()
    problems = problems_of(baseline, [finding.fingerprint for finding in found])
    return FOUND if any(p.fails for p in problems) or any(f.news for f in found) else 0


class Search:
    """A search as a user sees it: progress, interrupt and result."""

    def __init__(self, explorer: Explorer, *, quiet: bool) -> None:
        self.explorer = explorer
        self.quiet = quiet
        self.interrupted = False
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self.memory = 0  # that the search has taken, in bytes

    def run(self, depth: int | None) -> None:
        """Search until the depth is reached, nothing new is met, or Ctrl-C."""
        began, cpu, memory = monotonic(), process_time(), peak_memory()
        progress = progress_bar(
            quiet=self.quiet,
            before="depth {task.fields[depth]}",
            after="{task.completed:,} of {task.total:,} pairs, {task.fields[classes]} classes",
        )
        levels, findings = self.explorer.levels, self.explorer.findings
        try:
            with progress:
                task = progress.add_task("", total=1, depth=0, classes=0)

                def tick(done: int, total: int) -> None:
                    found = len(findings)
                    progress.update(
                        task, completed=done, total=total, depth=len(levels), classes=found
                    )

                for _ in self.explorer.run(depth, tick):
                    pass
        except KeyboardInterrupt:
            self.interrupted = True
        self.seconds, self.cpu_seconds = monotonic() - began, process_time() - cpu
        self.memory = peak_memory() - memory

    @property
    def memory_of_a_pair(self) -> int:
        """Bytes, of all that the search has met."""
        return self.memory // max(len(self.explorer.known), 1)

    @property
    def transitions(self) -> int:
        """Calls tried, at the depths that were searched completely."""
        return sum(level.transitions for level in self.explorer.levels)

    @property
    def rate(self) -> float:
        """Calls tried in a second of one core's time."""
        cpu = sum(level.cpu_seconds for level in self.explorer.levels)
        return self.transitions / cpu if cpu else 0.0

    @property
    def states(self) -> int:
        """Pairs that were searched."""
        return sum(level.states for level in self.explorer.levels)

    def statement(self) -> str:
        """What has been covered completely."""
        depth = len(self.explorer.levels)
        if self.explorer.closed:
            covered = f"Closed: nothing new is met after {depth} calls."
            programs = "In no program of this universe, however long,"
        else:
            covered = f"Not closed: searched completely up to {depth} calls."
            programs = f"In no program of this universe of up to {depth} calls"
        return (
            f"{covered} {programs} is there a root or a violation outside these "
            "classes. Every pair was tried for echoes, too; their causes are those on one shortest "
            "path for each set of rules that still affects it, not on every path."
        )

    def export(self, out: Path) -> None:
        """Write the witnesses and their index."""
        findings = self.explorer.all_findings()
        for finding in findings:
            program = self.explorer.witnesses[finding.fingerprint]
            write_witness(out, finding, program, diff(program, self.explorer.comparison))
        write_index(out, findings)

    def summary(self) -> dict[str, object]:
        """The output of `explore --json`."""
        found = rows_of(self.explorer.all_findings())
        return {
            "kernels": self.explorer.comparison.name,
            "universe": asdict(self.explorer.universe) | {"calls": len(self.explorer.states.calls)},
            "text": self.explorer.universe.text,
            "statement": self.statement(),
            "depth": len(self.explorer.levels),
            "closed": self.explorer.closed,
            "states": self.states,
            "transitions": self.transitions,
            "transitions_per_s": round(self.rate),
            "bytes_per_pair": self.memory_of_a_pair,
            "classes": len(self.explorer.findings),
            "unexplained": self.explorer.unexplained,
            "unconfirmed": self.explorer.unconfirmed,
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
            "interrupted": self.interrupted,
            "levels": [asdict(level) for level in self.explorer.levels],
            "bugs": counts_json(count_bugs(found)),
            "findings": found,
        }

    def show(self) -> None:
        """The output of `explore` for people."""
        explorer = self.explorer
        console.show_findings(explorer.all_findings())
        bugs = count_bugs(rows_of(explorer.all_findings()))
        out.say(counts_text(bugs, explorer.comparison))
        heads = ("calls before", "new pairs", "transitions", "classes", "s", "CPU s")
        out.table(heads, map(cells, explorer.levels))
        out.say(f"Universe {explorer.universe.text}")
        out.say(
            f"{self.states:,} pairs, {self.transitions:,} transitions of "
            f"{len(explorer.states.calls):,} calls in {self.seconds:.1f} s "
            f"({self.rate:,.0f}/s of one core), {len(explorer.findings)} classes, "
            f"{explorer.unexplained} unexplained" + (", interrupted" if self.interrupted else "")
        )
        out.say(
            f"{self.memory / 1e6:,.0f} MB of memory for {len(explorer.known):,} pairs met, "
            f"{self.memory_of_a_pair:,} bytes each"
        )
        if explorer.unconfirmed:
            out.say(f"{explorer.unconfirmed} kinds were not confirmed by their witness")
        out.say(self.statement())


def cells(level: Level) -> list[str]:
    """One row of the table."""
    numbers = (level.depth, level.states, level.transitions, level.classes)
    times = (f"{level.seconds:.1f}", f"{level.cpu_seconds:.1f}")
    return [*(f"{number:,}" for number in numbers), *times]
