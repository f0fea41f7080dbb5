"""A kernel: all its objects, the lists they are in, and a journal of the op under way."""

from bisect import bisect_left
from collections.abc import Callable
from operator import attrgetter
from typing import Final, TypeVar

from jail_kernel import allow
from jail_kernel.state import (
    JAIL_MAX,
    NAME_SIZE,
    File,
    Image,
    Journaled,
    Prison,
    PrisonState,
    Proc,
    ProcState,
    Ucred,
)

FileTable = dict[int, File | None]  # by number; None is a file that is no jail descriptor
K = TypeVar("K", str, bytes)

STANDARD_FILES: FileTable = {0: None, 1: None, 2: None}

by_jid: Final = attrgetter("jid")


class Kernel:
    """Everything that a call can read or change.

    Call `lock` before the first write to an object.  It keeps a before-image: `rollback` uses it
    to take the op back, and observers use it to see what the op can have changed.  Only the
    methods here change the lists below; they record how to undo that.

    `names`, `addrs` and `prid` are indexes, where the kernel walks allprison.  `buried` is for
    kernels in which dying jails cannot be found: these are in allprison but in no index.
    """

    def __init__(self, jail_max: int = JAIL_MAX) -> None:
        self.jail_max = jail_max
        self.allprison: list[Prison] = []  # ascending jid, without prison0
        self.prid: dict[int, Prison] = {}  # allprison by jid
        self.names: dict[str, dict[Prison, None]] = {}  # allprison by full name
        self.addrs: dict[bytes, dict[Prison, None]] = {}  # allprison by address
        self.garbled: dict[Prison, None] = {}  # jails whose names do not extend their parents'
        self.procs: dict[int, Proc] = {}
        self.resources: dict[str, Ucred] = {}
        self.fds: dict[int, FileTable] = {}  # p_fd by pid, if no longer the initial one
        self.osd: dict[Prison, dict[str, str]] = {}  # pr_osd: texts of modules, if set
        self.buried: dict[Prison, None] = {}  # in allprison, but found by no jid and no name
        self.lastprid = 0
        self.lastdeadid = 0
        self.seq = 0
        self.host: object = None  # opaque state around the kernel, carried along
        self.begin()
        self.prison0 = boot_prison0(jail_max)
        init = Proc(1, Ucred(self.prison0), ProcState.RUNNING)
        self.prison0.ref += 1
        self.prison0.uref += 1
        self._add_proc(init)

    # JOURNAL

    def begin(self) -> None:
        """Start an op with an empty journal."""
        self.before: dict[Journaled, Image] = {}  # an empty image: the object is new
        self.undo: list[tuple[Callable[..., None], tuple[object, ...]]] = []
        self.counters = (self.lastprid, self.lastdeadid, self.seq)

    def lock(self, obj: Journaled) -> None:
        """Keep the before-image of `obj`; called where the kernel would take its mutex."""
        if obj not in self.before:
            self.before[obj] = obj.saved()

    def rollback(self) -> None:
        """Take back the current op."""
        for action, args in self.undo[::-1]:
            action(*args)
        for obj, image in self.before.items():
            if image:
                obj.restore(image)
        self.lastprid, self.lastdeadid, self.seq = self.counters
        self.begin()

    # ALLPRISON

    def new_prison(self, jid: int, parent: Prison) -> Prison:
        """A zeroed prison with one reference, in allprison and first among the children."""
        self.seq += 1
        pr = Prison(jid, parent, self.seq)
        self.before[pr] = ()
        self._link(pr)
        self.undo.append((self._unlink, (pr,)))
        return pr

    def unlink(self, pr: Prison) -> None:
        """Take `pr` out of every list.  Raises LookupError, changing nothing, if it is in none."""
        if not self.has(pr):
            raise LookupError(f"jail {pr.jid} is in no list")
        if pr in self.osd:
            self.set_osd(pr, {})
        buried, place = pr in self.buried, self._place(pr)
        self._unlink(pr)
        self.undo.append((self._link, (pr, buried, place)))

    def renumber(self, pr: Prison, jid: int) -> None:
        """Give `pr` another jid, and move it to the right place in allprison."""
        self.lock(pr)
        self.undo.append((self._renumber, (pr, pr.jid, self._place(pr))))
        self._renumber(pr, jid)

    def bury(self, pr: Prison, jid: int) -> None:
        """Give `pr` a jid that other jails may have, too; no jid and no name finds it any more."""
        self.lock(pr)
        self.undo.append((self._dig_up, (pr, pr.jid, self._place(pr))))
        del self.prid[pr.jid]
        _remove(self.names, pr.name, pr)
        self.buried[pr] = None
        self._move(pr, jid)

    @property
    def buried_now(self) -> list[int]:
        """The former jids of the jails that the current op buried and that still exist."""
        dug = (args for action, args in self.undo if action == self._dig_up)
        return [jid for pr, jid, _ in dug if pr in self.buried and isinstance(jid, int)]

    def has(self, pr: Prison) -> bool:
        """Whether `pr` is in allprison, buried or not."""
        return self.prid.get(pr.jid) is pr or pr in self.buried

    def set_name(self, pr: Prison, buf: str) -> None:
        """Write pr_name, and pr_path after it."""
        self.lock(pr)
        self.undo.append((self._set_name, (pr, pr.buf)))
        self._set_name(pr, buf)

    def set_addrs(self, pr: Prison, family: str, addrs: tuple[bytes, ...] | None) -> None:
        """Give `pr` an address list; `family` is "ip4" or "ip6"."""
        self.lock(pr)
        self.undo.append((self._set_addrs, (pr, family, getattr(pr, family))))
        self._set_addrs(pr, family, addrs)

    def set_osd(self, pr: Prison, texts: dict[str, str]) -> None:
        """Replace the texts of modules."""
        self.lock(pr)
        self.undo.append((self._set_osd, (pr, self.osd.get(pr, {}))))
        self._set_osd(pr, texts)

    def _link(self, pr: Prison, buried: bool = False, place: int | None = None) -> None:
        self._list(pr, place)
        if buried:
            self.buried[pr] = None
        else:
            self.prid[pr.jid] = pr
            self.names.setdefault(pr.name, {})[pr] = None
        pr.parent.children[pr.seq] = pr
        self._index_addrs(pr, pr.ip4)
        self._index_addrs(pr, pr.ip6)
        self._check_name(pr)

    def _unlink(self, pr: Prison) -> None:
        del self.allprison[self._place(pr)]
        if pr in self.buried:
            del self.buried[pr]
        else:
            del self.prid[pr.jid]
            _remove(self.names, pr.name, pr)
        del pr.parent.children[pr.seq]
        for addr in (pr.ip4 or ()) + (pr.ip6 or ()):
            _remove(self.addrs, addr, pr)
        self.garbled.pop(pr, None)

    def _renumber(self, pr: Prison, jid: int, place: int | None = None) -> None:
        del self.prid[pr.jid]
        self._move(pr, jid, place)
        self.prid[jid] = pr

    def _dig_up(self, pr: Prison, jid: int, place: int) -> None:
        del self.buried[pr]
        self._move(pr, jid, place)
        self.prid[jid] = pr
        self.names.setdefault(pr.name, {})[pr] = None

    def _move(self, pr: Prison, jid: int, place: int | None = None) -> None:
        del self.allprison[self._place(pr)]
        pr.jid = jid
        self._list(pr, place)

    def _list(self, pr: Prison, place: int | None) -> None:
        if place is None:
            place = bisect_left(self.allprison, pr.jid, key=by_jid)
        self.allprison.insert(place, pr)

    def _place(self, pr: Prison) -> int:
        place = bisect_left(self.allprison, pr.jid, key=by_jid)
        while self.allprison[place] is not pr:  # Buried jails may share a jid.
            place += 1
        return place

    def _set_name(self, pr: Prison, buf: str) -> None:
        found = pr not in self.buried
        if found:
            _remove(self.names, pr.name, pr)
        pr.buf = buf
        pr.name = c_string(buf, 0)
        pr.path = c_string(buf, NAME_SIZE)
        if found:
            self.names.setdefault(pr.name, {})[pr] = None
        self._check_name(pr)
        for cpr in pr.children.values():
            self._check_name(cpr)

    def _check_name(self, pr: Prison) -> None:
        if pr.parent is self.prison0 or pr.name.startswith(pr.parent.name + "."):
            self.garbled.pop(pr, None)
        else:
            self.garbled[pr] = None

    def _set_addrs(self, pr: Prison, family: str, addrs: tuple[bytes, ...] | None) -> None:
        for addr in getattr(pr, family) or ():
            _remove(self.addrs, addr, pr)
        setattr(pr, family, addrs)
        self._index_addrs(pr, addrs)

    def _index_addrs(self, pr: Prison, addrs: tuple[bytes, ...] | None) -> None:
        for addr in addrs or ():
            self.addrs.setdefault(addr, {})[pr] = None

    def _set_osd(self, pr: Prison, texts: dict[str, str]) -> None:
        if texts:
            self.osd[pr] = texts
        else:
            self.osd.pop(pr, None)

    # PROCESSES AND RESOURCES

    def add_proc(self, p: Proc) -> None:
        """Put a new process in the table."""
        self.before[p] = ()
        self._add_proc(p)
        self.undo.append((self._del_proc, (p,)))

    def del_proc(self, p: Proc) -> None:
        """Take a process out of the table."""
        self.lock(p)
        self._del_proc(p)
        self.undo.append((self._add_proc, (p,)))

    def set_cred(self, p: Proc, cred: Ucred) -> None:
        """Replace p_ucred."""
        self.lock(p)
        self.undo.append((self._set_cred, (p, p.cred)))
        self._set_cred(p, cred)

    def set_resource(self, res: str, cred: Ucred | None) -> None:
        """Let the resource hold `cred`; None removes it."""
        self.undo.append((self._set_resource, (res, self.resources.get(res))))
        self._set_resource(res, cred)

    def fd_table(self, pid: int) -> FileTable:
        """The open files of a process; at first, three that are not jail descriptors."""
        return self.fds.get(pid, STANDARD_FILES)

    def set_fds(self, pid: int, table: FileTable | None) -> None:
        """Replace the table of open files; None: it is the initial one, or the process is gone."""
        self.undo.append((self._set_fds, (pid, self.fds.get(pid))))
        self._set_fds(pid, table)

    @property
    def resources_before(self) -> dict[str, Ucred | None]:
        """What the resources changed by the op held before it; None: they did not exist."""
        changed = (args for action, args in self.undo[::-1] if action == self._set_resource)
        return {str(res): cred for res, cred in changed if cred is None or isinstance(cred, Ucred)}

    def set_host(self, host: object) -> None:
        """Replace the host that the kernel carries along."""
        self.undo.append((self._set_host, (self.host,)))
        self._set_host(host)

    @property
    def concerns_files(self) -> bool:
        """True if a process has, or had before the op, a table of open files of its own."""
        return bool(self.fds) or any(action == self._set_fds for action, _ in self.undo)

    def _add_proc(self, p: Proc) -> None:
        self.procs[p.pid] = p
        p.cred.prison.procs[p.pid] = p
        _held(p.cred)

    def _del_proc(self, p: Proc) -> None:
        del self.procs[p.pid]
        del p.cred.prison.procs[p.pid]
        _let_go(p.cred)

    def _set_cred(self, p: Proc, cred: Ucred) -> None:
        del p.cred.prison.procs[p.pid]
        _let_go(p.cred)
        p.cred = cred
        cred.prison.procs[p.pid] = p
        _held(cred)

    def _set_resource(self, res: str, cred: Ucred | None) -> None:
        if res in self.resources:
            _let_go(self.resources[res])
        if cred is None:
            del self.resources[res]
        else:
            self.resources[res] = cred
            _held(cred)

    def _set_host(self, host: object) -> None:
        self.host = host

    def _set_fds(self, pid: int, table: FileTable | None) -> None:
        if table is None:
            self.fds.pop(pid, None)
        else:
            self.fds[pid] = table


