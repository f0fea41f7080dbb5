"""Invariants: named claims about a kernel's state that hold between ops, or at the end.

They catch what the differ cannot: mistakes that both kernels make alike, and damage that no answer
shows yet.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from jail_kernel import allow
from jail_kernel.freeze import open_files
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE, DYING, INVALID
from jail_kernel.state import NAME_SIZE, Prison
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.holders import (
    Tally,
    cred_refs,
    fewer,
    file_refs,
    has_fallen,
    prisons,
    refs,
    urefs,
)
from jaildiff.kernels.soundness import live_addrs, sound

Broken = Iterator[tuple[int, str]]  # jid, and what is wrong with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """One positive claim; `broken` yields every jail for which it is false."""

    id: str
    title: str
    bug_kind: BugKind
    broken: Callable[[Kernel], Broken]
    advice: str  # what to do about it, for whoever mends the kernel
    old_as_both: bool = False  # legacy breaks it only through a mistake that new has as well


def more(tallies: Callable[[Kernel], Iterator[Tally]], k: Kernel) -> Broken:
    """The objects that count more than they have holders."""
    return ((one.jid, one.text) for one in tallies(k) if one.counted > one.due)


def holders_counted(k: Kernel) -> Broken:
    """Every holder is counted."""
    return ((one.jid, one.text) for one in fewer(k))


def alive_held(k: Kernel) -> Broken:
    """An alive jail has a user reference."""
    for pr in k.allprison:
        if pr.state is ALIVE and pr.uref < 1:
            yield pr.jid, f"alive with pr_uref {pr.uref}"


def dying_not_persistent(k: Kernel) -> Broken:
    """A dying jail has given up persist."""
    for pr in k.allprison:
        if pr.state is DYING and pr.persist:
            yield pr.jid, "dying, and still persistent"


def alive_below_alive(k: Kernel) -> Broken:
    """The parent of an alive jail is alive."""
    for pr in k.allprison:
        if pr.state is ALIVE and pr.parent.state is not ALIVE:
            yield pr.jid, f"alive below jail {pr.parent.jid}, which is {pr.parent.state.value}"


def existing_held(k: Kernel) -> Broken:
    """A jail in the list has a reference."""
    for pr in k.allprison:
        if pr.ref < 1:
            yield pr.jid, f"still there with pr_ref {pr.ref}"


def never_half_built(k: Kernel) -> Broken:
    """Between two calls a jail is alive or dying."""
    for pr in k.allprison:
        if pr.state is INVALID:
            yield pr.jid, "neither alive nor dying"


def files_of_the_living(k: Kernel) -> Broken:
    """A descriptor stands for a jail that exists."""
    for file in open_files(k):
        pr = file.prison
        if pr is not None and pr is not k.prison0 and not k.has(pr):
            yield pr.jid, "freed, and a descriptor still stands for it"


def ascending(k: Kernel) -> Broken:
    """allprison is in ascending order of jids."""
    for pr, following in zip(k.allprison, k.allprison[1:], strict=False):
        if pr.jid > following.jid:
            yield following.jid, f"comes after jid {pr.jid}"


def unique(k: Kernel) -> Broken:
    """No two jails have the same jid, except those that no jid finds."""
    for jid, number in Counter(pr.jid for pr in k.allprison if pr not in k.buried).items():
        if number > 1:
            yield jid, f"the jid of {number} jails"


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
    """A nested jail's name begins with its parent's and a dot."""
    for pr in k.allprison:
        if pr.parent is not k.prison0 and not pr.name.startswith(pr.parent.name + "."):
            yield pr.jid, "its name does not extend its parent's"


def names_fit(k: Kernel) -> Broken:
    """pr_name fits in its buffer."""
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
        if pr.childmax >= max(ppr.childmax, 1):
            yield pr.jid, "children.max not below its parent's"
        if pr.allow & ~ppr.allow & ~allow.DIFFERENCES:
            yield pr.jid, "permissions that its parent does not have"


def addrs_within_parent(k: Kernel) -> Broken:
    """A live jail that shares its parent's network stack has only addresses of its parent."""
    for pr in k.allprison:
        if pr.state is not ALIVE or pr.vnet:
            continue
        ppr = pr.parent
        for restrict, own, theirs in (
            (ppr.ip4_restrict, pr.ip4, ppr.ip4),
            (ppr.ip6_restrict, pr.ip6, ppr.ip6),
        ):
            if restrict and not set(own or ()) <= set(theirs or ()):
                yield pr.jid, "addresses that its parent does not have"


