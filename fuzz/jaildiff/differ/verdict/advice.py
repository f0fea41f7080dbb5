"""Advice: what to do about a divergence, and in which situation.

Each piece of advice names a remedy, which proves that it works: tests/remedies.py applies it to
programs that meet the divergence, and runs them on both kernels.  For those who mend a kernel, the
remedy is a correction in fuzz/jaildiff/kernels/faults/corrections.toml.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from jail_kernel.call import JAIL_CREATE, JailSet
from jaildiff.differ.steps.root_experiment import FIELD, NAME, RootExperiment
from jaildiff.differ.verdict.predicates import LIMIT
from jaildiff.programs.commands.command import Op


class Audience(StrEnum):
    """Whom a piece of advice is for; it begins with these words."""

    CALLERS = "For callers of jail_set(2)"
    PEOPLE = "At jail(8)"
    MENDERS = "To mend the kernel"


@dataclass(frozen=True, slots=True)
class Situation:
    """The call, and its case if it is a root."""

    call: Op
    case: RootExperiment | None = None

    @property
    def given(self) -> dict[str, object]:
        """The parameters of a jail_set."""
        return dict(self.call.params) if isinstance(self.call, JailSet) else {}


Applies = Callable[[Situation], bool]


def always(_: Situation) -> bool:
    """The advice fits wherever its rule claims something."""
    return True


@dataclass(frozen=True, slots=True)
class Advice:
    """One sentence for one audience."""

    audience: Audience
    text: str
    remedy: str  # its name in tests/remedies.py or corrections.toml; "": untested
    applies: Applies = always

    @property
    def line(self) -> str:
        """The sentence, preceded by its audience."""
        return f"{self.audience}: {self.text}"


def callers(text: str) -> tuple[Advice, ...]:
    """One sentence for callers, in every situation."""
    return (Advice(Audience.CALLERS, text, ""),)


def menders(text: str) -> tuple[Advice, ...]:
    """One sentence for those who mend the kernel, in every situation."""
    return (Advice(Audience.MENDERS, text, ""),)


def lines(advice: Iterable[Advice], situation: Situation | None) -> tuple[str, ...]:
    """The advice that fits a situation; all of it if `situation` is None."""
    return tuple(one.line for one in advice if situation is None or one.applies(situation))


# SITUATIONS


def renames(situation: Situation) -> bool:
    """The update gives the jail a new name."""
    case, name = situation.case, situation.given.get("name")
    if case is None or not isinstance(name, str) or case.jid not in case.before:
        return False
    full = str(case.before[case.jid][NAME])
    return name not in (full, f"0.{full}")


def sets_values(situation: Situation) -> bool:
    """The update does not give the jail a new name."""
    return not renames(situation)


def is_called_by_number(situation: Situation) -> bool:
    """The last part of the jail's name is a number, as in a jail made without a name."""
    case = situation.case
    return case is not None and str(case.before[case.jid][NAME]).rpartition(".")[2].isdecimal()


def has_children(situation: Situation) -> bool:
    """The jail that the call is about has jails below it."""
    case = situation.case
    return case is not None and case.jid in case.before and children(case, case.jid) > 0


def children(case: RootExperiment, jid: int) -> int:
    """The number of jails below a jail."""
    return int(str(case.before[jid][FIELD["childcount"]]))


def refused_without_dying(situation: Situation) -> bool:
    """Without JAIL_DYING the old kernel refuses the call.

    The call asks for the jid of the dying jail, or may not create a jail.
    """
    case = situation.case
    return case is not None and (case.dying(case.jid) or not case.flag(JAIL_CREATE))


def created_without_dying(situation: Situation) -> bool:
    """Without JAIL_DYING the old kernel makes a new jail, too."""
    return not refused_without_dying(situation)


def has_new_name(situation: Situation) -> bool:
    """The call gives a name that is not a number, so it can make a jail without a jid."""
    name = situation.given.get("name")
    return isinstance(name, str) and not name.rpartition(".")[2].strip().lstrip("+-").isdecimal()


def made_before(situation: Situation) -> bool:
    """The new kernel made the jail in an earlier call, which the old one refused."""
    return situation.case is not None and situation.case.instead is not None


def is_full(situation: Situation) -> bool:
    """The new kernel says that a limit is reached."""
    return situation.case is not None and situation.case.new.result.errmsg == LIMIT


def no_room(situation: Situation) -> bool:
    """The caller cannot make another jail: a limit is reached, counting dying jails.

    prison0's count is not observed; prison0 is at its limit if every jid is in use.
    """
    case = situation.case
    if case is None or is_full(situation):
        return case is not None
    chain = [case.before[jid] for jid in (case.me, *case.above(case.me)) if jid in case.before]
    count, limit = FIELD["childcount"], FIELD["childmax"]
    return not case.jids_left or any(int(str(v[count])) >= int(str(v[limit])) for v in chain)


def has_room(situation: Situation) -> bool:
    """No limit keeps the caller from making another jail."""
    return not no_room(situation)


def too_long(situation: Situation) -> bool:
    """The old kernel says that the name is too long."""
    return situation.case is not None and situation.case.old.kind == "ENAMETOOLONG"


def sibling_has_name(situation: Situation) -> bool:
    """The old kernel says that a live jail has the name."""
    return situation.case is not None and situation.case.old.kind == "EEXIST"


def name_is_taken(situation: Situation) -> bool:
    """The new kernel says that a live jail has the name."""
    return situation.case is not None and situation.case.new.kind == "EEXIST"
