"""What the tests of the kernels share: a machine that is driven in one line per call, a picture of
all that it holds, and random programs.
"""

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import strategies as st

import descriptor_model
import legacy_model
import new_model
from jail_kernel.call import (
    JAIL_AT_DESC,
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_GET_DESC,
    JAIL_OWN_DESC,
    JAIL_UPDATE,
    JAIL_USE_DESC,
    Close,
    Drop,
    Errno,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    JailSet,
    Params,
    Poke,
    Result,
    Value,
    Wish,
)
from jail_kernel.freeze import open_files
from jail_kernel.jail_conf import JailConf
from jail_kernel.jail_get import VIEW_FIELDS
from jail_kernel.kernel import Kernel
from jail_kernel.proc import prison_of
from jail_kernel.state import JAIL_MAX, Prison, ProcState, Ucred
from jail_kernel.step import Handlers, step
from jaildiff.programs.commands.command import Command, Op
from proposed_models import dead_bit, invisible, no_fixed_jids, upward

MODELS: Mapping[str, Handlers] = {
    "legacy": legacy_model.HANDLERS,
    "new": new_model.HANDLERS,
    "descriptors": descriptor_model.HANDLERS,
    "upward": upward.HANDLERS,
    "dead-bit": dead_bit.HANDLERS,
    "invisible": invisible.HANDLERS,
    "no-fixed-jids": no_fixed_jids.HANDLERS,
}
both_models = pytest.mark.parametrize("model", ["legacy", "new"])  # on both sides of the patch

FLAGS = {
    "C": JAIL_CREATE,
    "U": JAIL_UPDATE,
    "A": JAIL_ATTACH,
    "D": JAIL_DYING,
    "?": 0x100,  # a bit that no call knows
    "X": JAIL_USE_DESC,
    "T": JAIL_AT_DESC,
    "G": JAIL_GET_DESC,
    "O": JAIL_OWN_DESC,
}

Named = Mapping[str, Value]


def flag_bits(letters: str) -> int:
    return sum(FLAGS[letter] for letter in letters)


def params_of(dotted: Named | None, plain: Named) -> Params:
    return tuple({**(dotted or {}), **plain}.items())


def fails(errno: Errno, errmsg: str | None = None) -> Result:
    """What a call answers that fails."""
    return Result(errno, None, errmsg)


def panics(text: str) -> Result:
    """What a call answers in which the kernel stops."""
    return Result(None, None, text)


