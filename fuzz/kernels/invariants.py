"""What must hold in any kernel between ops, whatever it answers: named claims on its own state.

They see what both kernels get wrong alike, and what no answer shows yet.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fuzz.differ.verdict.rule import BugKind
from fuzz.findings.advice import ADVICE
from fuzz.kernels.soundness import sound
from prison import allow
from prison.kernel import Kernel
from prison.reference import ALIVE, DYING
from prison.state import NAME_SIZE, Prison, Ucred

Broken = Iterator[tuple[int, str]]  # jid, and what is wrong with it


@dataclass(frozen=True, slots=True)
class Invariant:
    """One positive claim; `broken` names every jail for which it is false."""

    id: str
    title: str
    bug_kind: BugKind
    broken: Callable[[Kernel], Broken]

    @property
    def advice(self) -> str:
        """What to do about it, in one sentence."""
        return ADVICE[self.id]


def prisons(k: Kernel) -> list[Prison]:
    """prison0 and all others."""
    return [k.prison0, *k.allprison]


def creds(k: Kernel) -> Counter[Ucred]:
    """Every credential, and how many processes and resources hold it."""
    return Counter([*(p.cred for p in k.procs.values()), *k.resources.values()])


def refs(k: Kernel) -> Broken:
    """pr_ref is persist, plus the credentials, plus the children."""
    of_creds = Counter(cred.prison for cred in creds(k))
    for pr in prisons(k):
        due = pr.persist + of_creds[pr] + len(pr.children) + (pr is k.prison0)
        if pr.ref != due:
            yield pr.jid, f"pr_ref is {pr.ref}, its holders account for {due}"


def urefs(k: Kernel) -> Broken:
    """pr_uref is persist, plus the processes, plus the children."""
    inside = Counter(p.cred.prison for p in k.procs.values())
    for pr in prisons(k):
        due = pr.persist + inside[pr] + len(pr.children) + (pr is k.prison0)
        if pr.uref != due:
            yield pr.jid, f"pr_uref is {pr.uref}, its holders account for {due}"


def cred_refs(k: Kernel) -> Broken:
    """cr_ref is the processes and resources that share it."""
    for cred, due in creds(k).items():
        if cred.ref != due:
            yield cred.prison.jid, f"a credential counts {cred.ref} holders, there are {due}"


def alive_held(k: Kernel) -> Broken:
    """An alive jail has a user reference."""
    for pr in k.allprison:
        if pr.state is ALIVE and pr.uref < 1:
            yield pr.jid, f"alive with pr_uref {pr.uref}"


def dying_not_persistent(k: Kernel) -> Broken:
    """A dying jail has given persist up."""
    for pr in k.allprison:
        if pr.state is DYING and pr.persist:
            yield pr.jid, "dying, and still persistent"


def alive_below_alive(k: Kernel) -> Broken:
    """The parent of an alive jail is alive."""
    for pr in k.allprison:
        if pr.state is ALIVE and pr.parent.state is not ALIVE:
            yield pr.jid, f"alive below jail {pr.parent.jid}, which is {pr.parent.state.value}"


def existing_held(k: Kernel) -> Broken:
    """A jail that exists has a reference."""
    for pr in k.allprison:
        if pr.ref < 1:
            yield pr.jid, f"still there with pr_ref {pr.ref}"


def ascending(k: Kernel) -> Broken:
    """allprison is in ascending order of jids, each once."""
    for pr, following in zip(k.allprison, k.allprison[1:], strict=False):
        if pr.jid >= following.jid:
            yield following.jid, f"comes after jid {pr.jid}"


def counts(k: Kernel) -> Broken:
    """children.cur counts every descendant, dying ones too."""
    below: Counter[Prison] = Counter()
    for pr in k.allprison:
        ppr = pr
        while ppr is not k.prison0:
            ppr = ppr.parent
            below[ppr] += 1
    for pr in prisons(k):
        if pr.childcount != below[pr]:
            yield pr.jid, f"children.cur is {pr.childcount}, there are {below[pr]}"


def live_names(k: Kernel) -> Broken:
    """No two live jails have the same full name."""
    seen: dict[str, int] = {}
    for pr in k.allprison:
        if pr.state is ALIVE and seen.setdefault(pr.name, pr.jid) != pr.jid:
            yield pr.jid, f"has the name of jail {seen[pr.name]}"


def dotted_names(k: Kernel) -> Broken:
    """A nested jail's name is its parent's, a dot, and more."""
    for pr in k.allprison:
        if pr.parent is not k.prison0 and not pr.name.startswith(pr.parent.name + "."):
            yield pr.jid, "its name does not extend its parent's"


def names_fit(k: Kernel) -> Broken:
    """pr_name stays in its buffer."""
    for pr in k.allprison:
        if len(pr.name) >= NAME_SIZE:
            yield pr.jid, f"a name of {len(pr.name)} bytes in a buffer of {NAME_SIZE}"


def paths_kept(k: Kernel) -> Broken:
    """pr_path is what it was when the jail was made."""
    for pr in k.allprison:
        if pr.path not in (pr.root, "/"):
            yield pr.jid, "its path has been overwritten"


def within_parent(k: Kernel) -> Broken:
    """A live jail is no less restricted than its parent."""
    for pr in k.allprison:
        ppr = pr.parent
        if pr.state is not ALIVE or ppr is k.prison0:
            continue
        if pr.securelevel < ppr.securelevel:
            yield pr.jid, "securelevel below its parent's"
        if pr.enforce_statfs < ppr.enforce_statfs:
            yield pr.jid, "enforce_statfs below its parent's"
        if pr.childmax > max(ppr.childmax, 0):
            yield pr.jid, "children.max above its parent's"
        if pr.allow & ~ppr.allow & ~allow.DIFFERENCES:
            yield pr.jid, "permissions that its parent has not"


def addrs_within_parent(k: Kernel) -> Broken:
    """A live jail of its parent's network stack has no address that its parent has not."""
    for pr in k.allprison:
        if pr.state is not ALIVE or pr.vnet:
            continue
        ppr = pr.parent
        for restrict, own, theirs in (
            (ppr.ip4_restrict, pr.ip4, ppr.ip4),
            (ppr.ip6_restrict, pr.ip6, ppr.ip6),
        ):
            if restrict and not set(own or ()) <= set(theirs or ()):
                yield pr.jid, "addresses that its parent has not"


