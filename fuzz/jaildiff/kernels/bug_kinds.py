"""The kinds of bugs: what each is, an example, and the observation that tells it from the others.

A kind names what an observer of the kernel sees go wrong: a count, a process, a jail, a value, an
answer.  It does not say where in the source the mistake is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class BugKind(StrEnum):
    """What goes wrong."""

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
    """Which of two kernels has the bug."""

    OLD = "old"  # the patch fixes it
    NEW = "new"  # the patch brought it
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a kind means, in one sentence each."""

    meaning: str
    example: str
    told_by: str  # the observation that tells it from its neighbours


DEFINITIONS: dict[BugKind, Definition] = {
    BugKind.LEAKED_REFERENCE: Definition(
        "A reference is kept although nobody needs it any more, so a jail never goes away.",
        "jail_remove does not give back the reference that it works with.",
        "A count (pr_ref, pr_uref, cr_ref) is higher than the number of its holders, or something "
        "is left when everything is taken away.",
    ),
    BugKind.DROPPED_TWICE: Definition(
        "A reference is given back while its holder still needs it, or given back twice.",
        "A process that exits gives back two user references.",
        "A count falls below the number of its holders in a call that adds no holder.",
    ),
    BugKind.NEVER_TAKEN: Definition(
        "Something holds a jail or a credential but is not counted.",
        "A forked process takes no user reference.",
        "A count falls below the number of its holders in the call that adds a holder.",
    ),
    BugKind.NO_REFERENCE: Definition(
        "A jail is alive although nothing keeps it alive.",
        "A jail that loses its last user reference does not die.",
        "A jail is alive with pr_uref 0, and the count is right.",
    ),
    BugKind.RESURRECTED: Definition(
        "A jail is alive that should be dying or gone.",
        "A removal does not reach the jails below the children.",
        "jail_get calls a jail alive that should be dying, and something keeps it alive.",
    ),
    BugKind.DIES_EARLY: Definition(
        "A jail dies or disappears although something keeps it alive.",
        "A jail dies when its last but one user reference is given back.",
        "A jail is dying that should be alive, and its counts are right.",
    ),
    BugKind.PROCESS_SURVIVES: Definition(
        "A process runs on although its jail was removed.",
        "A process that is being forked while its jail is removed runs on in it.",
        "A process in a dying jail is not killed, or makes calls after it was killed.",
    ),
    BugKind.WRONG_PROCESS: Definition(
        "A process is wrongly killed, moved or left running, or is not moved when it should be.",
        "A removal kills the processes of the jail above.",
        "A process is in the wrong state or the wrong jail, and no removal missed it.",
    ),
    BugKind.WRONG_VISIBILITY: Definition(
        "A call finds a jail that it must not find (a dying one, or one outside its caller's "
        "subtree), or does not find one that it must.",
        "jail_get shows a dying jail without JAIL_DYING, or jail_attach enters it.",
        "The caller may not find the jail that the call answers for, or it gets no answer for one "
        "that it may find.",
    ),
    BugKind.WRONG_LISTING: Definition(
        "A walk by lastjid skips a jail, repeats one, or visits them in the wrong order.",
        "A walk answers for the jail with the jid lastjid instead of the next one.",
        "A walk answers for a jail other than the next one, and the caller may see both.",
    ),
    BugKind.WRONG_JAIL: Definition(
        "A name or a jid leads to the wrong jail.",
        "A name leads to the dying jail that has it instead of the live one.",
        "A call by jid or name answers for the wrong jail, and the caller may see both.",
    ),
    BugKind.WRONG_PARENT: Definition(
        "A jail is, or is shown, below the wrong parent.",
        "A new jail gets the parent of the dying jail whose jid it takes.",
        "A jail's parent is wrong; its own jid is right.",
    ),
    BugKind.STALE_PARAMETERS: Definition(
        "A parameter has an old value: the dying jail's, or its own from before the update.",
        "A new jail has the securelevel of the dying jail whose jid it takes.",
        "The wrong value is one that the jail, or the dying jail with its jid, had before.",
    ),
    BugKind.WRONG_DEFAULT: Definition(
        "A parameter that was not given has the wrong value in a new jail.",
        "A new jail does not have its parent's securelevel.",
        "The parameter was not given when the jail was made, and the value is not the dying "
        "jail's.",
    ),
    BugKind.WRONG_INHERITANCE: Definition(
        "A value set in a jail does not reach the jails below as it should, or reaches too far.",
        "A host name does not reach the jails that share it.",
        "A jail's value became wrong when a jail above it was updated.",
    ),
    BugKind.WRONG_VALUE: Definition(
        "A parameter has, or is shown with, a value other than the one asked for.",
        "A permission's bit is used as a truth value, so another permission is given.",
        "The parameter was given, and its value is neither the given one nor the old one.",
    ),
    BugKind.BROKEN_LIMIT: Definition(
        "A limit or a privilege is not checked, or is checked where it does not apply.",
        "A jail may have one descendant more than children.max.",
        "EPERM, EAGAIN or EADDRINUSE is missing or unjustified, or a jail is less restricted than "
        "its parent.",
    ),
    BugKind.WRONG_COUNT: Definition(
        "The count children.cur is not the number of jails below.",
        "A freed jail still counts in the jails above it.",
        "The count children.cur is wrong, and the jails below are right.",
    ),
    BugKind.LOST_NAME: Definition(
        "A jail has, or is shown with, a name other than the one it was given.",
        "A rename does not reach the names of the jails below.",
        "A jail's name is wrong; its jid and parent are right.",
    ),
    BugKind.DUPLICATE_NAME: Definition(
        "Two live jails have one name.",
        "A create may use the name of a live jail.",
        "A call succeeds that must fail with EEXIST because of a name, and both jails are alive.",
    ),
    BugKind.DUPLICATE_JID: Definition(
        "Two jails have one jid.",
        "A dying jail is given the jid of another one.",
        "A jid is in the jail list twice.",
    ),
    BugKind.WRONG_JID: Definition(
        "A new jail is given a jid other than the next one.",
        "The search for an automatic jid starts at 1 every time.",
        "A create without a jid returns the wrong one, or lastprid is wrong.",
    ),
    BugKind.RENUMBERED_WRONGLY: Definition(
        "A jail is wrongly renumbered, not renumbered when it should be, or given the wrong jid.",
        "An update by the name of a live jail renumbers the dying jail of the jid.",
        "A jail from before the call has the wrong jid, and the call succeeded.",
    ),
    BugKind.UNSORTED: Definition(
        "The jail list is not in the order of jids.",
        "A renumbered jail keeps its old place in the list.",
        "Every jid is in the jail list once, but out of order.",
    ),
    BugKind.WRONG_DESCRIPTOR: Definition(
        "A descriptor stands for the wrong jail, or is open when it should not be.",
        "A jail that is removed keeps its descriptors.",
        "A descriptor has the wrong number, jail or owner, and the jails are right.",
    ),
    BugKind.WRONG_ERRNO: Definition(
        "A call is wrongly refused or allowed, or refused for the wrong reason.",
        "jail_attach answers ENOENT for a jail that does not exist.",
        "The answers differ, and no other kind explains it.",
    ),
    BugKind.HALF_DONE: Definition(
        "A call that fails leaves something behind.",
        "A refused update has set the host name.",
        "The call fails, and a jail or a process has changed.",
    ),
    BugKind.MEMORY: Definition(
        "A buffer is too small for what is written into it.",
        "A name may be longer than its buffer.",
        "ENAMETOOLONG is missing, or a text runs into the one after it.",
    ),
    BugKind.PANIC: Definition(
        "The kernel stops the whole system.",
        "A removal also marks jails that are already dying.",
        "The recording ends with a panic.",
    ),
}


def kinds_text(kinds: Iterable[BugKind]) -> str:
    """The kinds as text; several that cannot be told apart are "A or B"."""
    return " or ".join(kinds)