def left_over(k: Kernel) -> Broken:
    """A kernel that was cleaned up has no jails, and prison0 is as after boot.

    Like the recorder, this tells of the last jail only, or else of prison0.
    """
    for pr in k.allprison[-1:]:
        yield pr.jid, f"leaked jail {pr.jid} (ref {pr.ref} uref {pr.uref})"
    pr = k.prison0
    if not k.allprison and (pr.ref, pr.uref, pr.childcount) != (2, 2, 0):
        yield pr.jid, f"prison0: childcount {pr.childcount} ref {pr.ref} uref {pr.uref}"


INVARIANTS = (
    Invariant(
        id="refs-accounted",
        title="every reference has a holder",
        bug_kind=BugKind.LEAKED_REFERENCE,
        broken=partial(more, refs),
        advice="Look in this call for a reference (pr_ref) that is taken and not given back.",
    ),
    Invariant(
        id="urefs-accounted",
        title="every user reference has a holder",
        bug_kind=BugKind.LEAKED_REFERENCE,
        broken=partial(more, urefs),
        advice="Look in this call for a user reference (pr_uref) that is taken and not given back.",
    ),
    Invariant(
        id="creds-accounted",
        title="every credential is held",
        bug_kind=BugKind.LEAKED_REFERENCE,
        broken=partial(more, cred_refs),
        advice="Look in this call for a credential that is taken and not let go.",
    ),
    Invariant(
        id="holders-counted",
        title="every holder has its reference",
        bug_kind=BugKind.DROPPED_TWICE,
        broken=holders_counted,
        advice="Look in this call for a reference that is given back twice, or for a holder that "
        "takes none.",
    ),
    Invariant(
        id="alive-is-held",
        title="an alive jail has a user reference",
        bug_kind=BugKind.NO_REFERENCE,
        broken=alive_held,
        advice="Make the call that sets the jail alive take a user reference first.",
    ),
    Invariant(
        id="dying-gave-up-persist",
        title="a dying jail is not persistent",
        bug_kind=BugKind.LEAKED_REFERENCE,
        broken=dying_not_persistent,
        advice="Make the call that ends the jail clear persist and give its references back.",
    ),
    Invariant(
        id="alive-below-alive",
        title="an alive jail's parent is alive",
        bug_kind=BugKind.RESURRECTED,
        broken=alive_below_alive,
        advice="Check the parent's state before a jail is made alive, and take down a jail's "
        "children before it dies.",
    ),
    Invariant(
        id="alive-or-dying",
        title="a jail is alive or dying",
        bug_kind=BugKind.HALF_DONE,
        broken=never_half_built,
        advice="Take back a jail that could not be completed, with all references that it took.",
    ),
    Invariant(
        id="files-accounted",
        title="every descriptor counted is there",
        bug_kind=BugKind.LEAKED_REFERENCE,
        broken=partial(more, file_refs),
        advice="Look in this call for a descriptor that goes away but stays counted in its file.",
    ),
    Invariant(
        id="descriptors-of-existing-jails",
        title="a descriptor stands for a jail that is there",
        bug_kind=BugKind.DROPPED_TWICE,
        broken=files_of_the_living,
        advice="Look in this call for a reference given back twice: a jail must exist as long as a "
        "descriptor for it is open.",
    ),
    Invariant(
        id="existing-is-held",
        title="a jail has a reference",
        bug_kind=BugKind.LEAKED_REFERENCE,
        broken=existing_held,
        advice="Look in this call for a reference given back twice.",
    ),
    Invariant(
        id="jids-ascend",
        title="the jail list is sorted",
        bug_kind=BugKind.UNSORTED,
        broken=ascending,
        advice="Make the call insert the jail into the list in the order of jids.",
    ),
    Invariant(
        id="jids-unique",
        title="jids are unique",
        bug_kind=BugKind.DUPLICATE_JID,
        broken=unique,
        advice="Look in this call for a jid that is given to a jail without a check that it is "
        "free.",
    ),
    Invariant(
        id="counts-true",
        title="children.cur counts all descendants",
        bug_kind=BugKind.WRONG_COUNT,
        broken=counts,
        advice="For each jail that comes or goes, make the call change children.cur of every jail "
        "above it by one.",
    ),
    Invariant(
        id="live-names-unique",
        title="live names are unique",
        bug_kind=BugKind.DUPLICATE_NAME,
        broken=live_names,
        advice="Build a nested jail's name from that of its own parent, and compare it with those "
        "of its own siblings. Do so, too, when a jail comes back to life.",
    ),
    Invariant(
        id="names-extend-parents",
        title="a nested name extends its parent's",
        bug_kind=BugKind.LOST_NAME,
        broken=dotted_names,
        advice="Build the new name from that of the jail's own parent. Change the names of the "
        "jails below it at offsets that include the parent's part.",
        old_as_both=True,
    ),
    Invariant(
        id="names-fit",
        title="a name stays in its buffer",
        bug_kind=BugKind.MEMORY,
        broken=names_fit,
        advice="Measure the names of the jails below as they are. The check assumes that they "
        "begin with the old name of the renamed jail, which need not be so any more.",
        old_as_both=True,
    ),
    Invariant(
        id="paths-kept",
        title="a path stays as it was made",
        bug_kind=BugKind.MEMORY,
        broken=paths_kept,
        advice="Measure the names of the jails below as they are before writing any: the path "
        "follows the name in memory.",
        old_as_both=True,
    ),
    Invariant(
        id="within-parent",
        title="a jail is no less restricted than its parent",
        bug_kind=BugKind.BROKEN_LIMIT,
        broken=within_parent,
        advice="Compare the new limits with those of the jail's own parent before they are set.",
    ),
    Invariant(
        id="addresses-within-parent",
        title="a jail's addresses are its parent's",
        bug_kind=BugKind.BROKEN_LIMIT,
        broken=addrs_within_parent,
        advice="Compare the new addresses with those of the jail's own parent before they are set.",
    ),
    Invariant(
        id="live-addresses-unique",
        title="live jails of one network have different addresses",
        bug_kind=BugKind.BROKEN_LIMIT,
        broken=live_addrs,
        advice="Look for clashing addresses whenever a jail comes alive, and in the network of the "
        "jail's own parent.",
    ),
)

