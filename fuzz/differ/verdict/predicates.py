"""The questions that rules ask of a root, by name.  Each is about observations only."""

from fuzz.differ.steps.case import NAME, Case, Echo, Outcome
from prison.call import JAIL_CREATE, JAIL_UPDATE, ForkEnd, JailSet, Result
from prison.jail_get import VIEW_FIELDS

NO_JIDS = "no available jail IDs"


def about_dying(case: Case) -> bool:
    """The call asks for a dying jail: by its jid, or as an update by a name that only it has."""
    by_name = case.jid == 0 or case.dying(case.jid) or not case.before.get(case.jid)
    return case.dying(case.jid) or (by_name and case.flag(JAIL_UPDATE) and case.dying(case.named))


def nested_update(case: Case) -> bool:
    """An update by the jid of a live jail that is below a jail of the caller's."""
    return (
        case.flag(JAIL_UPDATE)
        and case.alive(case.jid)
        and case.visible(case.jid)
        and case.parent(case.jid) != case.me
    )


def changes(outcome_effects: frozenset[str]) -> frozenset[str]:
    """The effects that are more than a used-up automatic jid."""
    return outcome_effects - {"next jid"}


def created(effects: frozenset[str]) -> bool:
    """A new jail is there."""
    return "created" in effects


def renumbered(effects: frozenset[str]) -> bool:
    """A dying jail has another jid."""
    return "renumbered" in effects


def resurrected(case: Case) -> bool:
    """The old kernel brought a dying jail back to life."""
    return case.old.ok and "resurrected" in case.old_effects


def old_refused(case: Case) -> bool:
    """The old kernel refused, and left everything alone."""
    return case.old.kind not in ("ok", "panic") and not changes(case.old_effects)


def new_refused(case: Case) -> bool:
    """The new kernel refused, and left everything alone."""
    return case.new.kind not in ("ok", "panic") and not changes(case.new_effects)


def foreign(case: Case) -> bool:
    """The dying jail with the jid asked for is out of the caller's sight."""
    return case.dying(case.jid) and not case.visible(case.jid)


def updated_live(case: Case) -> bool:
    """The new kernel updated a live jail that the call names, and moved nothing."""
    return case.new.ok and not {"created", "renumbered"} & case.new_effects


def empty_after(case: Case) -> bool:
    """Nothing keeps the resurrected jail up: no persist, no process, no child."""
    jid = case.resurrected
    view = case.old.after[jid]
    persist, count = (view[VIEW_FIELDS.index(field)] for field in ("persist", "childcount"))
    inside = any(where == jid for where, _ in case.old.procs.values())
    return not persist and count == 0 and not inside


def finds_nothing(case: Case) -> bool:
    """An update, and the new kernel says that there is no such jail."""
    return case.new.kind == "ENOENT" and not case.flag(JAIL_CREATE)


def false_exhaustion(case: Case) -> bool:
    """The new kernel finds no jid for the dying jail, and there are some.

    Some there are always: where none is left, prison0 is at its limit, which is checked first.
    """
    return case.new.result.errmsg == NO_JIDS and case.jids_left > 0


def name_after(case: Case, outcome: Outcome) -> object:
    """The full name of the jail asked for, after the call."""
    view = outcome.after.get(case.jid)
    return None if view is None else view[NAME]


def panics(result: Result, text: str) -> bool:
    """The kernel stopped, with a text that begins so."""
    return result.panicked and (result.errmsg or "").startswith(text)


def outlives_removal(echo: Echo) -> bool:
    """A fork ends in the old kernel with a child in a jail that was resurrected, in the new one
    with none.
    """
    resurrected = {"resurrection-withdrawn", "resurrected-with-stale-parameters"}
    return (
        isinstance(echo.call, ForkEnd)
        and "process exists" in echo.appeared
        and bool(resurrected & set(echo.roots))
    )


def late_update(echo: Echo) -> bool:
    """An update that finds nothing in the old kernel, and a jail in the new one."""
    call = echo.call
    update = isinstance(call, JailSet) and call.flags & (JAIL_CREATE | JAIL_UPDATE) == JAIL_UPDATE
    return update and echo.old.errno == "ENOENT" and echo.new.ret is not None


def only_reused(roots: tuple[str | None, ...]) -> bool:
    """The echo comes from nothing but creates that took a dying jail's jid or name."""
    return bool(roots) and set(roots) <= {"dying-jid-reused", "dying-name-reused"}
