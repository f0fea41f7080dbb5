"""Make a second kernel in the same state."""

from collections.abc import Iterable, Iterator
from itertools import chain

from jail_kernel.freeze import open_files
from jail_kernel.kernel import Kernel
from jail_kernel.state import File, Prison, Proc, Ucred


def clone(k: Kernel) -> Kernel:
    """A kernel in the state of `k`, with an empty journal, that shares nothing with it.

    Unlike a frozen kernel it keeps the ages of jails and the order of processes and resources.  It
    also keeps freed prisons that a broken kernel still points at.
    """
    twin = Kernel(k.jail_max)
    files = open_files(k)
    held = [*(p.cred for p in k.procs.values()), *k.resources.values(), *(f.cred for f in files)]
    named = [cred.prison for cred in held] + [file.prison for file in files if file.prison]
    prisons = {pr: copy_of(pr) for pr in reachable(k, named)}
    creds = {cred: Ucred(prisons[cred.prison]) for cred in held}
    for cred, copied in creds.items():
        copied.ref, copied.holders = cred.ref, cred.holders
    twin.procs = {pid: Proc(pid, creds[p.cred], p.state) for pid, p in k.procs.items()}
    for pr, copy in prisons.items():
        copy.parent = prisons[pr.parent]
        copy.children = {seq: prisons[cpr] for seq, cpr in pr.children.items()}
        copy.procs = {pid: twin.procs[pid] for pid in pr.procs}
    twin.prison0 = prisons[k.prison0]
    twin.allprison = [prisons[pr] for pr in k.allprison]
    twin.prid = {jid: prisons[pr] for jid, pr in k.prid.items()}
    twin.buried = {prisons[pr]: None for pr in k.buried}
    twin.names = {name: {prisons[pr]: None for pr in found} for name, found in k.names.items()}
    twin.addrs = {addr: {prisons[pr]: None for pr in found} for addr, found in k.addrs.items()}
    twin.garbled = {prisons[pr]: None for pr in k.garbled}
    twin.resources = {res: creds[cred] for res, cred in k.resources.items()}
    opened = {file: File(creds[file.cred], owning=file.owning) for file in files}
    for file, copied_file in opened.items():
        copied_file.ref = file.ref
        copied_file.prison = None if file.prison is None else prisons[file.prison]
    twin.fds = {
        pid: {fd: None if file is None else opened[file] for fd, file in table.items()}
        for pid, table in k.fds.items()
    }
    twin.osd = {prisons[pr]: dict(texts) for pr, texts in k.osd.items()}
    twin.lastprid, twin.lastdeadid, twin.seq = k.lastprid, k.lastdeadid, k.seq
    twin.host = k.host
    twin.begin()
    return twin


def reachable(k: Kernel, held: Iterable[Prison]) -> Iterator[Prison]:
    """Every prison that anything points at, once."""
    indexes = chain.from_iterable((*k.names.values(), *k.addrs.values()))
    waiting = [k.prison0, *k.allprison, *held, *indexes, *k.garbled, *k.osd]
    seen = set()
    while waiting:
        pr = waiting.pop()
        if pr not in seen:
            seen.add(pr)
            yield pr
            waiting += [pr.parent, *pr.children.values()]


def copy_of(pr: Prison) -> Prison:
    """A copy of the prison; its links still point at the original's neighbours."""
    copy = Prison(pr.jid, pr.parent, pr.seq)
    copy.restore(pr.saved())
    copy.children, copy.procs, copy.creds = pr.children, pr.procs, pr.creds
    return copy