NOTHING_LEFT = Invariant(  # checked at the end of a program (fuzz/jaildiff/kernels/cleanup.py)
    id="nothing-left-behind",
    title="nothing is left when everything is taken away",
    bug_kind=BugKind.LEAKED_REFERENCE,
    broken=left_over,
    advice="Look for a reference that is never given back, or for a panic while the rest is "
    "removed.",
)

BY_ID = {invariant.id: invariant for invariant in (*INVARIANTS, NOTHING_LEFT)}


def broken(k: Kernel) -> dict[tuple[str, int], str]:
    """The broken invariants between two ops: by (invariant, jid), what is wrong.

    The one-pass check of soundness.py comes first, because nearly always nothing is.
    """
    if sound(k):
        return {}
    return {
        (invariant.id, jid): text for invariant in INVARIANTS for jid, text in invariant.broken(k)
    }


def kind_of(k: Kernel, invariant: str, jid: int) -> BugKind:
    """The kind of bug that the last op showed by breaking an invariant.

    An uncounted holder never got a reference, unless a count has fallen: then it lost one.
    """
    if invariant == "holders-counted":
        short = [one for one in fewer(k) if one.jid == jid]
        if not any(has_fallen(k, one) for one in short):
            return BugKind.NEVER_TAKEN
    return BY_ID[invariant].bug_kind