def boot_prison0(jail_max: int) -> Prison:
    """prison0 as the recorder boots it, with one reference of its own."""
    pr = Prison(0, None, 0)
    pr.buf = "0".ljust(NAME_SIZE, "\0") + "/"
    pr.name = "0"
    pr.state = PrisonState.ALIVE
    pr.uref = 1
    pr.childmax = jail_max
    pr.enforce_statfs = 0
    pr.osreldate = 1400097
    pr.osrelease = "14.0-RELEASE"
    pr.vnet = True
    pr.hostname = "host.example.org"
    pr.domainname = "example.org"
    pr.hostid = 0x12345678
    pr.allow = allow.PRISON0
    return pr


def c_string(buf: str, offset: int) -> str:
    """What a C reader at `offset` sees: the bytes up to the next NUL."""
    end = buf.find("\0", offset)
    return buf[offset:] if end < 0 else buf[offset:end]


def _held(cred: Ucred) -> None:
    cred.holders += 1
    if cred.holders == 1:
        cred.prison.creds += 1


def _let_go(cred: Ucred) -> None:
    cred.holders -= 1
    if cred.holders == 0:
        cred.prison.creds -= 1


def _remove(index: dict[K, dict[Prison, None]], key: K, pr: Prison) -> None:
    members = index[key]
    del members[pr]
    if not members:
        del index[key]
