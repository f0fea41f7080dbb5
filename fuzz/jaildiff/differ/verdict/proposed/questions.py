"""The questions that the rules of the proposed designs ask about a root or an echo."""

from jail_kernel.call import JAIL_DYING, Errno, JailGet, JailRemove, JailSet
from jaildiff.differ.steps.root_experiment import NAME, Echo, RootExperiment, alive_after
from jaildiff.differ.verdict.expectations import same_but_jid
from jaildiff.differ.verdict.predicates import IS_DYING, about_dying, changes, created, old_refused

FIXED_JID = "the jid of a new jail cannot be specified"
MOVED_UP = "-and-moves-up"  # appended to the id of a rule of the landed patch
RESURRECTED: frozenset[str] = frozenset(
    {"resurrected-with-stale-parameters", "resurrected-instead-of-created"}
)
RENUMBERING = frozenset(
    {"dying-jid-reused", "foreign-dying-jail-renumbered", "failed-create-renumbers"}
).union(f"{rule}{MOVED_UP}" for rule in RESURRECTED)


def has_no_answer(case: RootExperiment) -> bool:
    """The design says nothing about this call."""
    return case.new.kind == "undefined"


def loses_its_jid(case: RootExperiment) -> bool:
    """A jail dies in both kernels, and in the new one no jid finds it then."""
    return (
        case.old.result == case.new.result
        and "died" in case.old_effects
        and "hidden" in case.new_effects
    )


def found_by_name_alone(case: RootExperiment) -> bool:
    """The new kernel finds a dying jail by its name, where the old one finds none.

    The jail has lost its jid, and other kernels find nothing that has none.
    """
    old, new = case.old.result, case.new.result
    asked = isinstance(case.call, JailGet) and bool(case.call.flags & JAIL_DYING)
    finds = (new.errmsg or "").endswith(IS_DYING) or (asked and new.ok)
    return old.errno == Errno.ENOENT and old.errmsg != new.errmsg and finds


def shows_dying(case: RootExperiment) -> bool:
    """The old kernel answers for a dying jail, as asked; the new one does not."""
    call = case.call
    asked = isinstance(call, JailGet) and bool(call.flags & JAIL_DYING)
    return asked and case.old.ok and case.new.result != case.old.result


def says_not_found(case: RootExperiment) -> bool:
    """Both refuse: the old kernel because a jail is dying, the new one because there is none."""
    old, new = case.old.result, case.new.result
    return (
        old.errno == new.errno == Errno.ENOENT
        and (old.errmsg or "").endswith(IS_DYING)
        and not (new.errmsg or "").endswith(IS_DYING)
        and not about_dying(case)
    )


def second_removal(case: RootExperiment) -> bool:
    """A dying jail is removed: the old kernel does nothing, the new one finds no such jail."""
    return isinstance(case.call, JailRemove) and case.old.ok and case.new.kind == Errno.EINVAL


def takes_dying_jid(case: RootExperiment) -> bool:
    """A jail is made with the jid of a dying one, which can no longer be found."""
    return (
        about_dying(case)
        and old_refused(case)
        and case.new.ok
        and created(case.new_effects)
        and case.dying(case.jid)
        and alive_after(case.new, case.jid)
    )


def gives_dying_jid_out(case: RootExperiment) -> bool:
    """The new kernel chooses an automatic jid that only a dying jail has; the old one chooses
    another or none.  A create that is then refused for another reason has used up its jid, too.
    """
    used = case.new.lastprid
    return (
        isinstance(case.call, JailSet)
        and used not in (case.lastprid, case.old.lastprid)
        and case.dying(used)
    )


def fixed_jid(case: RootExperiment) -> bool:
    """The new kernel refuses a jid in a create."""
    return case.new.result.errmsg == FIXED_JID


def renames_below(case: RootExperiment) -> bool:
    """Both rename a jail alike, but give the jails below it different names."""
    old, new = case.old.after, case.new.after
    differing = [jid for jid in old.keys() & new.keys() if old[jid][NAME] != new[jid][NAME]]
    target = case.new.result.ret
    return case.old.ok and case.new.ok and bool(differing) and target not in differing


def shifts_jids(echo: Echo) -> bool:
    """Both make a jail, with different automatic jids, after a dying one was renumbered."""
    both = echo.old.ok and echo.new.ok and echo.old.ret != echo.new.ret
    return isinstance(echo.call, JailSet) and both and not RENUMBERING.isdisjoint(echo.roots)


def moved_wrongly(case: RootExperiment) -> str | None:
    """What is wrong with how a dying jail got the next automatic jid; None if nothing."""
    moved = [jid for jid in case.new.after if jid not in case.before]
    moved = [jid for jid in moved if not alive_after(case.new, jid)]
    if not moved:
        return None
    if not case.dying(case.jid) or moved != [case.new.lastprid]:
        return "the dying jail did not get the next automatic jid"
    if not same_but_jid(case.before[case.jid], case.new.after[moved[0]]):
        return "the renumbered jail lost more than its jid"
    return None


def changed_by_a_refusal(case: RootExperiment) -> bool:
    """The new kernel refuses, but something has changed."""
    return case.new.kind not in ("ok", "panic", "undefined") and bool(changes(case.new_effects))
