"""The questions that rules ask about a root.  Each looks at observations only."""

from typing import Final

from jail_kernel.call import JAIL_CREATE, JAIL_DYING, JAIL_UPDATE, JailSet, Result
from jail_kernel.jail_get import VIEW_FIELDS, View
from jaildiff.differ.steps.root_experiment import (
    FIELD,
    JID,
    NAME,
    Echo,
    Outcome,
    RootExperiment,
    alive_after,
)
from jaildiff.programs.commands.command_result import CommandResult

NO_JIDS: Final = "no available jail IDs"
LIMIT: Final = "prison limit exceeded"
DEPRECATED: Final = "are deprecated and have no effect"
IS_DYING: Final = " is dying"
FIRST_LIFE: Final = frozenset(  # values that a jail brought back can keep from its first life
    place for place, name in enumerate(VIEW_FIELDS) if name not in ("jid", "childcount", "persist")
)


def about_dying(case: RootExperiment) -> bool:
    """The call asks for a dying jail: by its jid, or as an update by a name that only it has."""
    by_name = case.jid == 0 or case.dying(case.jid) or not case.before.get(case.jid)
    return case.dying(case.jid) or (by_name and case.flag(JAIL_UPDATE) and case.dying(case.named))


def nested_update(case: RootExperiment) -> bool:
    """An update by jid of a live jail below a child of the caller's jail."""
    return (
        case.flag(JAIL_UPDATE)
        and case.alive(case.jid)
        and case.visible(case.jid)
        and case.parent(case.jid) != case.me
    )


def only_warned(case: RootExperiment) -> bool:
    """Two userlands run a command on one kernel, and only a warning of the newer one differs."""
    old, new = case.old.result, case.new.result
    if not isinstance(old, CommandResult) or not isinstance(new, CommandResult):
        return False
    lines = new.stderr.splitlines(keepends=True)
    others = [line for line in lines if DEPRECATED not in line]
    alike = old.ending == new.ending and old.stdout == new.stdout and not case.leaves_traces
    return alike and len(others) < len(lines) and "".join(others) == old.stderr


def changes(outcome_effects: frozenset[str]) -> frozenset[str]:
    """The effects, without that of using up an automatic jid."""
    return outcome_effects - {"next jid"}


def created(effects: frozenset[str]) -> bool:
    """A new jail exists."""
    return "created" in effects


def renumbered(effects: frozenset[str]) -> bool:
    """A dying jail got another jid."""
    return "renumbered" in effects


def resurrected(case: RootExperiment) -> bool:
    """The old kernel brought a dying jail back to life."""
    return case.old.ok and "resurrected" in case.old_effects


def withdrawn(case: RootExperiment) -> bool:
    """The old kernel brought a dying jail back to life; the new one found none."""
    return (
        resurrected(case)
        and new_refused(case)
        and not empty_after(case)
        and not false_exhaustion(case)
    )


def made_another(case: RootExperiment) -> bool:
    """The old kernel brought back a dying jail where the new one has made another: in this call, or
    in an earlier one that the old kernel refused.
    """
    made = case.new.ok and created(case.new_effects)
    return resurrected(case) and (made or (withdrawn(case) and case.instead is not None))


def stale(case: RootExperiment) -> bool:
    """The jail brought back has other parameters than the one that the new kernel made."""
    lives = two_lives(case)
    return lives is not None and lives[0] != lives[1]


def two_lives(case: RootExperiment) -> tuple[View, View] | None:
    """The jail brought back and the one that the new kernel made; None if it made none.

    Only values that can come from the first life of the jail brought back are compared.
    """
    alive = [jid for jid in case.new.after if alive_after(case.new, jid)]
    made = [case.new.after[jid] for jid in alive if not case.alive(jid)]
    fresh = made[0] if made else case.instead
    if not case.resurrected or fresh is None:
        return None
    back = case.old.after[case.resurrected]
    places = enumerate(zip(back, fresh, strict=True))
    return back, tuple(new if place in FIRST_LIFE else old for place, (old, new) in places)


