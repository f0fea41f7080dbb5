"""What to do about each rule of the landed patch."""

from jaildiff.differ.verdict import advice as a
from jaildiff.differ.verdict.advice import Advice, Audience

CALLERS, PEOPLE, MENDERS = Audience.CALLERS, Audience.PEOPLE, Audience.MENDERS

LOOK_BY_WALK = Advice(
    CALLERS,
    "To find the dying jail, walk through all jails with jail_get(2), lastjid and JAIL_DYING: its "
    "jid has changed, and its name finds a live jail as soon as one has it.",
    "walk",
)
LIST_DYING = Advice(PEOPLE, "jls -d, without -j, lists the dying jail under its new jid.", "walk")
DO_NOT_REMEMBER = Advice(
    PEOPLE,
    "If a script or a file contains the jid, look it up again: it belongs to another jail now. "
    "jls -d, without -j, lists the dying one under its new jid. Do not stop the dying jail by its "
    "number: if jail.conf has its name, jail -r stops the live jail with that name instead.",
    "walk",
)
WITHOUT_DYING = Advice(
    CALLERS, "Leave out JAIL_DYING: both kernels then do the same.", "without-dying"
)
NEVER_WITH_D = Advice(PEOPLE, "Leave out -d and allow.dying.", "cause-without-dying")
NO_D = Advice(PEOPLE, "Leave out -d and allow.dying.", "without-dying")

DEPRECATED_FLAG_WARNED = (
    Advice(
        CALLERS,
        "Nothing changes for jail_set(2). If your program runs jail(8) and reads its messages, "
        "leave out -d and allow.dying.",
        "without-d",
    ),
    Advice(PEOPLE, "Leave out -d and allow.dying.", "without-d"),
)

DYING_JID_REUSED = (LOOK_BY_WALK, DO_NOT_REMEMBER)

DYING_NAME_REUSED = (WITHOUT_DYING, NO_D)

FOREIGN_DYING_JAIL_RENUMBERED = (
    LOOK_BY_WALK,
    LIST_DYING,
    Advice(
        MENDERS,
        "Before the dying jail with the jid is renumbered, check that the caller can see it.",
        "N4-foreign-dying-jail-corrected",
    ),
)

NOT_BROUGHT_BACK = (
    Advice(
        CALLERS,
        "Leave out JAIL_DYING: the old kernel then refuses until the dying jail is gone, and does "
        "not bring it back.",
        "refused-without-dying",
        a.refused_without_dying,
    ),
    Advice(
        CALLERS,
        "Leave out JAIL_DYING: both kernels then make a new jail beside the dying one.",
        "create-without-dying",
        a.created_without_dying,
    ),
    Advice(
        PEOPLE,
        "Leave out -d and allow.dying, and give the jail a name instead of a static jid. On both "
        "kernels, jail -c then makes a new jail while the old one is dying.",
        "create-by-name",
        lambda s: a.has_new_name(s) and not a.made_before(s),
    ),
    Advice(
        PEOPLE,
        "Leave out -d and allow.dying, and wait until jls -d no longer lists the dying jail.",
        "wait",
        lambda s: not a.has_new_name(s) and not a.made_before(s),
    ),
    Advice(
        PEOPLE,
        "Leave out -d and allow.dying: jail(8) then makes no second attempt, which would bring "
        "back the old jail.",
        "not-at-all",
        a.made_before,
    ),
)
RESURRECTED_WITH_STALE_PARAMETERS = NOT_BROUGHT_BACK
RESURRECTED_INSTEAD_OF_CREATED = NOT_BROUGHT_BACK

WAIT_FOR_ROOM = (
    Advice(
        CALLERS,
        "Wait until the dying jail is gone. If it is a jail's children.max that is reached, you "
        "can raise that instead.",
        "wait",
        a.is_full,
    ),
    Advice(
        PEOPLE,
        "jls -d lists the jails that are still dying. End what holds them, and start the jail "
        "again.",
        "wait",
        a.is_full,
    ),
)
DYING_JAIL_FILLS_LIMIT = WAIT_FOR_ROOM

RESURRECTION_WITHDRAWN = (
    Advice(
        CALLERS,
        "Make a new jail with JAIL_CREATE and all its parameters. On the old kernel, give it a "
        "name of its own and no jid, because the jid would mean the dying jail.",
        "create-by-name",
        a.has_room,
    ),
    Advice(
        CALLERS,
        "There is no room for another jail beside the dying one. Wait until that is gone, then "
        "make a new jail with JAIL_CREATE and all its parameters.",
        "wait-and-create",
        a.no_room,
    ),
    Advice(
        PEOPLE,
        "Use jail -c without -d, with a name instead of a static jid; jail -m no longer finds a "
        "dying jail.",
        "create-by-name",
        a.has_room,
    ),
    Advice(
        PEOPLE,
        "jls -d lists the jails that are still dying. End what holds them, since there is no room "
        "for another jail beside them. Then use jail -c without -d.",
        "wait-and-create",
        a.no_room,
    ),
)

