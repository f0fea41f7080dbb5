"""Turn a kernel into plain data, and back.

States that no call can tell apart freeze to equal data.  So ages of jails become their order among
siblings, and the order in which processes and resources came is dropped.
"""

from operator import itemgetter
from typing import Any, Final, NamedTuple

from jail_kernel.kernel import Kernel
from jail_kernel.state import PRISON_FIELDS, File, Prison, Proc, ProcState, Ucred

# Fields that follow from others: name and path are in buf, the age is the place in the list.
DERIVED: Final = frozenset({"seq", "name", "path"})
FIELDS: Final = tuple(name for name in PRISON_FIELDS if name not in DERIVED)
INDEXED: Final = ("jid", "buf", "ip4", "ip6")  # lists and indexes depend on these
PLAIN: Final = tuple(name for name in FIELDS if name not in INDEXED)

_values: Final = itemgetter(*map(PRISON_FIELDS.index, FIELDS))
_indexed: Final = itemgetter(*map(FIELDS.index, INDEXED))
_plain: Final = itemgetter(*map(FIELDS.index, PLAIN))

Addrs = tuple[bytes, ...] | None
FrozenPrison = tuple[int, tuple[Any, ...]]  # the parent's place in the list; the values of FIELDS
FrozenFile = tuple[int | None, int, bool, int]  # prison, credential, owning, f_count
FrozenTable = tuple[tuple[int, int | None], ...]  # number, file
FrozenFiles = tuple[tuple[FrozenFile, ...], tuple[tuple[int, FrozenTable], ...]]
FrozenTexts = tuple[tuple[str, str], ...]  # by name


class Frozen(NamedTuple):
    """The whole state, hashable; jails and credentials are given by their places in the lists."""

    prisons: tuple[FrozenPrison, ...]  # prison0 first, parents first, older siblings first
    jail_max: int
    lastprid: int
    lastdeadid: int
    creds: tuple[tuple[int, int], ...]  # prison and cr_ref
    procs: tuple[tuple[int, ProcState, int], ...]  # pid, state, credential; by pid
    resources: tuple[tuple[str, int], ...]  # name, credential; by name
    files: tuple[FrozenFile, ...] = ()  # in the order in which the tables name them
    fds: tuple[tuple[int, FrozenTable], ...] = ()  # pid, table; by pid
    osd: tuple[tuple[int, FrozenTexts], ...] = ()  # prison, texts; by prison
    buried: tuple[int, ...] = ()  # prisons that no jid finds


def freeze(k: Kernel) -> Frozen:
    """The state of a kernel, without its journal."""
    prisons, others = freeze_parts(k)
    return Frozen(prisons, *others)


def freeze_parts(k: Kernel) -> tuple[tuple[FrozenPrison, ...], tuple[Any, ...]]:
    """The fields of Frozen: prisons, and all others."""
    prisons = family(k.prison0)
    place = {pr: index for index, pr in enumerate(prisons)}
    creds: dict[Ucred, int] = {}
    procs = [
        (pid, p.state, creds.setdefault(p.cred, len(creds))) for pid, p in sorted(k.procs.items())
    ]
    resources = [
        (res, creds.setdefault(cred, len(creds))) for res, cred in sorted(k.resources.items())
    ]
    files, fds = freeze_files(k, place, creds) if k.fds else ((), ())
    osd = [(place[pr], tuple(sorted(texts.items()))) for pr, texts in k.osd.items()]
    others = (
        k.jail_max,
        k.lastprid,
        k.lastdeadid,
        tuple([(place[cred.prison], cred.ref) for cred in creds]),
        tuple(procs),
        tuple(resources),
        files,
        fds,
        tuple(sorted(osd)),
        tuple(sorted([place[pr] for pr in k.buried])),
    )
    return tuple([(place[pr.parent], _values(pr.image())) for pr in prisons]), others


def freeze_files(k: Kernel, place: dict[Prison, int], creds: dict[Ucred, int]) -> FrozenFiles:
    """The open jail descriptors, and the tables that name them; adds who opened them to `creds`."""
    files = {file: index for index, file in enumerate(open_files(k))}
    frozen_files = [
        (
            None if file.prison is None else place[file.prison],
            creds.setdefault(file.cred, len(creds)),
            file.owning,
            file.ref,
        )
        for file in files
    ]
    tables = [
        (pid, tuple((fd, files[file] if file else None) for fd, file in sorted(table.items())))
        for pid, table in sorted(k.fds.items())
    ]
    return tuple(frozen_files), tuple(tables)


def thaw(frozen: Frozen) -> Kernel:
    """A kernel in the frozen state, with an empty journal."""
    k = Kernel(frozen.jail_max)
    k.del_proc(k.procs[1])
    prisons: list[Prison] = []
    buried = frozenset(frozen.buried)
    for parent, values in frozen.prisons:
        jid, buf, ip4, ip6 = _indexed(values)
        place = len(prisons)
        own = -place if place in buried else jid  # Buried jails can share a jid.
        pr = k.new_prison(own, prisons[parent]) if prisons else k.prison0
        for name, value in zip(PLAIN, _plain(values), strict=True):
            setattr(pr, name, value)
        if prisons:
            k.set_name(pr, buf)
            set_addrs(k, pr, ip4, ip6)
        if place in buried:
            k.bury(pr, jid)
        prisons.append(pr)
    creds = [Ucred(prisons[place]) for place, _ in frozen.creds]
    for cred, (_, ref) in zip(creds, frozen.creds, strict=True):
        cred.ref = ref
    for pid, state, place in frozen.procs:
        k.add_proc(Proc(pid, creds[place], state))
    for res, place in frozen.resources:
        k.set_resource(res, creds[place])
    files = [File(creds[place], owning=owning) for _, place, owning, _ in frozen.files]
    for file, (jail, _, _, ref) in zip(files, frozen.files, strict=True):
        file.prison, file.ref = None if jail is None else prisons[jail], ref
    for pid, table in frozen.fds:
        k.set_fds(pid, {fd: None if place is None else files[place] for fd, place in table})
    for place, texts in frozen.osd:
        k.set_osd(prisons[place], dict(texts))
    k.lastprid, k.lastdeadid = frozen.lastprid, frozen.lastdeadid
    k.begin()
    return k


def set_addrs(k: Kernel, pr: Prison, ip4: Addrs, ip6: Addrs) -> None:
    """Give a new prison its address lists."""
    if ip4 is not None:
        k.set_addrs(pr, "ip4", ip4)
    if ip6 is not None:
        k.set_addrs(pr, "ip6", ip6)


def open_files(k: Kernel) -> list[File]:
    """The open jail descriptors of all processes, each once, in the order of the tables."""
    tables = (table for _, table in sorted(k.fds.items()))
    found = (table[fd] for table in tables for fd in sorted(table))
    return list(dict.fromkeys(file for file in found if file is not None))


def family(pr: Prison) -> list[Prison]:
    """A prison and all below it, parents first, older siblings first."""
    found = [pr]
    for _, cpr in sorted(pr.children.items()):
        found += family(cpr)
    return found