def dying_in_the_way(case: RootExperiment) -> bool:
    """Both kernels refuse a call that asks for a dying jail, for different reasons.

    The new kernel's reason is neither that there is no such jail nor, wrongly, that no jid is left.
    """
    return (
        about_dying(case)
        and old_refused(case)
        and new_refused(case)
        and case.old.result != case.new.result
        and not finds_nothing(case)
        and not false_exhaustion(case)
    )


def fills_limit(case: RootExperiment) -> bool:
    """The new kernel finds a limit reached that would not be without the dying jail.

    prison0's count is not observed; prison0 is at its limit if no jail below it is.
    """
    dying = case.jid if case.dying(case.jid) else case.named
    if case.new.result.errmsg != LIMIT or not case.dying(dying):
        return False
    above = case.above(dying)
    count, limit = FIELD["childcount"], FIELD["childmax"]
    chain = [case.before[jid] for jid in (case.me, *case.above(case.me)) if jid]
    full = [view for view in chain if int(str(view[count])) >= int(str(view[limit]))]
    return all(
        view[JID] in above and int(str(view[count])) == int(str(view[limit])) for view in full
    )


def below_dying(case: RootExperiment) -> bool:
    """The new kernel says that the parent in the name is dying."""
    return case.new.kind == "ENOENT" and (case.new.result.errmsg or "").endswith(IS_DYING)


def old_refused(case: RootExperiment) -> bool:
    """The old kernel refused and changed nothing."""
    return case.old.kind not in ("ok", "panic") and not changes(case.old_effects)


def new_refused(case: RootExperiment) -> bool:
    """The new kernel refused and changed nothing."""
    return case.new.kind not in ("ok", "panic") and not changes(case.new_effects)


def foreign(case: RootExperiment) -> bool:
    """The caller cannot see the dying jail with the jid asked for."""
    return case.dying(case.jid) and not case.visible(case.jid)


def updated_live(case: RootExperiment) -> bool:
    """The new kernel updated a live jail that the call names, and renumbered nothing."""
    return case.new.ok and not {"created", "renumbered"} & case.new_effects


def empty_after(case: RootExperiment) -> bool:
    """Nothing keeps the resurrected jail alive: no persist, no process, no child."""
    jid = case.resurrected
    view = case.old.after[jid]
    persist, count = (view[VIEW_FIELDS.index(field)] for field in ("persist", "childcount"))
    inside = any(where == jid for where, _ in case.old.procs.values())
    return not persist and count == 0 and not inside


def finds_nothing(case: RootExperiment) -> bool:
    """The new kernel says about an update that there is no such jail."""
    return case.new.kind == "ENOENT" and not case.flag(JAIL_CREATE)


def false_exhaustion(case: RootExperiment) -> bool:
    """The new kernel finds no jid for the dying jail although some are free.

    Some always are: if none is left, prison0 is at its limit, and that is checked first.
    """
    return case.new.result.errmsg == NO_JIDS and case.jids_left > 0


def name_after(case: RootExperiment, outcome: Outcome) -> object:
    """The full name, after the call, of the jail asked for."""
    view = outcome.after.get(case.jid)
    return None if view is None else view[NAME]


def panics(result: Result, text: str) -> bool:
    """The kernel panicked with a message that begins with `text`."""
    return result.panicked and (result.errmsg or "").startswith(text)


def outlives_removal(echo: Echo) -> bool:
    """A process whose fork was in progress when its jail was removed lives on in the old kernel, or
    does something there.
    """
    return echo.survivor and not echo.old.panicked


def late_update(echo: Echo) -> bool:
    """An update finds nothing in the old kernel, and a jail in the new one."""
    call, again = echo.call, JAIL_UPDATE | JAIL_DYING  # As old jail(8) does after a failed create.
    update = isinstance(call, JailSet) and call.flags & (JAIL_CREATE | again) == again
    return update and echo.old.errno == "ENOENT" and echo.new.ret is not None


def only_reused(roots: tuple[str | None, ...]) -> bool:
    """The echo comes only from creates that took a dying jail's jid or name."""
    return bool(roots) and set(roots) <= {"dying-jid-reused", "dying-name-reused"}