HELD_UP = Advice(
    CALLERS,
    "On the old kernel, pass persist or JAIL_ATTACH with every update that has JAIL_DYING.",
    "persist",
)
HELD_UP_BY_PEOPLE = Advice(PEOPLE, "On the old kernel, add persist to every jail -m -d.", "persist")
ALIVE_WITHOUT_REFERENCES = (HELD_UP, HELD_UP_BY_PEOPLE)

NAME_WINS_OVER_DYING_JID = (
    Advice(
        CALLERS,
        "If the jail must be new, leave out JAIL_UPDATE: both kernels then refuse and change no "
        "live jail. Otherwise compare the jid that is returned with the one you asked for.",
        "without-update",
    ),
)

DYING_READS_NOT_FOUND = (
    Advice(
        CALLERS,
        "Take ENOENT to mean that the jail is gone, whatever the text says. jail_get(2) with "
        "JAIL_DYING tells whether it is dying.",
        "ask-dying",
    ),
    Advice(PEOPLE, "jls -d tells whether the jail is dying.", "ask-dying"),
)

DYING_PARENT_REFUSES = (
    Advice(
        CALLERS,
        "Make the parent again by its name, then the jail below it, without a jid. You need not "
        "wait for any dying jail.",
        "create-parent",
    ),
    Advice(
        PEOPLE,
        "Start the parent again first, with jail -c. Then start this jail, by a name instead of a "
        "static jid.",
        "create-parent",
    ),
)

DYING_NO_LONGER_REFUSES = (
    Advice(
        CALLERS,
        "Give a name that no live jail has, or remove the jail that has it. On the old kernel the "
        "dying jail must be gone, too.",
        "other-name",
        a.name_is_taken,
    ),
    Advice(
        CALLERS,
        "Correct what the new error names; the dying jail has nothing to do with it. On the old "
        "kernel that jail must be gone, too.",
        "wait-is-no-use",
        lambda s: not a.name_is_taken(s),
    ),
    Advice(
        PEOPLE,
        "Give the jail a name that no live jail has, or stop the jail that has it, with jail -r. "
        "On 14 the dying jail must be gone, too.",
        "other-name",
        a.name_is_taken,
    ),
    Advice(
        PEOPLE,
        "Correct what the message of 15 names; the dying jail has nothing to do with it. On 14 "
        "that jail must be gone, too.",
        "wait-is-no-use",
        lambda s: not a.name_is_taken(s),
    ),
)

FAILED_CREATE_RENUMBERS = (
    LOOK_BY_WALK,
    LIST_DYING,
    Advice(
        MENDERS,
        "Renumber the dying jail after the last check, or give it its jid back when a check fails.",
        "N3-failed-create-corrected",
    ),
)

FAILED_CREATE_USES_JID = (
    Advice(
        CALLERS,
        "Read the jid that a successful create returns; do not guess which is next.",
        "read-jid",
    ),
)

FALSE_NO_JID_LEFT = (
    Advice(CALLERS, "Call again: the second attempt finds a jid.", "again"),
    Advice(PEOPLE, "Start the jail again: the second attempt finds a jid.", "again"),
    Advice(
        MENDERS,
        "Let the search begin at the top again when the counter has come down to 1.",
        "N2-exhaustion-corrected",
    ),
)

OWN_PARENT = Advice(
    MENDERS,
    "If an update finds its jail by jid, check it against that jail's own parent.",
    "N1-presumed-parent-corrected",
)


def sibling_is_called_so(situation: a.Situation) -> bool:
    """A jail with nothing below it is renamed to a name that a sibling has."""
    alone = a.renames(situation) and not a.has_children(situation)
    return alone and a.sibling_has_name(situation)


def name_would_be_too_long(situation: a.Situation) -> bool:
    """A jail with nothing below it is renamed to a name that is too long after its parent's."""
    alone = a.renames(situation) and not a.has_children(situation)
    return alone and a.too_long(situation)


def can_rename(situation: a.Situation) -> bool:
    """A jail with nothing below it is renamed to a name that it can have."""
    alone = a.renames(situation) and not a.has_children(situation)
    return alone and situation.case is not None and situation.case.old.ok


