"""The kinds of bugs: what each is, an example, and the observation that tells it from the others.

A kind says what is wrong as whoever looks at the kernel sees it: a count, a process, a jail, a
value, an answer.  It does not say where in the source the mistake is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class BugKind(StrEnum):
    """What is broken."""

    # REFERENCES
    LEAKED_REFERENCE = "leaked reference"
    DROPPED_TWICE = "reference dropped twice"
    NEVER_TAKEN = "reference never taken"
    NO_REFERENCE = "alive without references"
    # LIFE AND DEATH
    RESURRECTED = "resurrected"
    DIES_EARLY = "dies too early"
    PROCESS_SURVIVES = "process survives removal"
    WRONG_PROCESS = "wrong process"
    # WHO SEES WHOM
    WRONG_VISIBILITY = "wrong visibility"
    WRONG_LISTING = "wrong listing"
    WRONG_JAIL = "wrong jail"
    WRONG_PARENT = "wrong parent"
    # VALUES
    STALE_PARAMETERS = "stale parameters"
    WRONG_DEFAULT = "wrong default"
    WRONG_INHERITANCE = "wrong inheritance"
    WRONG_VALUE = "wrong value"
    BROKEN_LIMIT = "broken limit"
    WRONG_COUNT = "wrong count"
    # NAMES AND JIDS
    LOST_NAME = "lost name"
    DUPLICATE_NAME = "duplicate name"
    DUPLICATE_JID = "duplicate jid"
    WRONG_JID = "wrong jid"
    RENUMBERED_WRONGLY = "renumbered wrongly"
    UNSORTED = "unsorted list"
    # DESCRIPTORS
    WRONG_DESCRIPTOR = "wrong descriptor"
    # ANSWERS
    WRONG_ERRNO = "wrong errno"
    HALF_DONE = "half-done failure"
    MEMORY = "memory"
    PANIC = "panic"


class Side(StrEnum):
    """Which of two kernels has it."""

    OLD = "old"  # the patch fixes it
    NEW = "new"  # the patch brought it
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Definition:
    """One sentence for each of these."""

    meaning: str
    example: str
    told_by: str  # the observation that tells it from its neighbours


DEFINITIONS: dict[BugKind, Definition] = {
    BugKind.LEAKED_REFERENCE: Definition(
        "A reference is kept that nobody needs any more, so a jail never goes.",
        "jail_remove does not give back the reference that it works with.",
        "A count (pr_ref, pr_uref, cr_ref) is higher than the number of its holders, or something "
        "is left when everything is taken away.",
    ),
    BugKind.DROPPED_TWICE: Definition(
        "A reference is given back though its holder is still there, or given back twice.",
        "A process that exits gives back two user references.",
        "A count falls below the number of its holders in a call that gains no holder.",
    ),
    BugKind.NEVER_TAKEN: Definition(
        "Something holds a jail, or a credential, and is not counted.",
        "A forked process takes no user reference.",
        "A count falls below the number of its holders in the call that gains a holder.",
    ),
    BugKind.NO_REFERENCE: Definition(
        "A jail is alive though nothing keeps it up.",
        "A jail that loses its last user reference does not die.",
        "A jail is alive with pr_uref 0, and the count is right.",
    ),
    BugKind.RESURRECTED: Definition(
        "A jail is alive that should be dying or gone.",
        "A removal does not reach the jails below the children.",
        "jail_get calls a jail alive that should be dying, and something keeps it up.",
    ),
    BugKind.DIES_EARLY: Definition(
        "A jail dies, or goes, though something keeps it alive.",
        "A jail dies when its last but one user reference is given back.",
        "A jail is dying that should be alive, and its counts are right.",
    ),
    BugKind.PROCESS_SURVIVES: Definition(
        "A process goes on though its jail was removed.",
        "A process that is being forked while its jail is removed runs on in it.",
        "A process in a dying jail is not killed, or makes calls after it was.",
    ),
    BugKind.WRONG_PROCESS: Definition(
        "A process is killed, moved or let run that should not be, or is left where it was.",
        "A removal kills the processes of the jail above.",
        "A process is in another state or another jail than it should be, and no removal missed "
        "it.",
    ),
    BugKind.WRONG_VISIBILITY: Definition(
        "A call finds a jail that it must not, outside the subtree of its caller or dying, or does "
        "not find one that it must.",
        "jail_get shows a dying jail without JAIL_DYING, or jail_attach enters it.",
        "The jail that is answered for is not one that the caller may find, or is one that it "
        "does not find.",
    ),
    BugKind.WRONG_LISTING: Definition(
        "A walk by lastjid skips a jail, repeats one, or meets them in another order.",
        "A walk answers for the jail again at which it stands.",
        "A walk answers for another jail than the next one, though the caller may see both.",
    ),
    BugKind.WRONG_JAIL: Definition(
        "A name or a jid is taken for another jail than the one that it means.",
        "A name means the dying jail that has it, rather than the live one.",
        "By jid or name a call answers for another jail, though the caller may see both.",
    ),
    BugKind.WRONG_PARENT: Definition(
        "A jail stands, or is shown, below another jail than it should.",
        "A new jail gets the parent of the dying jail whose jid it takes.",
        "The parent of a jail is another one; its own jid is right.",
    ),
    BugKind.STALE_PARAMETERS: Definition(
        "A parameter has a value from before: that of the dying jail, or of before the update.",
        "A new jail has the securelevel of the dying jail whose jid it takes.",
        "The wrong value is the one that the jail, or the dying jail of its jid, had before.",
    ),
    BugKind.WRONG_DEFAULT: Definition(
        "A new jail has another value than is due for a parameter that was not given.",
        "A new jail does not have its parent's securelevel.",
        "The parameter was not given when the jail was made, and the value is not that of the "
        "dying jail.",
    ),
    BugKind.WRONG_INHERITANCE: Definition(
        "What is set in a jail does not reach the jails below as it should, or reaches too far.",
        "A host name does not reach the jails that share it.",
        "A jail has a wrong value since a jail above it was updated.",
    ),
    BugKind.WRONG_VALUE: Definition(
        "A parameter has another value than was asked for, or is shown with another one.",
        "A permission's bit is used as a truth value, so another permission is given.",
        "The parameter was given, and its value is neither the one given nor the one of before.",
    ),
    BugKind.BROKEN_LIMIT: Definition(
        "A limit or a privilege is not checked, or is checked where there is none.",
        "A jail may have one jail more than children.max.",
        "EPERM, EAGAIN or EADDRINUSE is missing or is too much, or a jail is less restricted than "
        "its parent.",
    ),
    BugKind.WRONG_COUNT: Definition(
        "The count children.cur is not the number of jails below.",
        "A freed jail still counts in the jails above it.",
        "The count children.cur is wrong, and the jails below are the right ones.",
    ),
    BugKind.LOST_NAME: Definition(
        "A jail has, or is shown by, another name than it was given.",
        "A rename does not reach the names of the jails below.",
        "The name of a jail is another one; its jid and parent are right.",
    ),
    BugKind.DUPLICATE_NAME: Definition(
        "Two live jails have one name.",
        "A create may use the name of a live jail.",
        "A call is allowed that must be refused with EEXIST for a name, and both jails are alive.",
    ),
    BugKind.DUPLICATE_JID: Definition(
        "Two jails have one jid.",
        "A dying jail is given the jid of another one.",
        "A jid stands in the jail list twice.",
    ),
    BugKind.WRONG_JID: Definition(
        "A new jail is given another jid than the one that is next.",
        "Automatic jids start at 1 again each time.",
        "A create that names no jid answers another one, or lastprid is another one.",
    ),
    BugKind.RENUMBERED_WRONGLY: Definition(
        "A jail is renumbered that should not be, is not renumbered, or is given a wrong jid.",
        "An update by the name of a live jail renumbers the dying jail of the jid.",
        "A jail that was there before has another jid than it should, after a call that succeeds.",
    ),
    BugKind.UNSORTED: Definition(
        "The jail list is not in the order of jids.",
        "A renumbered jail keeps its old place in the list.",
        "Every jid stands in the jail list once, but not in order.",
    ),
    BugKind.WRONG_DESCRIPTOR: Definition(
        "A descriptor stands for another jail than it should, or is open where it should not be.",
        "A jail that is removed keeps its descriptors.",
        "A descriptor has another number, another jail, or another owner than it should, and the "
        "jails are right.",
    ),
    BugKind.WRONG_ERRNO: Definition(
        "A call is refused or allowed wrongly, or refused for another reason than is due.",
        "jail_attach answers ENOENT for a jail that is not there.",
        "The answers differ, and no other kind says why.",
    ),
    BugKind.HALF_DONE: Definition(
        "A call that fails leaves something behind.",
        "An update that is refused has set the host name.",
        "The call fails, and a jail or a process is not as it was.",
    ),
    BugKind.MEMORY: Definition(
        "A buffer is too small for what is written into it.",
        "A name may be longer than its buffer.",
        "ENAMETOOLONG is missing, or a text runs into the one behind it.",
    ),
    BugKind.PANIC: Definition(
        "The kernel stops the whole system.",
        "A removal marks jails that are dying already.",
        "The recording ends with a panic.",
    ),
}


def kinds_text(kinds: Iterable[BugKind]) -> str:
    """One kind, or those that cannot be told apart: "A or B"."""
    return " or ".join(kinds)