INVARIANTS = (
    Invariant("refs-accounted", "every reference has a holder", BugKind.LEAKED_REFERENCE, refs),
    Invariant(
        "urefs-accounted", "every user reference has a holder", BugKind.LEAKED_REFERENCE, urefs
    ),
    Invariant("creds-accounted", "every credential is held", BugKind.LEAKED_REFERENCE, cred_refs),
    Invariant(
        "alive-is-held", "an alive jail has a user reference", BugKind.NO_REFERENCE, alive_held
    ),
    Invariant(
        "dying-gave-up-persist",
        "a dying jail is not persistent",
        BugKind.RESURRECTED,
        dying_not_persistent,
    ),
    Invariant(
        "alive-below-alive",
        "an alive jail's parent is alive",
        BugKind.RESURRECTED,
        alive_below_alive,
    ),
    Invariant(
        "existing-is-held", "a jail has a reference", BugKind.LEAKED_REFERENCE, existing_held
    ),
    Invariant(
        "jids-ascend", "the jail list is sorted, jids are unique", BugKind.UNSORTED, ascending
    ),
    Invariant("counts-true", "children.cur counts all descendants", BugKind.WRONG_COUNT, counts),
    Invariant("live-names-unique", "live names are unique", BugKind.DUPLICATE, live_names),
    Invariant(
        "names-extend-parents",
        "a nested name extends its parent's",
        BugKind.LOST_NAME,
        dotted_names,
    ),
    Invariant("names-fit", "a name stays in its buffer", BugKind.MEMORY, names_fit),
    Invariant("paths-kept", "a path is not overwritten", BugKind.MEMORY, paths_kept),
    Invariant(
        "within-parent",
        "a jail is no less restricted than its parent",
        BugKind.BROKEN_LIMIT,
        within_parent,
    ),
    Invariant(
        "addresses-within-parent",
        "a jail's addresses are its parent's",
        BugKind.BROKEN_LIMIT,
        addrs_within_parent,
    ),
)

BY_ID = {invariant.id: invariant for invariant in INVARIANTS}


def broken(k: Kernel) -> dict[tuple[str, int], str]:
    """What does not hold: (invariant, jid) and what is wrong."""
    if sound(k):
        return {}
    return {
        (invariant.id, jid): text for invariant in INVARIANTS for jid, text in invariant.broken(k)
    }
