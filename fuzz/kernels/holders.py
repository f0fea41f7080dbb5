"""Who holds a jail or a credential, and whether each holder is counted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import cast

from prison.freeze import open_files
from prison.kernel import Kernel
from prison.state import Prison, Ucred, was


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

    holder_of: Prison | Ucred
    field: str  # "ref", "uref"
    due: int

    @property
    def jid(self) -> int:
        """Of the jail, or of that of the credential."""
        obj = self.holder_of
        return obj.prison.jid if isinstance(obj, Ucred) else obj.jid

    @property
    def counted(self) -> int:
        """What the object counts."""
        return int(getattr(self.holder_of, self.field))

    @property
    def text(self) -> str:
        """What is wrong if the two are not equal."""
        if isinstance(self.holder_of, Ucred):
            return f"a credential counts {self.counted} holders, there are {self.due}"
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


def fewer(k: Kernel) -> Iterator[Tally]:
    """Where less is counted than is held."""
    return (one for one in chain(refs(k), urefs(k), cred_refs(k)) if one.counted < one.due)


def has_fallen(k: Kernel, one: Tally) -> bool:
    """Whether the last op has made a count smaller."""
    before = k.before.get(one.holder_of)
    return bool(before and cast("int", was(one.holder_of, before, one.field)) > one.counted)
