"""Attribution held against a ground truth that knows no healing: the patch taken back in part.

At one root the new kernel is let step with some deltas switched off (tests/deltas.py), elsewhere
as it landed.  A root is a true cause of an echo if some such step makes the echo vanish.  Roots
are true causes together if the whole patch taken back at all of them does, and at no smaller set
of them; every set of roots is tried.  Where there are many, asked are those since the kernels were
last in the same state.

What comes out of that is tested once more by leaving steps out
(jaildiff.differ.leave_one_out).  Here that is held against two kernels that run without a lockstep:
without a cause and all that is spared something else must be seen, without what is spared the same
kind of thing; and what a story says is seen without the causes must be seen.

    python -m tests.truth --programs 20000 --seed 1 --out tests/data/causes.json

The file is written now and then; a run with another seed adds to what is there.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, count
from pathlib import Path

from jail_kernel.call import Malformed
from jaildiff.differ.attribution import Attribution
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import judge as judge_steps
from jaildiff.differ.leave_one_out import WithoutCauses, effect, kind_of_effect
from jaildiff.differ.steps.experiment import writes
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.differ.steps.observation import Differences
from jaildiff.differ.verdict.divergence import Divergence, gravity
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from tests.deltas import ALL, closed, without
from tests.programs import steps

LEFT_OUT = Malformed("left out")
PART = 1000  # programs, after which the numbers are written
ROOTS_MAX = 7  # Of more the sets are too many.

Off = frozenset[str]


@dataclass(slots=True)
class Tally:
    """What was found out about so many programs."""

    counts: Counter[str] = field(default_factory=Counter)
    deltas: Counter[str] = field(default_factory=Counter)  # links, by what had to be off
    disagreements: list[str] = field(default_factory=list)

    def hold(self, what: str, *, ok: bool, where: str) -> None:
        """Count something that must be so, and write down where it is not."""
        self.counts[what] += 1
        if not ok:
            self.counts[f"{what}: no"] += 1
            self.disagreements.append(f"{where}: {what}: no")

    def share(self, kind: str) -> float:
        """Of the links named (or true) how many are both."""
        return self.counts["links both"] / max(1, self.counts[f"links {kind}"])

    def json(self, seeds: Iterable[int]) -> dict[str, object]:
        """The numbers, for docs/causes.md."""
        return {
            "seeds": list(seeds),
            "counts": dict(sorted(self.counts.items())),
            "precision": round(self.share("named"), 6),
            "recall": round(self.share("true"), 6),
        }

    def lines(self) -> Iterator[str]:
        """All of it, for people."""
        yield from (f"{number:9,}  {what}" for what, number in sorted(self.counts.items()))
        yield from (f"{number:9,}  by {delta}" for delta, number in sorted(self.deltas.items()))
        yield f"precision {self.share('named'):.6f}, recall {self.share('true'):.6f}"
        yield from self.disagreements


class Trial:
    """One program, its roots and echoes, and what is left of these under other kernels."""

    def __init__(self, program: Program, met: list[Step]) -> None:
        self.program = program
        self.met = met
        self.roots = [step.index for step in met if step.cases]
        # Where the kernels would differ from one state, too, it is not the states alone.
        self.echoes = [step.index for step in met if not step.cases and not step.apart]
        self.calls = program.calls[: met[-1].index + 1]
        self.before = {
            echo: [root for root in stretch.roots if root < echo]
            for stretch in attribution(program).stretches(self.roots, self.echoes)
            for echo in stretch.echoes
        }
        self.instead = self.outcomes()
        self.left = {
            (root, off): self.differing({root: without(off)})
            for root, others in self.instead.items()
            for off in others
        }
        self.whole: dict[frozenset[int], set[int]] = {}
        self.shorter: dict[frozenset[int], list[Step]] = {}

    def outcomes(self) -> dict[int, list[Off]]:
        """For each root the deltas without which the new kernel steps otherwise there: the
        smallest set for each way to step.
        """
        k = boot(self.program)
        found: dict[int, list[Off]] = {}
        for index, call in enumerate(self.calls):
            if index in self.roots:
                seen = []
                for off in closed():
                    outcome = without(off).step(k, call), writes(k)
                    k.rollback()
                    if outcome not in seen:
                        seen.append(outcome)
                        found.setdefault(index, []).append(off)
                del found[index][0]  # As landed.
            if NEW.step(k, call).panicked:
                break
        return found

    def differing(self, instead: Mapping[int, Model]) -> set[int]:
        """The steps at which a user sees a difference if some are taken by other kernels."""
        old, new = boot(self.program), boot(self.program)
        differences, found = Differences(), set()
        for index, call in enumerate(self.calls):
            results = LEGACY.step(old, call), instead.get(index, NEW).step(new, call)
            appeared = index >= self.roots[0] and differences.update(old, new)
            if results[0] != results[1] or appeared:
                found.add(index)
            if any(result.panicked for result in results):
                break
        return found

    def stays(self, echo: int, roots: Iterable[int]) -> bool:
        """Whether the echo is there though the patch is taken back at all these roots."""
        key = frozenset(roots)
        if key not in self.whole:
            self.whole[key] = self.differing(dict.fromkeys(key, without(ALL)))
        return echo in self.whole[key]

    def seen(self, step: int, omitted: Iterable[int]) -> Step | None:
        """Both answers to a step, and what differs newly, if some steps are left out; None if a
        kernel panics before.
        """
        left = frozenset(omitted)
        if left not in self.shorter:
            self.shorter[left] = list(self.without(left))
        seen = self.shorter[left]
        return seen[step] if step < len(seen) else None

    def without(self, omitted: frozenset[int]) -> Iterator[Step]:
        """What two kernels do that run without a lockstep, and without some steps."""
        old, new = boot(self.program), boot(self.program)
        differences = Differences()
        for index, call in enumerate(self.calls):
            made = LEFT_OUT if index in omitted else call
            results = LEGACY.step(old, made), NEW.step(new, made)
            yield Step(index, call, *results, (), differences.update(old, new))
            if any(result.panicked for result in results):
                return

    def alone(self, echo: int) -> dict[int, Off]:
        """The roots that are true causes by themselves, and what has to be off there at least."""
        found: dict[int, Off] = {}
        for (root, off), left in self.left.items():
            if root in self.before[echo] and echo not in left:
                found.setdefault(root, off)
        return found

    def together(self, echo: int) -> set[int]:
        """The roots that are true causes together, but not by themselves."""
        before = self.before[echo]
        minimal: list[set[int]] = []
        for size in range(1, len(before) + 1):
            for roots in map(set, combinations(before, size)):
                if not any(known <= roots for known in minimal) and not self.stays(echo, roots):
                    minimal.append(roots)
        return {root for roots in minimal if len(roots) > 1 for root in roots}


def attribution(program: Program) -> Attribution:
    """The attribution of a program, from its start."""
    return Attribution(program, Lockstep(program.jail_max, LANDED, program.setup))


def causes(trial: Trial) -> dict[int, tuple[int, ...] | None]:
    """What attribution says of all echoes."""
    return attribution(trial.program).causes(trial.roots, trial.echoes)


def judge(trial: Trial, tally: Tally) -> None:
    """Hold what attribution says of one program against healing and against the truth."""
    found = causes(trial)
    tally.counts["programs with echoes"] += 1
    for echo, named in found.items():
        if named is None:  # It would take more calls than attribution may make.
            tally.counts["echoes over the budget"] += 1
            continue
        where = f"{trial.program.id} step {echo}"
        others = {*trial.before[echo]} - {*named}
        tally.hold("echoes named", ok=bool(named), where=where)
        tally.hold("healing the causes removes it", ok=not trial.stays(echo, named), where=where)
        tally.hold("healing all others does not", ok=trial.stays(echo, others), where=where)
        if len(named) + len(others) > ROOTS_MAX:
            tally.counts["echoes with too many roots"] += 1
            continue
        alone = trial.alone(echo)
        true = {*alone, *trial.together(echo)}
        tally.deltas.update("+".join(sorted(off)) for off in alone.values())
        tally.deltas["all, at several roots together"] += len(true) - len(alone)
        tally.counts["links named"] += len(named)
        tally.counts["links true"] += len(true)
        tally.counts["links both"] += len(true & {*named})
        missed = {*alone} - {*named}
        tally.counts["links missed, not there with all taken back"] += sum(
            trial.stays(echo, [root]) for root in missed
        )
        if true != {*named}:
            tally.disagreements.append(f"{where}: named {[*named]}, true {sorted(true)}")


def differs(step: Step | None) -> bool:
    """Whether a user sees the kernels differ at a step."""
    return step is not None and (step.old != step.new or bool(step.appeared))


def judge_left_out(trial: Trial, tally: Tally) -> None:
    """Hold what is said in the end of the causes against leaving them out, or healing them."""
    program, divergences = trial.program, judge_steps(trial.program, trial.met, LANDED)
    roots = {found.step: found for found in divergences if found.kind == "root"}
    for found in divergences:
        if found.kind == "root" or found.old.panicked or found.new.panicked:
            continue
        where, whole = f"{program.id} step {found.step}", trial.seen(found.step, ())
        assert whole is not None
        if found.spared:
            other = trial.seen(found.step, found.spared)
            same = other is not None and kind_of_effect(other) == kind_of_effect(whole)
            tally.hold("the same kind of thing without what is spared", ok=same, where=where)
        tally.counts[f"without the causes: {found.left}"] += 1
        tally.hold("what is said of it is so", ok=left_so(trial, found), where=where)
        if found.left is WithoutCauses.SAME:
            continue
        least = min((gravity(roots[cause])[:2] for cause in found.causes), default=None)
        for cause in found.causes:
            other = trial.seen(found.step, (*found.spared, cause))
            changed = other is None or effect(other) != effect(whole)
            tally.hold("something else without a cause", ok=changed, where=where)
            if gravity(roots[cause])[:2] != least:
                changed = other is None or kind_of_effect(other) != kind_of_effect(whole)
                tally.hold("another kind of thing without a graver cause", ok=changed, where=where)


def left_so(trial: Trial, found: Divergence) -> bool:
    """Whether what a story says of an echo without its causes is so."""
    gone = trial.seen(found.step, found.causes)
    all_gone = trial.seen(found.step, (*found.causes, *found.spared))
    match found.left:
        case WithoutCauses.AGREE:
            alike = found.step not in trial.echoes or not trial.stays(found.step, found.causes)
            return not differs(gone) and alike
        case WithoutCauses.LEFT_OUT:
            return not differs(gone)
        case WithoutCauses.OTHERS:
            return differs(gone) and not differs(all_gone)
        case WithoutCauses.ROOT | WithoutCauses.OTHERWISE | WithoutCauses.SAME:
            return differs(all_gone)
    return True


def divergent(seed: int) -> Iterator[tuple[Program, list[Step]]]:
    """Generated programs that differ somewhere."""
    for number in count():
        program = generate(seed, number)
        met = list(steps(program))
        if met:
            yield program, met


def tallies(seed: int, programs: int) -> Iterator[Tally]:
    """What so many divergent programs show, as it stands now and then, and in the end."""
    tally = Tally()
    for number, (program, met) in zip(range(1, programs + 1), divergent(seed), strict=False):
        tally.counts["divergent programs"] += 1
        if not all(step.cases for step in met):
            trial = Trial(program, met)
            judge(trial, tally)
            judge_left_out(trial, tally)
        if number % PART == 0 or number == programs:
            yield tally


def run(seed: int, programs: int) -> Tally:
    """Judge so many divergent programs."""
    *_, tally = tallies(seed, programs)
    return tally


def written(out: Path) -> tuple[list[int], Counter[str]]:
    """The seeds and the counts in a file; none if there is no file."""
    if not out.exists():
        return [], Counter()
    found = json.loads(out.read_text(encoding="utf-8"))
    return found["seeds"], Counter(found["counts"])


def write(out: Path, seeds: Iterable[int], counts: Counter[str]) -> None:
    """Write the numbers to a file, all or nothing."""
    text = json.dumps(Tally(counts).json(seeds), indent=2) + "\n"
    new = out.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(out)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.truth")
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="file to which the numbers are added, in JSON")
    options = parser.parse_args()
    seeds, before = written(options.out) if options.out else ([], Counter())
    for tally in tallies(options.seed, options.programs):
        if options.out:
            write(options.out, [*seeds, options.seed], before + tally.counts)
    print(*tally.lines(), sep="\n")  # noqa: T201  # its output


if __name__ == "__main__":
    main()
