"""The objects of a kernel: prisons, credentials, files, processes."""

from enum import StrEnum
from typing import Any, Final

from jail_kernel.call import UNDEFINED

JAIL_MAX: Final = 999999
NAME_SIZE: Final = 256  # sizeof(pr_name); pr_path follows it in struct prison


class KernelPanic(Exception):  # noqa: N818  # the kernel says panic
    """A failed KASSERT or a page fault: the kernel stops here."""


class UndefinedByDesign(KernelPanic):
    """A call to which a proposed design defines no answer; the program ends here."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{UNDEFINED}: {what}")


class PrisonState(StrEnum):
    """enum prison_state (sys/jail.h)."""

    INVALID = "invalid"  # being created, or gone
    ALIVE = "alive"
    DYING = "dying"


class ProcState(StrEnum):
    """The part of p_state that matters to jails; a killed process has SIGKILL pending."""

    NEW = "new"
    RUNNING = "running"
    KILLED = "killed"


Image = tuple[Any, ...]  # values of attributes, in the order of FIELDS


class Prison:
    """struct prison (sys/jail.h), without locks, cpusets, OSD and racct.

    `parent`, `children` and `procs` refer to objects of one kernel, and `creds` follows from them.
    All other attributes are in PRISON_FIELDS, so they can be saved and compared.  `children`,
    `procs`, `creds` and `seq` are our own; the kernel finds the same by walking lists.
    """

    def __init__(self, jid: int, parent: "Prison | None", seq: int) -> None:
        self.jid = jid  # pr_id
        self.parent: Prison = self if parent is None else parent  # pr_parent
        self.seq = seq  # age; pr_children is a LIST_INSERT_HEAD list, newest first
        self.children: dict[int, Prison] = {}  # pr_children, by seq
        self.procs: dict[int, Proc] = {}  # the processes whose cr_prison this is, by pid
        self.creds = 0  # credentials of this jail that processes or resources hold
        self.buf = "\0" * NAME_SIZE + "/"  # pr_name[] and pr_path[] as they lie in memory
        self.name = ""  # pr_name, as strlen() sees it
        self.path = "/"  # pr_path
        self.root = "/"  # pr_root, as the full path of the directory
        self.state = PrisonState.INVALID  # pr_state
        self.ref = 1  # pr_ref: keeps the structure
        self.uref = 0  # pr_uref: keeps it alive
        self.persist = False  # PR_PERSIST
        self.childcount = 0  # pr_childcount: all descendants, dying ones too
        self.childmax = 0  # pr_childmax
        self.securelevel = -1  # pr_securelevel
        self.enforce_statfs = 2  # pr_enforce_statfs
        self.devfs_ruleset = 0  # pr_devfs_rsnum
        self.osreldate = 0  # pr_osreldate
        self.osrelease = ""  # pr_osrelease
        self.host = True  # PR_HOST: has its own host data
        self.hostname = ""  # pr_hostname
        self.domainname = ""  # pr_domainname
        self.hostuuid = "00000000-0000-0000-0000-000000000000"  # pr_hostuuid
        self.hostid = 0  # pr_hostid
        self.vnet = False  # PR_VNET
        self.ip4_user = False  # PR_IP4_USER
        self.ip6_user = False  # PR_IP6_USER
        self.ip4_restrict = False  # PR_IP4
        self.ip6_restrict = False  # PR_IP6
        self.ip4: tuple[bytes, ...] | None = None  # pr_addrs[PR_INET]
        self.ip6: tuple[bytes, ...] | None = None  # pr_addrs[PR_INET6]
        self.ip4_saddrsel = True  # PR_IP4_SADDRSEL off
        self.ip6_saddrsel = True  # PR_IP6_SADDRSEL off
        self.allow = 0  # pr_allow, bits in the order of allow.NAMES

    def image(self) -> Image:
        """All of this prison's values, comparable between kernels."""
        return (
            self.jid,
            self.seq,
            self.buf,
            self.name,
            self.path,
            self.root,
            self.state,
            self.ref,
            self.uref,
            self.persist,
            self.childcount,
            self.childmax,
            self.securelevel,
            self.enforce_statfs,
            self.devfs_ruleset,
            self.osreldate,
            self.osrelease,
            self.host,
            self.hostname,
            self.domainname,
            self.hostuuid,
            self.hostid,
            self.vnet,
            self.ip4_user,
            self.ip6_user,
            self.ip4_restrict,
            self.ip6_restrict,
            self.ip4,
            self.ip6,
            self.ip4_saddrsel,
            self.ip6_saddrsel,
            self.allow,
        )

    def saved(self) -> Image:
        """All that an op can change."""
        return self.image()

    def restore(self, saved: Image) -> None:
        """Set all attributes to saved values."""
        (
            self.jid,
            self.seq,
            self.buf,
            self.name,
            self.path,
            self.root,
            self.state,
            self.ref,
            self.uref,
            self.persist,
            self.childcount,
            self.childmax,
            self.securelevel,
            self.enforce_statfs,
            self.devfs_ruleset,
            self.osreldate,
            self.osrelease,
            self.host,
            self.hostname,
            self.domainname,
            self.hostuuid,
            self.hostid,
            self.vnet,
            self.ip4_user,
            self.ip6_user,
            self.ip4_restrict,
            self.ip6_restrict,
            self.ip4,
            self.ip6,
            self.ip4_saddrsel,
            self.ip6_saddrsel,
            self.allow,
        ) = saved


