"""Advice: what somebody can do about a divergence, and in which situation it is that.

Each piece names its remedy.  tests/remedies.py does what the remedy says to programs that meet the
divergence, runs them on both kernels, and sees that it helps.  For whoever mends a kernel the
remedy is a correction in fuzz/kernels/faults/corrections.toml.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from fuzz.differ.steps.case import FIELD, NAME, Case
from fuzz.differ.verdict.predicates import LIMIT
from fuzz.programs.commands.command import Op
from prison.call import JAIL_CREATE, JailSet


class Audience(StrEnum):
    """Whom a piece of advice is for, as it begins."""

    CALLERS = "For callers of jail_set(2)"
    PEOPLE = "At jail(8)"
    MENDERS = "To mend the kernel"


@dataclass(frozen=True, slots=True)
class Situation:
    """The call that was made, and the root if it is one."""

    call: Op
    case: Case | None = None

    @property
    def given(self) -> dict[str, object]:
        """The parameters of a jail_set."""
        return dict(self.call.params) if isinstance(self.call, JailSet) else {}


Applies = Callable[[Situation], bool]


def always(_: Situation) -> bool:
    """Wherever the rule claims something."""
    return True


@dataclass(frozen=True, slots=True)
class Advice:
    """One sentence for somebody."""

    audience: Audience
    text: str
    remedy: str  # by which name tests/remedies.py, or corrections.toml, knows it; "": untested
    applies: Applies = always

    @property
    def line(self) -> str:
        """The sentence, with whom it is for."""
        return f"{self.audience}: {self.text}"


def callers(text: str) -> tuple[Advice, ...]:
    """One sentence for callers, wherever its rule claims something."""
    return (Advice(Audience.CALLERS, text, ""),)


def menders(text: str) -> tuple[Advice, ...]:
    """One sentence for whoever mends the kernel."""
    return (Advice(Audience.MENDERS, text, ""),)


def lines(advice: Iterable[Advice], situation: Situation | None) -> tuple[str, ...]:
    """The advice for a situation; without one, all that there is."""
    return tuple(one.line for one in advice if situation is None or one.applies(situation))


# SITUATIONS


def renames(situation: Situation) -> bool:
    """The update of a jail gives a name that is not the one that it has."""
    case, name = situation.case, situation.given.get("name")
    if case is None or not isinstance(name, str) or case.jid not in case.before:
        return False
    full = str(case.before[case.jid][NAME])
    return name not in (full, f"0.{full}")


def sets_values(situation: Situation) -> bool:
    """The update of a jail gives no new name."""
    return not renames(situation)


def is_called_by_number(situation: Situation) -> bool:
    """The last part of the jail's name is a number, as that of a jail that was made without one."""
    case = situation.case
    return case is not None and str(case.before[case.jid][NAME]).rpartition(".")[2].isdecimal()


def has_children(situation: Situation) -> bool:
    """There are jails below the one that the call is about."""
    case = situation.case
    return case is not None and case.jid in case.before and children(case, case.jid) > 0


def children(case: Case, jid: int) -> int:
    """How many jails there are below one."""
    return int(str(case.before[jid][FIELD["childcount"]]))


def refused_without_dying(situation: Situation) -> bool:
    """Without JAIL_DYING the old kernel refuses the call: it asks for the jid of the dying jail, or
    may not create one.
    """
    case = situation.case
    return case is not None and (case.dying(case.jid) or not case.flag(JAIL_CREATE))


def created_without_dying(situation: Situation) -> bool:
    """Without JAIL_DYING the old kernel makes a new jail, too."""
    return not refused_without_dying(situation)


def has_new_name(situation: Situation) -> bool:
    """The call gives a name that is no number, by which a jail can be made without a jid."""
    name = situation.given.get("name")
    return isinstance(name, str) and not name.rpartition(".")[2].strip().lstrip("+-").isdecimal()


def made_before(situation: Situation) -> bool:
    """The new kernel has made the jail by an earlier call, which the old one refused."""
    return situation.case is not None and situation.case.instead is not None


def is_full(situation: Situation) -> bool:
    """The new kernel says that a limit is reached."""
    return situation.case is not None and situation.case.new.result.errmsg == LIMIT


def no_room(situation: Situation) -> bool:
    """There can be no further jail below the caller's: as many are there, dying ones too, as may.

    What prison0 counts is not observed; it is at its limit where every jid is in use.
    """
    case = situation.case
    if case is None or is_full(situation):
        return case is not None
    chain = [case.before[jid] for jid in (case.me, *case.above(case.me)) if jid in case.before]
    count, limit = FIELD["childcount"], FIELD["childmax"]
    return not case.jids_left or any(int(str(v[count])) >= int(str(v[limit])) for v in chain)


def has_room(situation: Situation) -> bool:
    """No limit is in the way of a further jail."""
    return not no_room(situation)


def too_long(situation: Situation) -> bool:
    """The old kernel says that the name is too long."""
    return situation.case is not None and situation.case.old.kind == "ENAMETOOLONG"


def sibling_has_name(situation: Situation) -> bool:
    """The old kernel says that there is a live jail of that name."""
    return situation.case is not None and situation.case.old.kind == "EEXIST"


def name_is_taken(situation: Situation) -> bool:
    """The new kernel says that there is a live jail of that name."""
    return situation.case is not None and situation.case.new.kind == "EEXIST"
