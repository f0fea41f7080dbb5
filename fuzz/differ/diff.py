"""The differ: everything that can be said of one program."""

from collections.abc import Sequence
from dataclasses import dataclass

from fuzz.differ.attribution import causes
from fuzz.differ.lockstep import Lockstep, Step
from fuzz.differ.verdict.divergence import Divergence, judge_echo, judge_root
from fuzz.findings.baseline import NOTHING_LEFT
from fuzz.kernels.bug_kinds import BugKind
from fuzz.kernels.invariants import broken, kind_of
from fuzz.kernels.left_over import BROKEN_LISTS, kind_left
from fuzz.kernels.registry import PRISTINE, Pair
from fuzz.kernels.snapshot import cleanup
from fuzz.programs.program import Program
from prison.call import Call, Result

BROKEN = (LookupError, ValueError, AttributeError, RecursionError)  # what a broken kernel raises


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold any more since this step."""

    step: int  # the number of calls: found when everything was cleaned up
    side: str  # old, new, both
    invariant: str
    bug_kind: BugKind
    jid: int
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the differ says of one program."""

    answers: tuple[tuple[Result, Result], ...]  # of the old and the new kernel, op by op
    divergences: tuple[Divergence, ...]
    violations: tuple[Violation, ...]


def diff(program: Program, pair: Pair = PRISTINE) -> Report:
    """Run a program in lockstep and judge all that differs and all that is broken."""
    lockstep = Lockstep(program.jail_max, *pair)
    steps: list[Step] = []
    answers: list[tuple[Result, Result]] = []
    violations: list[Violation] = []
    known: set[tuple[str, int, str]] = set()
    for call in program.calls:
        step = lockstep.step(call)
        if step is not None:
            steps.append(step)
        answers.append(lockstep.answers)
        if lockstep.panicked:
            break
        violations += new_violations(lockstep, known)
    else:
        violations += left_behind(lockstep, len(program.calls))
    divergences = judge(program.calls, program.jail_max, steps, pair)
    return Report(tuple(answers), tuple(divergences), tuple(violations))


def judge(
    calls: Sequence[Call], jail_max: int, steps: Sequence[Step], pair: Pair = PRISTINE
) -> list[Divergence]:
    """The verdicts on all steps of a program that differ."""
    roots = {step.index: judge_root(step) for step in steps if step.cases}
    echoes = [step.index for step in steps if not step.cases]
    found = causes(calls, jail_max, list(roots), echoes, pair) if echoes else {}
    return [
        roots[step.index]
        if step.cases
        else judge_echo(step, [roots[root] for root in found[step.index]])
        for step in steps
    ]


def new_violations(lockstep: Lockstep, known: set[tuple[str, int, str]]) -> list[Violation]:
    """What has come to be broken with the last op."""
    old, new = broken(lockstep.old), broken(lockstep.new)
    found = []
    for key in old | new:
        alike = old.get(key) == new.get(key)  # else they come from different mistakes
        sides = {"both": old} if alike else {"old": old, "new": new}
        invariant, jid = key
        for side, texts in sides.items():
            if key in texts and (*key, side) not in known:
                known.add((*key, side))
                k = lockstep.new if side == "new" else lockstep.old
                kind = kind_of(k, invariant, jid)
                found.append(Violation(lockstep.index, side, invariant, kind, jid, texts[key]))
    return found


def left_behind(lockstep: Lockstep, step: int) -> list[Violation]:
    """What is left when everything is taken away, each kernel by its own model; consumes both."""
    found = []
    for model, k in zip(lockstep.models, (lockstep.old, lockstep.new), strict=True):
        try:
            left = cleanup(model, k)
        except BROKEN as error:
            left = f"{BROKEN_LISTS}: {error!r}"
        if left is not None:
            found.append(Violation(step, model.key, NOTHING_LEFT, kind_left(left), 0, left))
    return found
