"""What kind of bug a difference is, where no rule says so: a decision over observations.

A case has an outcome that is taken for right, `old`, and one under suspicion, `new`.  If the
models before a change are at hand they are the right ones, and `accuse` also says which side is
at fault; else the old kernel stands in, and the kind is no more than a hint.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.case import NAME, PARENT, STATE, Case, Outcome, without_count
from fuzz.differ.steps.experiment import experiment, locations
from fuzz.differ.steps.lockstep import Lockstep, Step
from fuzz.kernels.bug_kinds import BugKind, Side
from fuzz.kernels.invariants import BY_ID, broken
from fuzz.kernels.registry import Model
from fuzz.programs.program import Program
from prison.call import JAIL_DYING, Call, Exit, ForkEnd, JailAttach, JailGet, JailRemove
from prison.jail_get import VIEW_FIELDS, View
from prison.kernel import Kernel
from prison.state import Ucred

LIMIT_ERRNOS = frozenset({"EPERM", "EADDRINUSE", "EAGAIN"})
LIMITS = ("securelevel", "childmax", "enforce_statfs", "ip4", "ip6", "allow")
STRUCTURAL = (
    BugKind.NO_REFERENCE,
    BugKind.UNSORTED,
    BugKind.LOST_NAME,  # which can make two names equal
    BugKind.DUPLICATE,
    BugKind.WRONG_COUNT,
    BugKind.MEMORY,
    BugKind.BROKEN_LIMIT,
    BugKind.RESURRECTED,
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, and in which kernel; None: neither differs from what it is held against."""

    kind: BugKind | None
    side: Side | None


@dataclass(frozen=True, slots=True)
class Examined:
    """How a suspect differs from a sound model in one call."""

    case: Case
    violated: Mapping[tuple[str, int], str]  # invariant and jid: what is wrong there
    kind: BugKind


def hint(step: Step) -> BugKind | None:
    """The kind of bug if the new kernel is the one at fault; None for an echo."""
    return diagnose(step.cases[-1]) if step.cases else None


def accuse(program: Program, index: int, suspects: Comparison, right: Comparison) -> Diagnosis:
    """Who is at fault at one step of a program that the suspects ran, and of what.

    Each suspect is tried on its own state, then on the other's: a root may show on either.
    """
    lockstep = Lockstep(program.jail_max, suspects)
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


def compare_call(k: Kernel, suspect: Model, sound: Model, call: Call) -> BugKind | None:
    """What a suspect does wrong with one call on one state, which is kept; None: nothing."""
    found = examine(k, suspect, sound, call)
    return None if found is None else found.kind


def examine(k: Kernel, suspect: Model, sound: Model, call: Call) -> Examined | None:
    """One call on one state, which is kept, by a suspect and a sound model; None: no difference."""
    sound.step(k, call)
    unbroken, places, counts = broken(k).keys(), locations(k, k.procs), credentials(k)
    sound_deadid = k.lastdeadid
    k.rollback()
    _, mirrored = experiment(k, suspect, sound, call)
    case = None if mirrored is None else mirrored.mirrored()
    worse = {key: text for key, text in broken(k).items() if key not in unbroken}
    moved = locations(k, k.procs) != places
    miscounted, deadid = credentials(k) != counts, k.lastdeadid
    k.rollback()
    if case is None:
        return None
    kinds = {BY_ID[invariant].bug_kind for invariant, _ in worse}
    unseen = case.old.result == case.new.result and case.old_effects == case.new_effects
    if miscounted and unseen and not moved:
        kinds.add(BugKind.LEAKED_REFERENCE)  # Also of a credential that nobody holds any more.
    if deadid != sound_deadid and unseen:
        kinds.add(BugKind.WRONG_COUNT)
    return Examined(case, worse, diagnose(case, kinds, moved=moved))


def credentials(k: Kernel) -> dict[int, int]:
    """How many holders the credentials count that the last op changed."""
    return {id(obj): obj.ref for obj in k.before if isinstance(obj, Ucred)}


