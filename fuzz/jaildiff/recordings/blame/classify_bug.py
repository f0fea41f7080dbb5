"""The kind of bug that one call shows: a decision over observations.

In a case the outcome `old` is taken to be right, and the outcome `new` is under suspicion.
"""

from collections.abc import Collection, Mapping
from typing import cast

from jail_kernel.call import (
    JAIL_CREATE,
    JAIL_DYING,
    Exit,
    ForkEnd,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
)
from jail_kernel.jail_get import VIEW_FIELDS, View
from jaildiff.differ.steps.root_experiment import (
    FIELD,
    NAME,
    PARENT,
    STATE,
    Outcome,
    RootExperiment,
    without_count,
)
from jaildiff.differ.verdict.expectations import PERMISSIONS
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.snapshot import VALUES

LIMIT_ERRNOS = frozenset({"EPERM", "EADDRINUSE", "EAGAIN"})
CERTAIN = (
    BugKind.DUPLICATE_JID,  # which makes everything else look wrong
    BugKind.UNSORTED,
    BugKind.NEVER_TAKEN,
    BugKind.DROPPED_TWICE,
)
STRUCTURAL = (
    BugKind.NO_REFERENCE,
    BugKind.LOST_NAME,  # which can make two names equal
    BugKind.DUPLICATE_NAME,
    BugKind.WRONG_COUNT,
    BugKind.BROKEN_LIMIT,
    BugKind.RESURRECTED,
)
TOLD = (BugKind.RENUMBERED_WRONGLY, BugKind.WRONG_DESCRIPTOR, BugKind.WRONG_VALUE)
Moved = Mapping[int, tuple[tuple[int, str] | None, tuple[int, str] | None]]
UNMOVED: Moved = {}  # by pid: where it should be, and where it is
NO_PARAMETER = frozenset({"jid", "name", "parent.jid", "state", "childcount"})  # of no parameter
HOST_FIELDS = ["hostname", "domainname", "hostuuid", "hostid"]


def classify_bug(
    case: RootExperiment,
    violated: Collection[BugKind] = (),
    moved: Moved = UNMOVED,
    seen: Collection[int] = (),
) -> BugKind:
    """The kind of bug in `case.new`.  `violated` are the kinds of the invariants that it broke.
    `moved` maps each process that is in a wrong jail or state to where it should be and where it
    is.  `seen` are the jids that the caller can see.

    First what is certain: a panic, a wrong count of references, a failure that leaves traces.
    Then a new jail that is not as it should be, and what an invariant says.  Then which side
    refused, and why.  Last, what the answers or the jails show.
    """
    if case.new.kind == "panic":
        return BugKind.PANIC
    if case.old.kind == "panic":
        return BugKind.WRONG_ERRNO
    certain = [kind for kind in CERTAIN if kind in violated]
    if certain:
        return certain[0]
    tests = (
        (BugKind.DIES_EARLY, dies_early(case)),
        (BugKind.LEAKED_REFERENCE, BugKind.LEAKED_REFERENCE in violated),
        (BugKind.DROPPED_TWICE, lost_by_failure(case)),
        (BugKind.HALF_DONE, half_done(case) or BugKind.HALF_DONE in violated),
        (BugKind.STALE_PARAMETERS, inherits(case)),
        (BugKind.MEMORY, BugKind.MEMORY in violated),
        (BugKind.WRONG_DEFAULT, wrong_default(case)),
        (BugKind.WRONG_INHERITANCE, reaches_too_far(case)),
    )
    for kind, found in tests:
        if found:
            return kind
    if case.new.ok and not case.old.ok:
        return wrongly_allowed(case, seen)
    for kind in STRUCTURAL:
        if kind in violated:
            return kind
    for kind in TOLD:
        if kind in violated:
            return kind
    if case.old.ok and case.new.ok:
        misread = isinstance(case.call, JailGet) and case.old.result != case.new.result
        return wrong_get(case, seen) if misread else wrong_effect(case, moved, seen)
    return wrongly_refused(case) if case.old.ok else wrong_refusal(case)


# A CALL THAT FAILS, A JAIL THAT IS NEW


def dies_early(case: RootExperiment) -> bool:
    """Both succeed, and a jail is dying that should be alive."""
    return (case.old.ok and case.new.ok) and any(
        view[STATE] != "alive" and jid in case.old.after and case.old.after[jid][STATE] == "alive"
        for jid, view in case.new.after.items()
    )