class Machine:
    """One kernel of one model.  Process 1 is in prison0."""

    def __init__(self, model: str = "new", jail_max: int = JAIL_MAX) -> None:
        self.k = Kernel(jail_max)
        self.handlers = MODELS[model]

    def call(self, call: Op) -> Result:
        assert not isinstance(call, Command)
        return step(self.k, self.handlers, call)

    # THE CALLS

    def set(
        self, flags: str, params: Named | None = None, /, *, pid: int = 1, **more: Value
    ) -> Result:
        return self.call(JailSet(pid, flag_bits(flags), params_of(params, more)))

    def get(self, flags: str = "", /, *, pid: int = 1, **by: int | str) -> Result:
        return self.call(JailGet(pid, flag_bits(flags), tuple(by.items())))

    def read(self, *want: str | Wish, flags: str = "", pid: int = 1, **by: int | str) -> Result:
        """jail_get with a wish list and nothing else; a name alone has a buffer that fits."""
        wishes = tuple((wish, None) if isinstance(wish, str) else wish for wish in want)
        return self.call(JailGet(pid, flag_bits(flags), tuple(by.items()), wishes, plain=False))

    def attach(self, jid: int, *, pid: int = 1) -> Result:
        return self.call(JailAttach(pid, jid))

    def remove(self, jid: int, *, pid: int = 1) -> Result:
        return self.call(JailRemove(pid, jid))

    def attach_jd(self, fd: int, *, pid: int = 1) -> Result:
        return self.call(JailAttachJd(pid, fd))

    def remove_jd(self, fd: int, *, pid: int = 1) -> Result:
        return self.call(JailRemoveJd(pid, fd))

    def close(self, fd: int, *, pid: int = 1) -> Result:
        return self.call(Close(pid, fd))

    def fork(self, child: int, *, pid: int = 1) -> Result:
        return self.call(Fork(pid, child))

    def fork_begin(self, child: int, *, pid: int = 1) -> Result:
        return self.call(ForkBegin(pid, child))

    def fork_end(self, child: int) -> Result:
        return self.call(ForkEnd(child))

    def exit(self, pid: int) -> Result:
        return self.call(Exit(pid))

    def hold(self, res: str, *, pid: int = 1) -> Result:
        return self.call(Hold(pid, res))

    def drop(self, res: str) -> Result:
        return self.call(Drop(res))

    def poke(self, **counters: int) -> Result:
        return self.call(Poke(**counters))

    # SEVERAL CALLS, ALL OF WHICH MUST SUCCEED

    def make(
        self, name: str, params: Named | None = None, /, *, pid: int = 1, **more: Value
    ) -> Prison:
        """Create a persistent jail."""
        made = self.set("C", {"name": name, "persist": True, **(params or {})}, pid=pid, **more)
        return self[succeeded(made)]

    def open(self, jid: int, flags: str = "G", *, pid: int = 1) -> int:
        """Get a descriptor of a jail, by default one that does not own it."""
        result = self.get(flags, pid=pid, desc=-1, jid=jid)
        succeeded(result)
        assert result.fd is not None
        return result.fd

    def enter(self, jid: int, pid: int, *, via: int = 1) -> None:
        """Fork `pid` off `via` and attach it."""
        succeeded(self.fork(pid, pid=via))
        succeeded(self.attach(jid, pid=pid))

    def zombie(
        self, jid: int, name: str, params: Named | None = None, /, *, within: int = 1
    ) -> Prison:
        """Make a dying jail without processes; the resource z<jid> keeps it.

        `within` is the process of whose jail it is a child.
        """
        succeeded(self.fork(99, pid=within))
        made = self.set("CA", {"jid": jid, "name": name, **(params or {})}, pid=99)
        pr = self[succeeded(made)]
        succeeded(self.hold(f"z{jid}", pid=99))
        succeeded(self.exit(99))
        return pr

    # WHAT IS THERE

    def __getitem__(self, jid: int) -> Prison:
        return self.k.prid[jid] if jid else self.k.prison0

    def jails(self) -> list[tuple[int, str, str]]:
        """Jid, full name and state of every jail, in list order."""
        return [(pr.jid, pr.name, pr.state.value) for pr in self.k.allprison]

    def refs(self, jid: int) -> tuple[int, int]:
        return self[jid].ref, self[jid].uref

    def jail_of(self, pid: int) -> int:
        return prison_of(self.k, pid).jid

    def state_of(self, pid: int) -> ProcState:
        return self.k.procs[pid].state

    def files(self, pid: int = 1) -> dict[int, int | None]:
        """The jid behind each jail descriptor of a process; None if the jail is dead."""
        table = self.k.fd_table(pid)
        files = {fd: file for fd, file in table.items() if file is not None}
        return {fd: file.prison.jid if file.prison else None for fd, file in files.items()}

    def texts(self, jid: int) -> dict[str, str]:
        return self.k.osd.get(self[jid], {})

    def view(self, jid: int, *, pid: int = 1) -> dict[str, object]:
        """What jail_get reads, by the name of the field."""
        values = self.get("D", pid=pid, jid=jid).values
        assert values is not None
        return dict(zip(VIEW_FIELDS, values, strict=True))


def succeeded(result: Result) -> int:
    """The number that a call returned; fails the test if it returned none."""
    assert result.errno is None, result
    assert result.ret is not None, result
    return result.ret


def boot(model: str = "new", jail_max: int = JAIL_MAX) -> Machine:
    return Machine(model, jail_max)


# PICTURES OF A KERNEL


def prisons(k: Kernel) -> list[Prison]:
    return [k.prison0, *k.allprison]


def creds(k: Kernel) -> list[Ucred]:
    """Each credential once: those of the processes by pid, then those of the resources by name."""
    found = [k.procs[pid].cred for pid in sorted(k.procs)]
    found += [k.resources[res] for res in sorted(k.resources)]
    found += [file.cred for file in open_files(k)]
    return list(dict.fromkeys(found))