class Ucred:
    """struct ucred: one prison, and the number of holders that share the credential."""

    def __init__(self, prison: Prison) -> None:
        self.prison = prison  # cr_prison
        self.ref = 1  # cr_ref
        self.holders = 0  # ours: the actual number of processes and resources

    def image(self) -> Image:
        """The prison, and how many share the credential."""
        return self.prison.seq, self.ref

    def saved(self) -> Image:
        """All that an op can change."""
        return (self.ref,)

    def restore(self, saved: Image) -> None:
        """Set all attributes to saved values."""
        (self.ref,) = saved


class File:
    """struct file of a jail descriptor, and its struct jaildesc."""

    def __init__(self, cred: Ucred, *, owning: bool) -> None:
        self.cred = cred  # f_cred: who opened it
        self.owning = owning  # JDF_OWNING: the last close removes the jail
        self.ref = 1  # f_count: how many descriptors share it
        self.prison: Prison | None = None  # jd_prison; None: not set yet, or the jail is dead

    def image(self) -> Image:
        """The jail, the opener's credential, and how many share the file."""
        jail = None if self.prison is None else self.prison.seq
        return jail, self.owning, self.cred.prison.seq, self.ref

    def saved(self) -> Image:
        """All that an op can change."""
        return self.ref, self.prison

    def restore(self, saved: Image) -> None:
        """Set all attributes to saved values."""
        self.ref, self.prison = saved


class Proc:
    """struct proc: a process, the caller of system calls."""

    def __init__(self, pid: int, cred: Ucred, state: ProcState) -> None:
        self.pid = pid
        self.cred = cred  # p_ucred
        self.state = state

    def image(self) -> Image:
        """The pid, its state and its jail."""
        return self.pid, self.state, self.cred.prison.seq, self.cred.ref

    def saved(self) -> Image:
        """All that an op can change."""
        return self.cred, self.state

    def restore(self, saved: Image) -> None:
        """Set all attributes to saved values."""
        self.cred, self.state = saved


PRISON_FIELDS = (
    *("jid", "seq", "buf", "name", "path", "root", "state", "ref", "uref", "persist"),
    *("childcount", "childmax", "securelevel", "enforce_statfs", "devfs_ruleset"),
    *("osreldate", "osrelease", "host", "hostname", "domainname", "hostuuid", "hostid", "vnet"),
    *("ip4_user", "ip6_user", "ip4_restrict", "ip6_restrict", "ip4", "ip6"),
    *("ip4_saddrsel", "ip6_saddrsel", "allow"),
)

Journaled = Prison | Ucred | Proc | File

FIELDS: dict[type[Journaled], tuple[str, ...]] = {  # what `saved` holds
    Prison: PRISON_FIELDS,
    Ucred: ("ref",),
    Proc: ("cred", "state"),
    File: ("ref", "prison"),
}


def was(obj: Journaled, image: Image, name: str) -> Any:
    """The value of an attribute in a saved image."""
    return image[FIELDS[type(obj)].index(name)]
