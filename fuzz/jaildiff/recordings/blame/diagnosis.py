"""What kind of bug a difference is, where no rule says so: a decision over observations.

In a case the outcome `old`, a sound model's, is taken to be right, and the outcome `new` is under
suspicion.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jail_kernel.kernel import Kernel
from jail_kernel.reference import descendants
from jail_kernel.state import Prison
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.experiment import experiment, locations
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.kernels.bug_kinds import BugKind, Side
from jaildiff.kernels.holders import excess, miscounts
from jaildiff.kernels.invariants import broken, kind_of
from jaildiff.kernels.registry import Model
from jaildiff.kernels.snapshot import fds_json
from jaildiff.programs.commands.command import Op
from jaildiff.programs.program import Program
from jaildiff.recordings.blame.classify_bug import classify_bug


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, and in which kernel; None if neither differs from its sound model."""

    kind: BugKind | None
    side: Side | None


@dataclass(frozen=True, slots=True)
class Examined:
    """How a suspect differs from a sound model in one call."""

    case: RootExperiment
    violated: Mapping[tuple[str, int], str]  # invariant and jid: what is wrong there
    kind: BugKind


def accuse(program: Program, index: int, suspects: Comparison, right: Comparison) -> Diagnosis:
    """Which suspect is at fault at one step of a program, and what it did.

    Each suspect is tried on its own state, then on the other's, because a root may show on either.
    """
    lockstep = Lockstep(program.jail_max, suspects, program.setup)
    for call in program.calls[:index]:
        lockstep.step(call)
    call = program.calls[index]
    states = ((lockstep.old, lockstep.new), (lockstep.new, lockstep.old))
    found: dict[Side, BugKind] = {}
    pairs = zip(suspects.models, right.models, strict=True)
    for side, kernels, (suspect, sound) in zip(Side, states, pairs, strict=False):
        kinds = [compare_call(k, suspect, sound, call) for k in kernels]
        kind = kinds[0] or kinds[1]
        if kind is not None:
            found[side] = kind
    if not found:
        return Diagnosis(None, None)
    side, kind = next(iter(found.items()))
    return Diagnosis(kind, side if len(found) == 1 else Side.BOTH)


def compare_call(k: Kernel, suspect: Model, sound: Model, call: Op) -> BugKind | None:
    """What a suspect does wrong with one call on one state, which is kept; None if nothing."""
    found = examine(k, suspect, sound, call)
    return None if found is None else found.kind


def examine(k: Kernel, suspect: Model, sound: Model, call: Op) -> Examined | None:
    """One call on one state, which is kept, by a suspect and a sound model; None if they agree."""
    before = excess(k)
    sound.step(k, call)
    unbroken, places = broken(k).keys(), locations(k, k.procs)
    sound_deadid, uneven = k.lastdeadid, excess(k)
    opened, texts = fds_json(k), texts_of(k)
    k.rollback()
    _, mirrored = experiment(k, suspect, sound, call)
    case = None if mirrored is None else mirrored.mirrored()
    worse = {key: text for key, text in broken(k).items() if key not in unbroken}
    kinds = {kind_of(k, *key) for key in worse} | miscounts(k, before, uneven)
    now = locations(k, k.procs)
    moved = {pid: (places.get(pid), now.get(pid)) for pid in places | now}
    deadid, reopened, rewritten = k.lastdeadid, fds_json(k) != opened, texts_of(k) != texts
    k.rollback()
    if case is None:
        return None
    moved = {pid: (due, found) for pid, (due, found) in moved.items() if due != found}
    unseen = case.old.result == case.new.result and case.old_effects == case.new_effects
    if deadid != sound_deadid and unseen:
        kinds.add(BugKind.RENUMBERED_WRONGLY)
    if rewritten or reopened or case.old.result.fd != case.new.result.fd:
        kinds |= left_behind(case, rewritten=rewritten)
    seen = frozenset(pr.jid for pr in descendants(caller(k, call)))
    return Examined(case, worse, classify_bug(case, kinds, moved, seen))


def left_behind(case: RootExperiment, *, rewritten: bool) -> set[BugKind]:
    """The kind of bug if texts or descriptors are wrong, with or without other differences."""
    if not case.new.ok:
        return {BugKind.HALF_DONE} if not case.old.ok else set()
    if case.old_effects != case.new_effects:
        return set()
    return {BugKind.WRONG_VALUE if rewritten else BugKind.WRONG_DESCRIPTOR}


def texts_of(k: Kernel) -> dict[int, dict[str, str]]:
    """meta and env of the jails that have them, by the jails' age."""
    return {pr.seq: dict(texts) for pr, texts in k.osd.items()}


def caller(k: Kernel, call: Op) -> Prison:
    """The jail of the process that calls; prison0 if there is none."""
    p = k.procs.get(getattr(call, "pid", 0))
    return k.prison0 if p is None else p.cred.prison