def image(k: Kernel) -> dict[str, object]:
    """Everything a kernel holds, without its identity: equal for kernels that are alike."""
    number = {cred: i for i, cred in enumerate(creds(k))}
    files = {file: i for i, file in enumerate(open_files(k))}
    return {
        "counters": (k.lastprid, k.lastdeadid, k.seq),
        "prisons": [
            (pr.image(), pr.parent.seq, {s: c.seq for s, c in pr.children.items()}, set(pr.procs))
            for pr in prisons(k)
        ],
        "creds": [cred.image() for cred in number],
        "procs": {pid: (p.image(), number[p.cred]) for pid, p in k.procs.items()},
        "resources": {res: number[cred] for res, cred in k.resources.items()},
        "prid": {jid: pr.seq for jid, pr in k.prid.items()},
        "names": {name: {pr.seq for pr in found} for name, found in k.names.items()},
        "addrs": {addr: {pr.seq for pr in found} for addr, found in k.addrs.items()},
        "garbled": {pr.seq for pr in k.garbled},
        "buried": {pr.seq for pr in k.buried},
        "files": [(file.image(), number[file.cred]) for file in files],
        "fds": {
            pid: {fd: None if file is None else files[file] for fd, file in table.items()}
            for pid, table in k.fds.items()
        },
        "osd": {pr.seq: texts for pr, texts in k.osd.items()},
    }


def asked(conf: JailConf) -> dict[str, object]:
    """What a jail_set mentions: the values that differ from those of one that mentions nothing."""
    nothing = vars(JailConf())
    return {name: value for name, value in vars(conf).items() if value != nothing[name]}


def walk(k: Kernel, top: Prison) -> Iterator[Prison]:
    """All below `top`, each before its own children, the newest child first.

    It finds children as the kernel could without any index: by their parent.
    """
    below = [pr for pr in k.allprison if pr.parent is top]
    for pr in sorted(below, key=lambda pr: pr.seq, reverse=True):
        yield pr
        yield from walk(k, pr)


# RANDOM PROGRAMS
#
# Few processes, jids, names and addresses, so that calls meet each other's traces.

PIDS = st.sampled_from([1, 1, 1, 2, 2, 3, 4])
JIDS = st.sampled_from([1, 1, 2, 2, 3, 4, 5, JAIL_MAX, JAIL_MAX - 1, 0, -1])
RESOURCES = st.sampled_from(["r", "s", "t"])
NAMES = ("a", "b", "c", "a.b", "a.b.c", "b.a", "0.a", "a.zz", "zz", "a.", "", "2", "a.5", ".a")

MENTIONS: tuple[Params, ...] = (
    *((("name", name),) for name in NAMES),
    *((("jid", jid),) for jid in (1, 2, 3, 4, 5, JAIL_MAX)),
    *((("jid", jid), ("name", name)) for jid in (1, 2, 3) for name in NAMES),
    (),
)
PAIRS: Params = (
    ("persist", True),
    ("persist", False),
    ("children.max", 0),
    ("children.max", 3),
    ("children.max", 9),
    ("securelevel", 1),
    ("enforce_statfs", 1),
    ("devfs_ruleset", 4),
    ("ip4.addr", ("10.0.0.1",)),
    ("ip4.addr", ("10.0.0.2", "10.0.0.1")),
    ("ip4.addr", ("10.0.0.3", "10.0.0.1", "10.0.0.2")),
    ("ip4.addr", ()),
    ("ip4", "inherit"),
    ("ip6.addr", ("2001:db8::1",)),
    ("ip6", "disable"),
    ("vnet", "new"),
    ("host", "inherit"),
    ("host.hostname", "h"),
    ("host.hostid", 7),
    ("allow.mount", True),
    ("allow.mount", False),
    ("allow.suser", False),
    ("ip4.saddrsel", False),
    ("path", "/j"),
    ("osrelease", "13.2"),
    ("bogus", 1),
)
ROOMY: Params = (("persist", True), ("children.max", 2))


@st.composite
def jail_sets(draw: st.DrawFn) -> JailSet:
    flags = flag_bits(draw(st.sampled_from(["C", "C", "CU", "U", "U", "CA", "CUD", "UD", "CUAD"])))
    mentioned = draw(st.sampled_from(MENTIONS))
    roomy = draw(st.sampled_from([ROOMY, ROOMY[:1], ()]))
    pairs = draw(st.lists(st.sampled_from(PAIRS), max_size=2))
    return JailSet(draw(PIDS), flags, (*mentioned, *roomy, *pairs))


