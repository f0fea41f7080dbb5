"""The words that stories, reasons and advice use: each with its meaning in one sentence."""

import re
from dataclasses import dataclass

from jaildiff.kernels.bug_kinds import DEFINITIONS, BugKind


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a family such as allow.*, and what it means here."""

    word: str
    meaning: str
    stems: tuple[str, ...] = ()  # how other plain words that it explains begin


GLOSSARY = (
    # JAILS
    Word("jail", "A part of the system with its own root directory, processes and limits."),
    Word("jid", "The number of a jail, 1 to 999999; a jail has a name, too."),
    Word("host", "The system itself, outside all jails; process 1 is root there."),
    Word("root directory", "The directory that a jail sees as /.", ("directory",)),
    Word("jailed root", "A process in a jail that has root's rights there and none outside."),
    Word("nested", "Of a jail: made inside another one, which is its parent.", ("parent", "child")),
    Word("sibling", "Another jail with the same parent."),
    Word("subtree", "A jail with all that is nested in it, at any depth."),
    Word("persist", "A jail that is set to persist stays when it has no process.", ("persistent",)),
    Word("pristine", "Of a new jail: with nothing left over from an earlier one."),
    Word("parameter", "A named value of a jail, such as path or children.max."),
    Word("permission", "A parameter of the family allow.*."),
    Word("automatic jid", "The next free jid, which a jail gets if its creator asks for none."),
    Word("attach", "To enter a jail with a process."),
    # LIFE AND DEATH
    Word("alive", "Of a jail: it can be entered and updated.", ("live",)),
    Word(
        "dying",
        "Of a jail: it was removed, or lost its last process, and something, such as an open "
        "connection, still holds it; it lasts until the last holder lets go.",
    ),
    Word("resurrect", "To bring a dying jail back to life, as the old kernel can."),
    Word("renumber", "To give a dying jail another jid, counting down from 999999."),
    Word(
        "holder",
        "Whatever keeps a jail from going: a process, a jail in it, a connection, a descriptor.",
        ("held", "holds"),
    ),
    Word("reference", "The kernel's note that somebody holds a jail: without one it goes."),
    Word("user reference", "A reference that keeps a jail alive: a process, a child, persist."),
    Word("pr_ref", "The kernel's count of the references to a jail."),
    Word("pr_uref", "The kernel's count of the user references to a jail."),
    Word("pr_childcount", "The kernel's count of the jails below a jail."),
    Word("credential", "What says of a process who it is and which jail it is in."),
    Word("fork", "To make a new process as a copy of one; the copy is in the same jail."),
    Word("killed", "Of a process: told to end, and not gone before it has cleaned up."),
    Word("garbled", "Of a name: overwritten, so that it no longer begins with its parent's."),
    Word("panic", "The kernel finds something impossible and stops the whole system."),
    Word("assertion", "A check in the kernel that panics if it fails.", ("assert",)),
    Word(
        "INVARIANTS",
        "An option with which a kernel is built that checks itself; those for daily use are not.",
    ),
    Word("KASSERT", "An assertion in the source of the kernel."),
    Word(
        "page fault",
        "Access to memory that is not there: in the kernel, a panic.",
        ("fault",),
    ),
    Word("null pointer", "An address that means nothing; to read it is a page fault.", ("null",)),
    Word("0x1", "A number in base 16; as an address, next to the null pointer."),
    # TWO KERNELS AND A PATCH
    Word("old kernel", "The model of the jail kernel before the patch."),
    Word("new kernel", "The model of the jail kernel since the patch."),
    Word("patch", "What made the new kernel: it never brings a dying jail back.", ("commit",)),
    Word("ed31b3f4a146", "The commit that is the patch."),
    Word("D28150", "The review of the patch."),
    Word("step", "One call of a program; the first is step 0."),
    Word("root", "A step that the kernels take differently even from one and the same state."),
    Word("echo", "A later difference that is only there because of a root before it."),
    Word("intended", "The patch is meant to do this."),
    Word("bug", "One kernel, or both, does what it should not.", ("mistake",)),
    Word("unexplained", "Of a difference: no rule claims it, or several do.", ("explained",)),
    Word("rule", "A sentence with a test: what kind of difference this is, and by what authority."),
    Word(
        "invariant",
        "What must hold in any kernel at any time.",
        ("violation",),
    ),
    Word("fingerprint", "The digits by which a difference of the same kind is known again."),
    Word("witness", "A program, one call in a line, that shows a finding."),
    Word("baseline", "The list of known mistakes of the kernels, each with its reason."),
    Word("surface", "Where a user meets a difference."),
    Word(
        "severity",
        "High: a guarantee is gone; medium: a working procedure stops working; low: seen by those "
        "who look closely.",
    ),
    # CALLS
    Word("jail_set", "The system call that creates and updates jails."),
    Word("jail_set(2)", "The system call that creates and updates jails."),
    Word("jail_get", "The system call that reads the parameters of a jail."),
    Word("jail_get(2)", "The system call that reads the parameters of a jail."),
    Word("JAIL_CREATE", "A flag of jail_set: make the jail; it must not be there."),
    Word("JAIL_UPDATE", "A flag of jail_set: change the jail; it must be there."),
    Word("JAIL_ATTACH", "A flag of jail_set: enter the jail, too."),
    Word("JAIL_DYING", "A flag of jail_set and jail_get: a dying jail counts as there."),
    Word("lastjid", "A parameter of jail_get: it reads the jail after the one with this jid."),
    Word("lastprid", "The kernel's note of the last automatic jid."),
    Word("lastdeadid", "The new kernel's note of the last jid that a dying jail was given."),
    Word("jls", "The command that lists jails; with -d dying ones, too."),
    Word("jail(2)", "The page of the manual about the system calls of jails."),
    Word("jail(8)", "The page of the manual about the command that manages jails."),
    Word("ERRORS", "The section of a page of the manual that lists the errors of a call."),
    Word("function()", "With () behind it: a function in the source of the kernel."),
    Word("jail.conf", "The file that describes jails for jail(8)."),
    Word("kern_jail.c", "The file of the kernel's source that is about jails."),
    Word("kern_fork.c", "The file of the kernel's source that makes processes."),
    Word("do_fork", "The function in the kernel's source that makes a process."),
    Word("deadpr", "In kern_jail_set(): the dying jail that has the jid asked for."),
    Word("ppr", "In kern_jail_set(): the jail whose name and limits the new values must fit."),
    Word("born", "In kern_jail_set(): whether the call makes a jail alive."),
    Word(
        "FreeBSD-SA-21:04.jail_remove",
        "A security advisory: a process could live on in a jail that was removed.",
    ),
    Word("jaildiff", "This program."),
    # PARAMETERS
    Word("children.*", "How many jails are nested in a jail (cur), and how many may be (max)."),
    Word("allow.*", "The permissions of a jail, one by one."),
    Word("ip4", "Whether a jail has its parent's internet addresses (version 4), its own or none."),
    Word("ip6", "Whether a jail has its parent's internet addresses (version 6), its own or none."),
    Word(
        "ip4.*", "The internet addresses (version 4) of a jail, and how one is chosen (saddrsel)."
    ),
    Word(
        "ip6.*", "The internet addresses (version 6) of a jail, and how one is chosen (saddrsel)."
    ),
    Word("host.*", "The names and numbers by which a jail knows its machine."),
    Word("vnet", "Whether a jail has a network stack of its own."),
    Word("securelevel", "How much even root may not do; it only goes up."),
    Word("enforce_statfs", "How much of the mounted file systems a jail does not see, 0 to 2."),
    Word("devfs_ruleset", "Which device files a jail sees."),
    Word(
        "desc",
        "The parameter with a descriptor of a jail: its number, or room for it.",
        ("descriptor",),
    ),
    Word(
        "JAIL_USE_DESC",
        "The flag: the jail is the one of the descriptor.",
        ("JAIL_AT_DESC", "JAIL_GET_DESC", "JAIL_OWN_DESC"),
    ),
    Word("meta", "A text of a jail for the host, in lines with a key and a value.", ("env",)),
    Word("jail_attach", "The call by which a process enters a jail."),
    Word("osrelease", "The version of the system that a jail is told.", ("osreldate",)),
    # ERRORS
    Word("EPERM", "The error: not permitted; of jails also: a limit would be exceeded."),
    Word("ENOENT", "The error: no such jail, or no such directory."),
    Word("ESRCH", "The error: no such process."),
    Word("EAGAIN", "The error: no jid is left."),
    Word("EEXIST", "The error: there is such a jail already."),
    Word("ENOTDIR", "The error: the path is no directory."),
    Word("EINVAL", "The error: the call makes no sense as it stands."),
    Word("ENAMETOOLONG", "The error: a name or a path is too long."),
    Word("EBADF", "The error: no such descriptor."),
    Word("EMFILE", "The error: the process has no descriptor left."),
    Word("EFBIG", "The error: meta or env is too long."),
    Word("ENOSYS", "The error: this kernel has no such system call."),
    Word("EADDRINUSE", "The error: another jail has the address."),
    Word("EKILLED", "No error of a kernel: a killed process makes no more calls."),
    Word("EBADOP", "No error of a kernel: a line of the program is no call."),
    # KINDS OF BUGS
    *(
        Word(str(kind), definition.meaning)
        for kind, definition in DEFINITIONS.items()
        if kind is not BugKind.PANIC  # It stands above.
    ),
)

TYPED = re.compile(r"`[^`]*`")  # a command, or a call that it makes
QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_WORD = re.compile(r"[A-Za-z_][\w.:-]*(?:\(\d?\)|\*)?|0x[0-9a-f]+")
_TECHNICAL = re.compile(r"[_()*]|[A-Z]{2}|\w\.\w|[a-z][A-Z]|\d[a-z]|[a-z]\d")


def words_of(text: str) -> list[str]:
    """The words of a text, without commands, quotations and the values of parameters."""
    return [found.strip(".:-") for found in _WORD.findall(QUOTED.sub("", TYPED.sub("", text)))]


def technical(word: str) -> bool:
    """True if a word looks like one of a program, of a source, or of a manual."""
    return _TECHNICAL.search(word) is not None


def lookup(word: str) -> Word | None:
    """The entry that explains a word; None if no entry does.

    A technical word must be an entry itself, or belong to a family or to the functions.  For a
    plain word a matching beginning is enough.
    """
    for entry in GLOSSARY:
        if entry.word == word or (entry.word == "function()" and word.endswith("()")):
            return entry
    for entry in GLOSSARY:
        if entry.word.endswith(".*") and word.startswith(entry.word[:-1]):
            return entry
    if technical(word):
        return None
    starts = word.casefold().startswith
    return next((e for e in GLOSSARY if any(map(starts, (e.word.casefold(), *e.stems)))), None)