def cannot_rename(situation: a.Situation) -> bool:
    """A rename of a jail with nothing below it is refused, but not because of the name."""
    named = (
        can_rename(situation)
        or sibling_is_called_so(situation)
        or name_would_be_too_long(situation)
    )
    return a.renames(situation) and not a.has_children(situation) and not named


BY_FULL_NAME = Advice(
    CALLERS,
    "Give no jid, only the jail's name as jail_get(2) tells it to the caller: both kernels then "
    "check against its parent.",
    "full-name",
    lambda s: a.sets_values(s) and not a.is_called_by_number(s),
)
BY_JID_INSIDE = Advice(
    CALLERS,
    "Update it by its jid from a process in its parent: both kernels then check against that "
    "parent. Its name is a number, and jail_set(2) updates no jail by a number alone.",
    "from-inside",
    lambda s: a.sets_values(s) and a.is_called_by_number(s),
)
RENAME_INSIDE = Advice(
    CALLERS,
    "Rename it by its jid from a process in its parent; you cannot rename by name alone.",
    "from-inside",
    can_rename,
)
OTHER_NAMES = tuple(
    Advice(audience, text, "other-name-inside", applies)
    for audience in (CALLERS, PEOPLE)
    for text, applies in (
        ("Choose a name that no sibling has, and rename inside the parent.", sibling_is_called_so),
        ("Choose a shorter name, and rename inside the parent.", name_would_be_too_long),
    )
)
MEND_FIRST = tuple(
    Advice(
        audience,
        "Rename inside the parent, but first correct what the old kernel names: inside, both "
        "kernels refuse because of it.",
        "from-inside",
        cannot_rename,
    )
    for audience in (CALLERS, PEOPLE)
)
MAKE_ANEW = Advice(
    CALLERS,
    "Do not rename it: in both kernels a rename spoils the names of the jails below it. Make a "
    "new jail with that name.",
    "not-at-all",
    lambda s: a.renames(s) and a.has_children(s),
)
JAIL_M_INSIDE = Advice(
    PEOPLE,
    "Run jail -m inside the parent, with the name that the jail has there: both kernels then check "
    "against that parent. From outside, jail(8) passes the jid, too.",
    "from-inside",
    a.sets_values,
)
JAIL_M_RENAMES = Advice(
    PEOPLE,
    "Rename it with jail -m inside the parent, by its jid and with the last part of the new name.",
    "from-inside",
    can_rename,
)
JAIL_C_ANEW = Advice(
    PEOPLE,
    "Do not rename it, since it has jails below it: start a new jail with that name by jail -c.",
    "not-at-all",
    lambda s: a.renames(s) and a.has_children(s),
)
NESTED_UPDATE = (
    BY_FULL_NAME,
    BY_JID_INSIDE,
    RENAME_INSIDE,
    *OTHER_NAMES,
    *MEND_FIRST,
    MAKE_ANEW,
    JAIL_M_INSIDE,
    JAIL_M_RENAMES,
    JAIL_C_ANEW,
    OWN_PARENT,
)

NOT_RENAMED = (
    Advice(
        CALLERS,
        "Do not rename a jail that has jails below it: make a new one with that name.",
        "not-at-all",
    ),
)
LOST_PARENT_PANIC = (
    Advice(
        CALLERS,
        "Rename a nested jail from a process in its parent, and only if no jail is below it: "
        "reading, from inside, a name that lost its parent's part stops the system.",
        "not-at-all",
    ),
    Advice(PEOPLE, "Rename a nested jail with jail -m inside its parent.", "not-at-all"),
    OWN_PARENT,
)
GARBLED_NAME_PANIC = (
    *NOT_RENAMED,
    Advice(
        MENDERS,
        "Include the parent's part in the offsets at which the names of the jails below are "
        "rewritten.",
        "offsets",
    ),
)

EMPTY_ALIVE_JAIL_PANIC = (HELD_UP, HELD_UP_BY_PEOPLE)

FORK_SURVIVES_REMOVAL = (
    Advice(
        CALLERS,
        "On the old kernel, let every process of a removed jail end before you bring that jail "
        "back to life.",
        "fork-ends-first",
    ),
    NEVER_WITH_D,
)

RETRIED_UPDATE_MEETS_NEW_JAIL = (
    Advice(
        CALLERS,
        "Drop the second attempt, the update with JAIL_DYING: on the new kernel, the create before "
        "it has already made the jail.",
        "not-at-all",
    ),
    Advice(PEOPLE, "Leave out -d and allow.dying.", "not-at-all"),
)
