"""Seed one fault into one model and see whether the harness finds and names it.

The hunt is the production one: generated programs, the shipped baseline, and the faulty kernel
in place of the sound one.  The outcome is the first thing found that is neither intended nor
known.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from jail_kernel.kernel import Kernel
from jaildiff.differ.classes import up_to
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.experiment import experiment
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.differ.verdict.divergence import Divergence, judge_echo, judge_root
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.verdict.rulebook import Rulebook
from jaildiff.differ.walk import BROKEN, Event, Violation, Walk
from jaildiff.findings.baseline import Baseline
from jaildiff.kernels.bug_kinds import BugKind, Side
from jaildiff.kernels.fault import Fault
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import Op
from jaildiff.programs.program import Program
from jaildiff.recordings.blame.diagnosis import Diagnosis, accuse
from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.hunt import EVERY_OP
from jaildiff.selftest.ground import Ground


@dataclass(frozen=True, slots=True)
class News:
    """The first thing in a program that is neither intended nor known."""

    step: int
    what: str  # a rule, an invariant, or "unexplained"
    kind: str | None  # the kind of bug, if a rule or an invariant tells it
    side: str | None


@dataclass(slots=True)
class Trial:
    """The hunt for one fault with one seed."""

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


def seeded(fault: Fault, sound: Comparison) -> tuple[Comparison, Side]:
    """The comparison with the faulty kernel in place of the sound one, and the side it is on."""
    if fault.model == sound.new.name:
        return Comparison(sound.old, fault.apply()), Side.NEW
    return Comparison(fault.apply(), sound.new), Side.OLD


def run_fault(fault: Fault, ground: Ground, seed: int, seconds: float) -> Trial:
    """Hunt one fault until it is found or `seconds` of processor time have passed."""
    trial = Trial(fault.id, seed)
    sound, baseline = ground.comparison, ground.baseline
    faulty, _ = seeded(fault, sound)
    started = time.process_time()
    for number in count():
        program = generate(seed, number, descriptors=sound.has_descriptors)
        news = first_news(program, faulty, baseline, trial, every_op=number % EVERY_OP == 0)
        trial.seconds = time.process_time() - started
        if news is not None:
            judge_news(fault, sound, trial, program, news)
            return trial
        if trial.seconds > seconds:
            return trial
    raise AssertionError


def run_clean(ground: Ground, seed: int, ops: int) -> Trial:
    """Hunt without a fault for `ops` ops; anything found is a false alarm."""
    trial = Trial("", seed)
    sound, baseline = ground.comparison, ground.baseline
    started = time.process_time()
    for number in count():
        program = generate(seed, number, descriptors=sound.has_descriptors)
        news = first_news(program, sound, baseline, trial, every_op=number % EVERY_OP == 0)
        trial.seconds = time.process_time() - started
        if news is not None:
            trial.found, trial.what, trial.program = True, news.what, program
        if news is not None or trial.ops >= ops:
            return trial
    raise AssertionError


def run_correction(
    fault: Fault, ground: Ground, seeds: int, seconds: float, witnesses: list[Program]
) -> str | None:
    """What is wrong with a corrected kernel; None if nothing.

    It must yield no news, and the rules in `fault.gone` must claim nothing any more.
    """
    sound, baseline = ground.comparison, ground.baseline
    corrected, _ = seeded(fault, sound)
    before, after = Trial(fault.id, 0), Trial(fault.id, 0)
    for program in witnesses:
        first_news(program, sound, baseline, before, every_op=True)
        news = first_news(program, corrected, baseline, after, every_op=True)
        if news is not None:
            return f"{news.what} in {program.id}"
    if not fault.gone <= before.claimed:
        return f"not shown by its witness: {sorted(fault.gone - before.claimed)}"
    for seed in range(1, seeds + 1):
        for number in numbers(seconds):
            program = generate(seed, number, descriptors=sound.has_descriptors)
            news = first_news(program, corrected, baseline, after, every_op=number % EVERY_OP == 0)
            if news is not None:
                return f"{news.what} in {program.id}"
    left = fault.gone & after.claimed
    return f"still there: {sorted(left)}" if left else None


def numbers(seconds: float) -> Iterator[int]:
    """Count up from 0 until `seconds` of processor time have passed."""
    end = time.process_time() + seconds
    for number in count():
        if time.process_time() > end:
            return
        yield number


def first_news(
    program: Program, compared: Comparison, baseline: Baseline, trial: Trial, *, every_op: bool
) -> News | None:
    """The first news in one program; with `every_op` invariants are checked after each op.

    If news shows only at the end or as a crash, run the program again with every op checked:
    a broken invariant may then name an earlier step.
    """
    walk = Walk(program.jail_max, compared, program.setup, every_op=every_op)
    roots: list[Divergence] = []
    news = None
    try:
        for call in program.calls:
            events = walk.take(call)
            trial.ops += 1
            news = events_news(events, compared, baseline, trial, roots)
            if news is not None or walk.lockstep.panicked:
                return news
        news = events_news(walk.end(), compared, baseline, trial, roots)
    except BROKEN as error:
        news = News(walk.lockstep.index, f"crash: {error!r}", str(BugKind.PANIC), None)
    if news is None or every_op:
        return news
    return first_news(program, compared, baseline, trial, every_op=True)


def events_news(
    events: Iterable[Event],
    compared: Comparison,
    baseline: Baseline,
    trial: Trial,
    roots: list[Divergence],
) -> News | None:
    """The first of these events that is news, as news."""
    for event in events:
        if isinstance(event, Step):
            news = step_news(event, compared.rulebook, baseline, trial, roots)
        else:
            news = violation_news(event, baseline)
        if news is not None:
            return news
    return None


def step_news(
    step: Step, rules: Rulebook, baseline: Baseline, trial: Trial, roots: list[Divergence]
) -> News | None:
    """A differing step as news; None if it is intended or known.

    An echo is news only if its own rule makes it so.
    """
    judged = judge_root(step, rules) if step.cases else judge_echo(step, roots, rules)
    trial.claimed.add(judged.rule or "")
    if step.cases:
        roots.append(judged)
    if is_known(judged, baseline):
        return None
    if step.cases:
        trial.evidence = step
    return root_news(judged)


def is_known(root: Divergence, baseline: Baseline) -> bool:
    """Whether a root is intended or in the baseline."""
    return root.verdict is Verdict.INTENDED or baseline.entry(root.fingerprint) is not None


def root_news(root: Divergence) -> News:
    """A root, or an echo with a rule of its own, as news."""
    kind = None if root.bug_kind is None else str(root.bug_kind)
    side = None if root.side is None else str(root.side)
    return News(root.step, root.rule or "unexplained", kind, side)


def violation_news(found: Violation, baseline: Baseline) -> News | None:
    """A broken invariant as news; None if it is in the baseline."""
    if baseline.entry(found.fingerprint) is not None:
        return None
    return News(found.step, found.invariant, str(found.bug_kind), found.side)


def judge_news(fault: Fault, sound: Comparison, trial: Trial, program: Program, news: News) -> None:
    """Check the news against the fault's entry, and its step against the sound kernels."""
    faulty, side = seeded(fault, sound)
    trial.found, trial.what, trial.program = True, news.what, program
    trial.kind, trial.side = news.kind, news.side
    if news.what == "unexplained":
        try:
            diagnosis = accuse(program, news.step, faulty, sound)
        except BROKEN:
            diagnosis = Diagnosis(None, None)
        trial.kind = None if diagnosis.kind is None else str(diagnosis.kind)
        trial.side = None if diagnosis.side is None else str(diagnosis.side)
    trial.kind_right = trial.kind in fault.kinds
    trial.side_right = trial.side == side
    root = true_root(up_to(program, news.step), faulty, sound)
    trial.root_right = news.step == (len(program.calls) if root is None else root)


def true_root(program: Program, faulty: Comparison, sound: Comparison) -> int | None:
    """The first step at which a faulty model departs from the sound one, on either kernel's state.

    None if it departs in none of these calls; then only the clean-up at the end can show it.
    """
    lockstep = Lockstep(program.jail_max, faulty, program.setup)
    for index, call in enumerate(program.calls):
        try:
            if departs(lockstep, sound, call):
                return index
            lockstep.step(call)
        except BROKEN:
            return index
    return None


def departs(lockstep: Lockstep, sound: Comparison, call: Op) -> bool:
    """Whether a faulty kernel takes a call otherwise than the sound one; changes nothing."""
    for faulty, right in zip(lockstep.comparison.models, sound.models, strict=True):
        for k in (lockstep.old, lockstep.new):
            case = experiment(k, faulty, right, call)[1]
            k.rollback()
            if case is not None or order_after(k, faulty, call) != order_after(k, right, call):
                return True
    return False


def order_after(k: Kernel, model: Model, call: Op) -> list[int]:
    """The jids in allprison order after a call, which is then taken back."""
    model.step(k, call)
    order = [pr.jid for pr in k.allprison]
    k.rollback()
    return order