GETS = (
    *((("jid", jid),) for jid in (1, 2, 3, JAIL_MAX)),
    *((("name", name),) for name in NAMES),
    *((("lastjid", jid),) for jid in (0, 1, 2)),
)
CALLS: st.SearchStrategy[Op] = st.one_of(
    jail_sets(),
    jail_sets(),
    jail_sets(),
    jail_sets(),
    st.builds(JailRemove, PIDS, JIDS),
    st.one_of(st.builds(JailAttach, PIDS, JIDS), st.builds(Exit, PIDS)),
    st.builds(Fork, PIDS, PIDS),
    st.builds(Hold, PIDS, RESOURCES),
    st.builds(Drop, RESOURCES),
    st.one_of(
        st.builds(JailGet, PIDS, st.sampled_from([0, JAIL_DYING]), st.sampled_from(GETS)),
        st.builds(ForkBegin, PIDS, PIDS),
        st.builds(ForkEnd, PIDS),
        st.builds(Poke, JIDS, JIDS),
    ),
)


def create(jid: int, name: str, room: int, *more: tuple[str, Value]) -> JailSet:
    """A persistent jail that process 1 makes, with room for children."""
    params: Params = (
        ("jid", jid),
        ("name", name),
        ("persist", True),
        ("children.max", room),
        *more,
    )
    return JailSet(1, JAIL_CREATE, params)


# Where a program starts: at boot, among nested jails with processes, among dying jails.
NESTED: tuple[Op, ...] = (
    create(1, "a", 9, ("ip4.addr", ("10.0.0.1",))),
    create(2, "a.b", 7, ("ip4.addr", ("10.0.0.1",))),
    create(3, "a.b.c", 5),
    Fork(1, 2),
    JailAttach(2, 1),
    Fork(1, 3),
    JailAttach(3, 2),
)
ZOMBIES: tuple[Op, ...] = (
    *NESTED,
    Hold(3, "r"),
    JailRemove(1, 2),
    Fork(1, 4),
    JailSet(4, JAIL_CREATE | JAIL_ATTACH, (("jid", 5), ("name", "b"))),
    Hold(4, "s"),
    Exit(4),
    create(4, "b", 3),
)
PROGRAMS: st.SearchStrategy[list[Op]] = st.builds(
    lambda scene, calls: [*scene, *calls],
    st.sampled_from([(), NESTED, NESTED, ZOMBIES]),
    st.lists(CALLS, min_size=4, max_size=30),
)


# RANDOM PROGRAMS WITH DESCRIPTORS

FDS = st.sampled_from([3, 3, 4, 5, 0, 9, -1])
DESC_FLAGS = st.sampled_from(["", "X", "T", "G", "G", "O", "GO", "XG", "TG", "TO"])
TEXT_PAIRS: Params = (
    ("meta", "a=1\nb=2"),
    ("meta.a", "x"),
    ("meta.a", True),
    ("env", "e"),
    ("env.b", "y"),
    ("meta", -1),
)


@st.composite
def desc_sets(draw: st.DrawFn) -> JailSet:
    call = draw(jail_sets())
    flags = draw(DESC_FLAGS)
    texts = draw(st.lists(st.sampled_from(TEXT_PAIRS), max_size=2))
    desc: Params = (("desc", draw(FDS)),) if flags else ()
    params = dict((*call.params, *texts, *desc))
    return JailSet(call.pid, call.flags | flag_bits(flags), tuple(params.items()))


@st.composite
def desc_gets(draw: st.DrawFn) -> JailGet:
    flags = draw(DESC_FLAGS)
    desc: tuple[tuple[str, int | str], ...] = (("desc", draw(FDS)),) if flags else ()
    want: tuple[Wish, ...] = draw(st.sampled_from([(), (("meta", None),), (("env.b", 2),)]))
    by: tuple[tuple[str, int | str], ...] = draw(st.sampled_from(GETS))
    dying = draw(st.sampled_from([0, JAIL_DYING]))
    return JailGet(draw(PIDS), flag_bits(flags) | dying, (*desc, *by), want)


DESC_CALLS: st.SearchStrategy[Op] = st.one_of(
    CALLS,
    desc_sets(),
    desc_sets(),
    desc_gets(),
    st.builds(JailAttachJd, PIDS, FDS),
    st.builds(JailRemoveJd, PIDS, FDS),
    st.builds(Close, PIDS, FDS),
)
DESC_PROGRAMS = st.builds(
    lambda start, calls: [*start, *calls],
    st.sampled_from([(), NESTED]),
    st.lists(DESC_CALLS, max_size=25),
)