def lost_by_failure(case: RootExperiment) -> bool:
    """The call failed, did not ask for nopersist, and a jail is gone."""
    asked = isinstance(case.call, JailSet) and ("persist", False) in case.call.params
    effects = case.new_effects - case.old_effects
    return not case.new.ok and not asked and "removed" in effects and "created" not in effects


def half_done(case: RootExperiment) -> bool:
    """The call failed, and changed what a failing call should not."""
    excused = frozenset() if case.old.ok else case.old_effects
    return not case.new.ok and bool(case.new_effects - excused - {"next jid"})


def inherits(case: RootExperiment) -> bool:
    """A new jail is wrong only in what it shares with the dying one that had its jid."""
    jid = case.new.result.ret or 0
    right, wrong = case.old.after.get(jid), case.new.after.get(jid)
    if not case.dying(jid) or right is None or wrong is None or right == wrong:
        return False
    if right[NAME] != wrong[NAME] or right[PARENT] != wrong[PARENT]:
        return False
    values = zip(VIEW_FIELDS, right, wrong, case.before[jid], strict=True)
    differing = [(field, now == before) for field, due, now, before in values if now != due]
    return all(like for _, like in differing) and "state" not in dict(differing)


def wrong_default(case: RootExperiment) -> bool:
    """A new jail is wrong only in parameters that were not given."""
    jid = case.new.result.ret or 0
    right, wrong = case.old.after.get(jid), case.new.after.get(jid)
    if right is None or wrong is None or "created" not in case.old_effects & case.new_effects:
        return False
    fields = differing(right, wrong)
    return not fields & NO_PARAMETER and not fields <= given(case)


def reaches_too_far(case: RootExperiment) -> bool:
    """Both succeed, and a jail that the call is not about has lost its values."""
    right, wrong = case.old.after, case.new.after
    concerned = {case.jid, case.named, case.new.result.ret}
    others = (case.before.keys() & right.keys() & wrong.keys()) - concerned
    return (case.old.ok and case.new.ok) and any(
        differing(right[jid], wrong[jid]) - NO_PARAMETER - differing(case.before[jid], right[jid])
        or permissions(wrong[jid]) & ~permissions(right[jid]) & ~permissions(case.before[jid])
        for jid in others
    )


def permissions(view: View) -> int:
    """The permissions of a jail, a bit each."""
    return cast("int", view[FIELD["allow"]])


def given(case: RootExperiment) -> set[str]:
    """The fields that the parameters of a jail_set change."""
    if not isinstance(case.call, JailSet):
        return set()
    return {field for name, _ in case.call.params for field in fields_of(name)}


def fields_of(name: str) -> list[str]:
    """The fields that a parameter sets, under its own name or under the one with "no"."""
    family, _, rest = name.rpartition(".")
    yes = f"{family}.{rest.removeprefix('no')}" if family else rest.removeprefix("no")
    if {name, yes} & PERMISSIONS.keys():
        return ["allow"]
    found = [VALUES[one][0] for one in (name, yes) if one in VALUES]
    if name in ("ip4", "ip4.addr", "ip6", "ip6.addr"):
        found += [name[:3], f"{name[:3]}_user"]
    return found + (["host"] if family == "host" else HOST_FIELDS if name == "host" else [])


def differing(right: View, wrong: View) -> set[str]:
    """The fields in which two jails differ."""
    return {f for f, a, b in zip(VIEW_FIELDS, right, wrong, strict=True) if a != b}


# ONE OF THEM REFUSES


def says_dying(outcome: Outcome) -> bool:
    """The call was refused because a jail is dying."""
    return (outcome.result.errmsg or "").endswith("is dying")


def about_dying(case: RootExperiment) -> bool:
    """The call asks for a jail that is dying."""
    dying = case.dying(case.jid) or case.dying(case.named)
    return dying or says_dying(case.old) or says_dying(case.new)


