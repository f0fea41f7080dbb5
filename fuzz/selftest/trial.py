"""The harness tested: faults are seeded into one model, and must be found and named.

Each fault is hunted as in production, faulty new against legacy or faulty legacy against new,
with generated programs and the shipped baseline.  What is found first that is neither intended
nor known counts.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from fuzz.differ.diff import BROKEN, Violation, left_behind, new_violations
from fuzz.differ.lockstep import Lockstep, Step, experiment
from fuzz.differ.verdict.divergence import Divergence, judge_echo, judge_root
from fuzz.differ.verdict.rule import Verdict
from fuzz.findings.baseline import Baseline
from fuzz.findings.finding import violation_fingerprint
from fuzz.kernels.bug_kinds import BugKind
from fuzz.kernels.fault import Fault
from fuzz.kernels.registry import LEGACY, NEW, PRISTINE, Model, Pair
from fuzz.programs.program import Program
from fuzz.recordings.blame.diagnosis import Diagnosis, accuse
from fuzz.search.generator.generate import generate
from fuzz.search.hunt.hunt import EVERY_OP
from prison.call import Call
from prison.kernel import Kernel


@dataclass(frozen=True, slots=True)
class News:
    """The first thing in a program that is neither intended nor known."""

    step: int
    what: str  # a rule, an invariant, or "unexplained"
    kind: str | None  # the kind of bug, as far as a rule or an invariant says it
    side: str | None


@dataclass(slots=True)
class Trial:
    """One fault hunted with one seed."""

    fault: str
    seed: int
    found: bool = False
    ops: int = 0
    seconds: float = 0.0  # of processor time
    what: str = ""
    kind: str | None = None
    side: str | None = None
    kind_right: bool = False
    side_right: bool = False
    root_right: bool = False
    claimed: set[str] = field(default_factory=set)  # the rules that claimed something
    program: Program | None = None
    evidence: Step | None = None  # the root that no rule claimed


def pair_of(fault: Fault) -> Pair:
    """The faulty model in its place beside the other, sound one."""
    model = fault.apply()
    return (model, NEW) if model.key == LEGACY.key else (LEGACY, model)


def run_fault(fault: Fault, seed: int, seconds: float, baseline: Baseline) -> Trial:
    """Hunt one fault, until it is found or the time is used up."""
    trial = Trial(fault.id, seed)
    pair = pair_of(fault)
    started = time.process_time()
    for number in count():
        program = generate(seed, number)
        news = first_news(program, pair, baseline, trial, every_op=number % EVERY_OP == 0)
        trial.seconds = time.process_time() - started
        if news is not None:
            judge_news(fault, trial, program, pair, news)
            return trial
        if trial.seconds > seconds:
            return trial
    raise AssertionError


def run_clean(seed: int, ops: int, baseline: Baseline) -> Trial:
    """Hunt without a fault for so many ops; whatever is found is a false alarm."""
    trial = Trial("", seed)
    started = time.process_time()
    for number in count():
        program = generate(seed, number)
        news = first_news(program, PRISTINE, baseline, trial, every_op=number % EVERY_OP == 0)
        trial.seconds = time.process_time() - started
        if news is not None:
            trial.found, trial.what, trial.program = True, news.what, program
        if news is not None or trial.ops >= ops:
            return trial
    raise AssertionError


def run_correction(
    fault: Fault, seeds: int, seconds: float, baseline: Baseline, witnesses: list[Program]
) -> str | None:
    """What is wrong with a corrected kernel: something is found, or what must be gone is not."""
    pair = pair_of(fault)
    before, after = Trial(fault.id, 0), Trial(fault.id, 0)
    for program in witnesses:
        first_news(program, PRISTINE, baseline, before, every_op=True)
        news = first_news(program, pair, baseline, after, every_op=True)
        if news is not None:
            return f"{news.what} in {program.id}"
    if not fault.gone <= before.claimed:
        return f"not shown by its witness: {sorted(fault.gone - before.claimed)}"
    for seed in range(1, seeds + 1):
        for number in numbers(seconds):
            program = generate(seed, number)
            news = first_news(program, pair, baseline, after, every_op=number % EVERY_OP == 0)
            if news is not None:
                return f"{news.what} in {program.id}"
    left = fault.gone & after.claimed
    return f"still there: {sorted(left)}" if left else None


def numbers(seconds: float) -> Iterator[int]:
    """0, 1, 2 and so on, for so many seconds of processor time."""
    end = time.process_time() + seconds
    for number in count():
        if time.process_time() > end:
            return
        yield number


def first_news(
    program: Program, pair: Pair, baseline: Baseline, trial: Trial, *, every_op: bool
) -> News | None:
    """The first news in one program; with `every_op` invariants are checked after each op."""
    lockstep = Lockstep(program.jail_max, *pair)
    known: set[tuple[str, int, str]] = set()
    roots: list[Divergence] = []
    for call in program.calls:
        try:
            step = lockstep.step(call)
        except BROKEN as error:
            if not every_op:
                return first_news(program, pair, baseline, trial, every_op=True)
            return News(lockstep.index, f"crash: {error!r}", str(BugKind.PANIC), None)
        trial.ops += 1
        news = None if step is None else step_news(step, baseline, trial, roots)
        if news is None and every_op and not lockstep.panicked:
            news = violation_news(new_violations(lockstep, known), baseline)
        if news is not None:
            return news
        if lockstep.panicked:
            return None
    found = new_violations(lockstep, known) + left_behind(lockstep, len(program.calls))
    news = violation_news(found, baseline)
    if news is None or every_op:
        return news
    return first_news(program, pair, baseline, trial, every_op=True)


def step_news(step: Step, baseline: Baseline, trial: Trial, roots: list[Divergence]) -> News | None:
    """Whether a difference is news; an echo is if it is by its own rule."""
    judged = judge_root(step) if step.cases else judge_echo(step, roots)
    trial.claimed.add(judged.rule or "")
    if step.cases:
        roots.append(judged)
    if is_known(judged, baseline):
        return None
    if step.cases:
        trial.evidence = step
    return root_news(judged)


def is_known(root: Divergence, baseline: Baseline) -> bool:
    """Intended, or in the baseline."""
    return root.verdict is Verdict.INTENDED or baseline.entry(root.fingerprint) is not None


def root_news(root: Divergence) -> News:
    """A root, or an echo with a rule of its own, as news."""
    kind = None if root.bug_kind is None else str(root.bug_kind)
    side = None if root.side is None else str(root.side)
    return News(root.step, root.rule or "unexplained", kind, side)


def violation_news(violations: list[Violation], baseline: Baseline) -> News | None:
    """The first violation that is not in the baseline."""
    for found in violations:
        if baseline.entry(violation_fingerprint(found)) is None:
            return News(found.step, found.invariant, str(found.bug_kind), found.side)
    return None


def judge_news(fault: Fault, trial: Trial, program: Program, pair: Pair, news: News) -> None:
    """Hold what was found against what the fault's entry says and against the sound model."""
    trial.found, trial.what, trial.program = True, news.what, program
    trial.kind, trial.side = news.kind, news.side
    if news.what == "unexplained":
        try:
            diagnosis = accuse(program, news.step, pair, PRISTINE)
        except BROKEN:
            diagnosis = Diagnosis(None, None)
        trial.kind = None if diagnosis.kind is None else str(diagnosis.kind)
        trial.side = None if diagnosis.side is None else str(diagnosis.side)
    trial.kind_right = trial.kind in fault.kinds
    trial.side_right = trial.side == fault.side
    root = true_root(program.calls[: news.step + 1], program.jail_max, pair)
    trial.root_right = news.step == (len(program.calls) if root is None else root)


def true_root(calls: Sequence[Call], jail_max: int, pair: Pair) -> int | None:
    """The first step at which a faulty model does something else than the sound one, on either
    kernel's state; None: not in these calls, so perhaps when everything is taken away.
    """
    lockstep = Lockstep(jail_max, *pair)
    for index, call in enumerate(calls):
        try:
            if departs(lockstep, pair, call):
                return index
            lockstep.step(call)
        except BROKEN:
            return index
    return None


def departs(lockstep: Lockstep, pair: Pair, call: Call) -> bool:
    """Whether a faulty model answers a call otherwise than the sound one; changes nothing."""
    for faulty, sound in zip(pair, PRISTINE, strict=True):
        for k in (lockstep.old, lockstep.new):
            case = experiment(k, faulty, sound, call)[1]
            k.rollback()
            if case is not None or order_after(k, faulty, call) != order_after(k, sound, call):
                return True
    return False


def order_after(k: Kernel, model: Model, call: Call) -> list[int]:
    """The jids of allprison in its order after a call; the kernel is left as it is."""
    model.step(k, call)
    order = [pr.jid for pr in k.allprison]
    k.rollback()
    return order