def diagnose(case: Case, violated: Collection[BugKind] = (), *, moved: bool = False) -> BugKind:
    """The kind of bug in `case.new`; `violated` are the kinds of the invariants that it broke,
    and `moved` says that a process is elsewhere or in another state than it should.

    First what is certain: a panic, a lost reference, a failure that leaves traces.  Then what an
    invariant says.  Then who refused, and why; then what the answers or the jails show.
    """
    if case.new.kind == "panic":
        return BugKind.PANIC
    if BugKind.LEAKED_REFERENCE in violated:
        return BugKind.LEAKED_REFERENCE
    if half_done(case):
        return BugKind.HALF_DONE
    if inherits(case):
        return BugKind.STALE_PARAMETERS
    for kind in STRUCTURAL:
        if kind in violated:
            return kind
    if case.old.ok and case.new.ok:
        misread = isinstance(case.call, JailGet) and case.old.result != case.new.result
        return wrong_get(case) if misread else wrong_effect(case, moved=moved)
    if case.new.ok:
        return wrongly_allowed(case)
    if case.old.ok:
        return wrongly_refused(case)
    if case.old.kind == case.new.kind:
        same_answer = case.old.result == case.new.result
        return BugKind.WRONG_COUNT if same_answer else BugKind.WRONG_ERRNO
    if says_dying(case.new):
        return BugKind.RESURRECTED
    gone = {case.old.kind, case.new.kind} == {"EKILLED", "ESRCH"}
    return BugKind.WRONG_SUBTREE if gone else BugKind.WRONG_ERRNO


def half_done(case: Case) -> bool:
    """The call failed, and changed what a failing call should not."""
    excused = frozenset() if case.old.ok else case.old_effects
    return not case.new.ok and bool(case.new_effects - excused - {"next jid"})


def inherits(case: Case) -> bool:
    """A new jail is wrong only where it is like the dying one that had its jid."""
    jid = case.new.result.ret or 0
    right, wrong = case.old.after.get(jid), case.new.after.get(jid)
    if not case.dying(jid) or right is None or wrong is None or right == wrong:
        return False
    if right[NAME] != wrong[NAME] or right[PARENT] != wrong[PARENT]:
        return False
    values = zip(VIEW_FIELDS, right, wrong, case.before[jid], strict=True)
    differing = [(field, now == before) for field, due, now, before in values if now != due]
    return all(like for _, like in differing) and "state" not in dict(differing)


def about_dying(case: Case) -> bool:
    """The call asks for a jail that is dying, and is refused for that."""
    message = (case.old.result.errmsg or "") + (case.new.result.errmsg or "")
    dying = case.dying(case.jid) or case.dying(case.named)
    return (dying and (looks_up(case) or "jail" in message)) or message.endswith("is dying")


def says_dying(outcome: Outcome) -> bool:
    """The call was refused because a jail is dying."""
    return (outcome.result.errmsg or "").endswith("is dying")


def wrongly_allowed(case: Case) -> BugKind:
    """What the call should have been refused for."""
    errno = case.old.kind
    if isinstance(case.call, Exit | ForkEnd):
        return BugKind.WRONG_SUBTREE  # A process is there that should not be.
    if errno in LIMIT_ERRNOS:
        return BugKind.BROKEN_LIMIT
    if errno in ("EEXIST", "ENAMETOOLONG"):
        return BugKind.DUPLICATE if errno == "EEXIST" else BugKind.MEMORY
    if errno == "EKILLED" or about_dying(case) or shows_dying(case):
        return BugKind.RESURRECTED
    foreign = case.jid in case.before and not case.visible(case.jid)
    return BugKind.WRONG_SUBTREE if foreign or looks_up(case) else BugKind.WRONG_ERRNO