def wrongly_allowed(case: RootExperiment, seen: Collection[int]) -> BugKind:
    """What the call should have been refused for."""
    errno, message = case.old.kind, case.old.result.errmsg or ""
    if errno in ("EKILLED", "ESRCH"):
        return process_that_calls(case)
    appeared = case.new.after.keys() - case.before.keys() - {case.new.result.ret}
    if appeared and not case.dying(case.jid):
        return BugKind.RENUMBERED_WRONGLY
    if errno in LIMIT_ERRNOS:
        return BugKind.BROKEN_LIMIT
    if errno == "ENAMETOOLONG":
        return BugKind.MEMORY
    if errno == "EEXIST":
        return BugKind.DUPLICATE_NAME if message.startswith('jail "') else BugKind.WRONG_ERRNO
    if looks_up(case):
        return wrongly_found(case, seen)
    if "resurrected" in case.new_effects:
        return BugKind.RESURRECTED
    if case.flag(JAIL_CREATE) and says_dying(case.old):
        return BugKind.WRONG_VISIBILITY  # A jail is made below a dying one.
    if errno == "ENOENT" and about_dying(case):
        return BugKind.RESURRECTED
    foreign = case.jid in case.before and not case.visible(case.jid)
    foreign = foreign and case.new.result.ret == case.jid
    if foreign and case.flag(JAIL_CREATE):
        return BugKind.DUPLICATE_JID
    return BugKind.WRONG_VISIBILITY if foreign else BugKind.WRONG_ERRNO


def wrongly_found(case: RootExperiment, seen: Collection[int]) -> BugKind:
    """A jail is found that should not be, or the call needs none."""
    if not isinstance(case.call, JailGet):
        return BugKind.WRONG_VISIBILITY if case.jid in case.before else BugKind.WRONG_ERRNO
    if case.old.kind == "EINVAL":
        return BugKind.WRONG_ERRNO
    walks = "lastjid" in dict(case.call.by) and case.new.result.ret in seen
    return BugKind.WRONG_LISTING if walks and not shows_dying(case) else BugKind.WRONG_VISIBILITY


def process_that_calls(case: RootExperiment) -> BugKind:
    """The caller should be killed, gone, or not there yet."""
    pid = getattr(case.call, "child" if isinstance(case.call, ForkEnd) else "pid", 0)
    state = case.procs.get(pid, (0, "gone"))[1]
    return BugKind.WRONG_PROCESS if state == "new" else BugKind.PROCESS_SURVIVES


def wrongly_refused(case: RootExperiment) -> BugKind:
    """What the call should not have been refused for."""
    errno = case.new.kind
    if isinstance(case.call, Exit | ForkEnd) or errno in ("EKILLED", "ESRCH"):
        return BugKind.WRONG_PROCESS  # The caller is killed or gone, and should not be.
    if says_dying(case.new) and (case.dying(case.jid) or case.dying(case.named)):
        return BugKind.WRONG_VISIBILITY
    if errno in LIMIT_ERRNOS or errno == "ENAMETOOLONG":
        return BugKind.BROKEN_LIMIT
    if says_dying(case.new):
        by_name = (case.new.result.errmsg or "").startswith('jail "')
        return BugKind.WRONG_JAIL if by_name else BugKind.DIES_EARLY
    if errno == "EEXIST":
        return BugKind.WRONG_VISIBILITY if about_dying(case) else BugKind.WRONG_ERRNO
    if isinstance(case.call, JailGet) and "lastjid" in dict(case.call.by):
        return BugKind.WRONG_LISTING
    missed = errno == "ENOENT" or isinstance(case.call, JailGet | JailAttach)
    return BugKind.WRONG_VISIBILITY if missed else BugKind.WRONG_ERRNO


def wrong_refusal(case: RootExperiment) -> BugKind:
    """Both refuse, in different ways."""
    if case.new.kind in ("EKILLED", "ESRCH") and case.old.kind != case.new.kind:
        return BugKind.WRONG_PROCESS
    if case.old.kind in ("EKILLED", "ESRCH") and case.old.kind != case.new.kind:
        return process_that_calls(case)
    if case.old.result == case.new.result:
        return BugKind.WRONG_JID
    if case.old.kind == "EPERM" and isinstance(case.call, JailAttach | JailRemove):
        return BugKind.BROKEN_LIMIT  # These calls give it for no other reason than the privilege.
    there = case.alive(case.named) or (case.alive(case.jid) and case.visible(case.jid))
    foreign = case.jid in case.before and not case.visible(case.jid)
    if finds_nothing(case.old) != finds_nothing(case.new):
        missed = there if finds_nothing(case.new) else foreign
        return BugKind.WRONG_VISIBILITY if missed else BugKind.WRONG_ERRNO
    return BugKind.WRONG_ERRNO


def finds_nothing(outcome: Outcome) -> bool:
    """The call was refused because there is no such jail."""
    return (outcome.result.errmsg or "").endswith("not found")


def looks_up(case: RootExperiment) -> bool:
    """Whether the call does little more than find a jail."""
    return isinstance(case.call, JailGet | JailAttach | JailRemove)


