"""Who holds a jail, a credential or an open file, and whether each holder is counted."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import cast

from fuzz.kernels.bug_kinds import BugKind
from prison.freeze import open_files
from prison.kernel import Kernel
from prison.state import File, Prison, Ucred, was

Uneven = Mapping[tuple[int, str], int]  # by how much counts are too high, or too low


def prisons(k: Kernel) -> list[Prison]:
    """prison0 and all others."""
    return [k.prison0, *k.allprison]


def creds(k: Kernel) -> Counter[Ucred]:
    """Every credential, and how many processes, resources and open files hold it."""
    opened = (file.cred for file in open_files(k))
    return Counter([*(p.cred for p in k.procs.values()), *k.resources.values(), *opened])


@dataclass(frozen=True, slots=True)
class Tally:
    """A count that an object keeps, and how many holders there are to account for it."""

    holder_of: Prison | Ucred | File
    field: str  # "ref", "uref"
    due: int

    @property
    def jid(self) -> int:
        """Of the jail, or of that of the credential or the file; 0: the file has none."""
        obj = self.holder_of
        pr = obj if isinstance(obj, Prison) else obj.prison
        return 0 if pr is None else pr.jid

    @property
    def key(self) -> tuple[int, str]:
        """The object, known again when an op is taken back and tried again, and the count."""
        obj = self.holder_of
        return obj.seq if isinstance(obj, Prison) else id(obj), self.field

    @property
    def counted(self) -> int:
        """What the object counts."""
        return int(getattr(self.holder_of, self.field))

    @property
    def text(self) -> str:
        """What is wrong if the two are not equal."""
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
    """cr_ref is the processes and resources that share it."""
    return (Tally(cred, "ref", due) for cred, due in creds(k).items())


def file_refs(k: Kernel) -> Iterator[Tally]:
    """f_count is the descriptors that share a file."""
    found = Counter(file for table in k.fds.values() for file in table.values() if file)
    return (Tally(file, "ref", due) for file, due in found.items())


def tallies(k: Kernel) -> Iterator[Tally]:
    """All of them."""
    return chain(refs(k), urefs(k), cred_refs(k), file_refs(k))


def fewer(k: Kernel) -> Iterator[Tally]:
    """Where less is counted than is held."""
    return (one for one in tallies(k) if one.counted < one.due)


def excess(k: Kernel) -> Uneven:
    """By how much each count is too high, or too low, where it is."""
    return {one.key: one.counted - one.due for one in tallies(k) if one.counted != one.due}


def miscounts(k: Kernel, before: Uneven, due: Uneven) -> set[BugKind]:
    """What the last op miscounted: by how much counts are off is neither what it was before nor
    what it would be in any case.
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
    """Whether the last op has made a count smaller."""
    before = k.before.get(one.holder_of)
    return bool(before and cast("int", was(one.holder_of, before, one.field)) > one.counted)