def wrongly_refused(case: Case) -> BugKind:
    """What the call should not have been refused for."""
    errno = case.new.kind
    if isinstance(case.call, Exit | ForkEnd) or errno in ("EKILLED", "ESRCH"):
        return BugKind.WRONG_SUBTREE  # A process is killed or gone that should not be.
    if says_dying(case.new):
        return BugKind.RESURRECTED
    if errno in LIMIT_ERRNOS or errno == "ENAMETOOLONG":
        return BugKind.BROKEN_LIMIT
    if about_dying(case):
        return BugKind.RESURRECTED
    if errno == "EEXIST":
        return BugKind.DUPLICATE
    return BugKind.WRONG_SUBTREE if errno == "ENOENT" or looks_up(case) else BugKind.WRONG_ERRNO


def looks_up(case: Case) -> bool:
    """The call does little more than find a jail."""
    return isinstance(case.call, JailGet | JailAttach | JailRemove)


def shows_dying(case: Case) -> bool:
    """jail_get answers for a dying jail without having been asked to."""
    view = case.new.result.values
    asked = isinstance(case.call, JailGet) and case.call.flags & JAIL_DYING
    return view is not None and view[STATE] != "alive" and not asked


def wrong_get(case: Case) -> BugKind:
    """jail_get answers for another jail, or with other values."""
    right, wrong = case.old.result.values, case.new.result.values
    if right is None or wrong is None:  # It was not recorded what was read of another jail.
        return BugKind.WRONG_SUBTREE
    if shows_dying(case):
        return BugKind.RESURRECTED
    if right[0] != wrong[0] or right[PARENT] != wrong[PARENT]:
        return BugKind.WRONG_SUBTREE
    if right[STATE] != wrong[STATE]:
        alive = wrong[STATE] == "alive"
        return BugKind.RESURRECTED if alive else BugKind.LEAKED_REFERENCE
    if right[NAME] != wrong[NAME]:
        return BugKind.LOST_NAME
    counted = without_count(right) == without_count(wrong)
    return BugKind.WRONG_COUNT if counted else BugKind.STALE_PARAMETERS


def wrong_effect(case: Case, *, moved: bool) -> BugKind:
    """Both succeed, and leave different things behind."""
    right, wrong = case.old.after, case.new.after
    more = case.new_effects - case.old_effects
    if "resurrected" in more:
        return BugKind.RESURRECTED
    if case.old.result.ret != case.new.result.ret or case.old.lastprid != case.new.lastprid:
        return BugKind.WRONG_COUNT
    only_right, only_wrong = right.keys() - wrong.keys(), wrong.keys() - right.keys()
    if only_right and only_wrong:
        return BugKind.WRONG_SUBTREE if "renumbered" in more else BugKind.WRONG_COUNT
    if only_right or only_wrong:
        return BugKind.LEAKED_REFERENCE
    for jid, view in wrong.items():
        if view[STATE] != right[jid][STATE]:
            alive = view[STATE] == "alive"
            return BugKind.RESURRECTED if alive else BugKind.LEAKED_REFERENCE
    if moved or case.old.procs != case.new.procs:
        return BugKind.WRONG_SUBTREE
    differing = [jid for jid in wrong if wrong[jid] != right[jid]]
    kinds = [wrong_values(case, jid, right[jid], wrong[jid]) for jid in differing]
    telling = [kind for kind in kinds if kind is not BugKind.WRONG_COUNT]
    return (telling or kinds or [BugKind.STALE_PARAMETERS])[0]


def wrong_values(case: Case, jid: int, right: View, wrong: View) -> BugKind:
    """What is wrong with one jail of which the values differ."""
    if without_count(right) == without_count(wrong):
        return BugKind.WRONG_COUNT
    if right[NAME] != wrong[NAME]:
        return BugKind.LOST_NAME
    before = case.before.get(jid)
    target = before is None or jid in (case.jid, case.named, case.new.result.ret)
    untouched = before is not None and without_count(right) == without_count(before)
    if right[PARENT] != wrong[PARENT] or (untouched and not target):
        return BugKind.WRONG_SUBTREE
    fields = {f for f, a, b in zip(VIEW_FIELDS, right, wrong, strict=True) if a != b}
    limits = not target and not fields.isdisjoint(LIMITS)
    return BugKind.BROKEN_LIMIT if limits else BugKind.STALE_PARAMETERS