def shows_dying(case: RootExperiment) -> bool:
    """jail_get answers for a dying jail though it was not asked to."""
    view = case.new.result.values
    asked = isinstance(case.call, JailGet) and case.call.flags & JAIL_DYING
    return view is not None and view[STATE] != "alive" and not asked


# BOTH SUCCEED


def wrong_get(case: RootExperiment, seen: Collection[int]) -> BugKind:
    """jail_get answers for another jail, or with other values."""
    right, wrong = case.old.result.values, case.new.result.values
    if case.old.result._replace(wanted=None) == case.new.result._replace(wanted=None):
        return BugKind.WRONG_VALUE
    if shows_dying(case) or case.new.result.ret not in seen:
        return BugKind.WRONG_VISIBILITY
    if case.old.result.ret != case.new.result.ret or right is None or wrong is None:
        assert isinstance(case.call, JailGet)
        walks = "lastjid" in dict(case.call.by)
        return BugKind.WRONG_LISTING if walks else BugKind.WRONG_JAIL
    if right[PARENT] != wrong[PARENT]:
        return BugKind.WRONG_PARENT
    if right[STATE] != wrong[STATE]:
        return BugKind.RESURRECTED if wrong[STATE] == "alive" else BugKind.DIES_EARLY
    if right[NAME] != wrong[NAME]:
        return BugKind.LOST_NAME
    counted = without_count(right) == without_count(wrong)
    return BugKind.WRONG_COUNT if counted else BugKind.WRONG_VALUE


def wrong_effect(case: RootExperiment, moved: Moved, seen: Collection[int]) -> BugKind:
    """Both succeed, and leave different things behind."""
    right, wrong = case.old.after, case.new.after
    changed = case.new_effects ^ case.old_effects
    if "resurrected" in case.new_effects - case.old_effects:
        return BugKind.RESURRECTED
    if "renumbered" in changed:
        return BugKind.RENUMBERED_WRONGLY
    if case.old.result.ret != case.new.result.ret or case.old.lastprid != case.new.lastprid:
        taken = case.new.result.ret in seen and "created" in case.old_effects
        return BugKind.DUPLICATE_JID if taken else BugKind.WRONG_JID
    only_right, only_wrong = right.keys() - wrong.keys(), wrong.keys() - right.keys()
    if only_right and only_wrong:
        return BugKind.RENUMBERED_WRONGLY
    if only_right:
        lives = any(right[jid][STATE] == "alive" for jid in only_right)
        return BugKind.DIES_EARLY if lives else BugKind.DROPPED_TWICE
    if only_wrong:
        lives = any(wrong[jid][STATE] == "alive" for jid in only_wrong)
        return BugKind.RESURRECTED if lives else BugKind.LEAKED_REFERENCE
    for jid, view in wrong.items():
        if view[STATE] != right[jid][STATE]:
            return BugKind.RESURRECTED if view[STATE] == "alive" else BugKind.DIES_EARLY
    if moved:
        return wrong_process(moved)
    kinds = [
        wrong_values(case, jid, right[jid], wrong[jid]) for jid in wrong if wrong[jid] != right[jid]
    ]
    telling = [kind for kind in kinds if kind is not BugKind.WRONG_COUNT]
    return (telling or kinds or [BugKind.WRONG_VALUE])[0]


def wrong_process(moved: Moved) -> BugKind:
    """The kind if a process that should be killed or gone goes on, and otherwise."""
    for due, found in moved.values():
        ended = due is None or due[1] == "killed"
        if ended and found is not None and found[1] != "killed":
            return BugKind.PROCESS_SURVIVES
    return BugKind.WRONG_PROCESS


def wrong_values(case: RootExperiment, jid: int, right: View, wrong: View) -> BugKind:
    """What is wrong with one jail whose values differ."""
    if without_count(right) == without_count(wrong):
        return BugKind.WRONG_COUNT
    if right[PARENT] != wrong[PARENT]:
        return BugKind.WRONG_PARENT
    if right[NAME] != wrong[NAME]:
        return BugKind.LOST_NAME
    before = case.before.get(jid)
    if before is not None and jid not in (case.jid, case.named, case.new.result.ret):
        return BugKind.WRONG_INHERITANCE
    fields = differing(right, wrong)
    if before is None or case.dying(jid):
        return BugKind.WRONG_VALUE if fields & given(case) else BugKind.WRONG_DEFAULT
    kept = all(wrong[FIELD[field]] == before[FIELD[field]] for field in fields)
    return BugKind.STALE_PARAMETERS if kept else BugKind.WRONG_VALUE
