"""Count the holders of each jail, credential and open file, and compare with its own count."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import cast

from jail_kernel.freeze import open_files
from jail_kernel.kernel import Kernel
from jail_kernel.state import File, Prison, Ucred, was
from jaildiff.kernels.bug_kinds import BugKind

Uneven = Mapping[tuple[int, str], int]  # by how much each count is too high; negative: too low


def prisons(k: Kernel) -> list[Prison]:
    """prison0 and all other prisons."""
    return [k.prison0, *k.allprison]


def creds(k: Kernel) -> Counter[Ucred]:
    """How many processes, resources and open files hold each credential."""
    opened = (file.cred for file in open_files(k))
    return Counter([*(p.cred for p in k.procs.values()), *k.resources.values(), *opened])


@dataclass(frozen=True, slots=True)
class Tally:
    """A count that an object keeps, beside the number of holders that we found (`due`)."""

    holder_of: Prison | Ucred | File
    field: str  # "ref", "uref"
    due: int

    @property
    def jid(self) -> int:
        """The jid of the jail concerned; 0 for a file without one."""
        obj = self.holder_of
        pr = obj if isinstance(obj, Prison) else obj.prison
        return 0 if pr is None else pr.jid

    @property
    def key(self) -> tuple[int, str]:
        """The object and the count; the same again after an op is rolled back and repeated."""
        obj = self.holder_of
        return obj.seq if isinstance(obj, Prison) else id(obj), self.field

    @property
    def counted(self) -> int:
        """The object's own count."""
        return int(getattr(self.holder_of, self.field))

    @property
    def text(self) -> str:
        """The message if the two are not equal."""
        if isinstance(self.holder_of, Ucred):
            return f"a credential counts {self.counted} holders, there are {self.due}"
        if isinstance(self.holder_of, File):
            return f"a file counts {self.counted} descriptors, there are {self.due}"
        return f"pr_{self.field} is {self.counted}, its holders account for {self.due}"


def refs(k: Kernel) -> Iterator[Tally]:
    """pr_ref is persist, plus the credentials, plus the children, plus the descriptors."""
    holders = Counter(cred.prison for cred in creds(k))
    holders.update(file.prison for file in open_files(k) if file.prison is not None)
    for pr in prisons(k):
        due = pr.persist + holders[pr] + len(pr.children) + (pr is k.prison0)
        yield Tally(pr, "ref", due)


def urefs(k: Kernel) -> Iterator[Tally]:
    """pr_uref is persist, plus the processes, plus the children."""
    inside = Counter(p.cred.prison for p in k.procs.values())
    for pr in prisons(k):
        due = pr.persist + inside[pr] + len(pr.children) + (pr is k.prison0)
        yield Tally(pr, "uref", due)


def cred_refs(k: Kernel) -> Iterator[Tally]:
    """cr_ref is the processes, resources and open files that share it."""
    return (Tally(cred, "ref", due) for cred, due in creds(k).items())


def file_refs(k: Kernel) -> Iterator[Tally]:
    """f_count is the descriptors that share a file."""
    found = Counter(file for table in k.fds.values() for file in table.values() if file)
    return (Tally(file, "ref", due) for file, due in found.items())


def tallies(k: Kernel) -> Iterator[Tally]:
    """All tallies of a kernel."""
    return chain(refs(k), urefs(k), cred_refs(k), file_refs(k))


def fewer(k: Kernel) -> Iterator[Tally]:
    """The tallies with fewer counted than there are holders."""
    return (one for one in tallies(k) if one.counted < one.due)


def excess(k: Kernel) -> Uneven:
    """The counts that are too high or too low, and by how much."""
    return {one.key: one.counted - one.due for one in tallies(k) if one.counted != one.due}


def miscounts(k: Kernel, before: Uneven, due: Uneven) -> set[BugKind]:
    """The kinds of miscount that the last op caused.

    A count was miscounted by it if its error differs from that before the op, and also from `due`,
    the error that a sound kernel would have after it.
    """
    kinds = set()
    for one in tallies(k):
        now = one.counted - one.due
        more = now - due.get(one.key, 0)
        if more and now != before.get(one.key, 0):
            fewer = BugKind.DROPPED_TWICE if has_fallen(k, one) else BugKind.NEVER_TAKEN
            kinds.add(BugKind.LEAKED_REFERENCE if more > 0 else fewer)
    return kinds


def has_fallen(k: Kernel, one: Tally) -> bool:
    """Whether the last op lowered a count."""
    before = k.before.get(one.holder_of)
    return bool(before and cast("int", was(one.holder_of, before, one.field)) > one.counted)
