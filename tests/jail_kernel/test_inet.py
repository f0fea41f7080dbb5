from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel import inet
from jail_kernel.call import Errno
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE, DYING
from jail_kernel.state import Prison
from tests.tools import Machine, boot, both_models, fails, succeeded

both_families = pytest.mark.parametrize("family", ["ip4", "ip6"])
CLASH = {
    "ip4": fails(Errno.EADDRINUSE, "IPv4 addresses clash"),
    "ip6": fails(Errno.EADDRINUSE, "IPv6 addresses clash"),
}


def texts(family: str, *numbers: int) -> tuple[str, ...]:
    prefix = "10.0.0." if family == "ip4" else "2001:db8::"
    return tuple(f"{prefix}{number}" for number in numbers)


def packed(family: str, *numbers: int) -> tuple[bytes, ...]:
    prefix = bytes([10, 0, 0]) if family == "ip4" else bytes.fromhex("20010db8") + bytes(11)
    return tuple(prefix + bytes([number]) for number in numbers)


def listed(m: Machine, jid: int, family: str) -> tuple[int, ...] | None:
    """The last bytes of a jail's addresses."""
    found = inet.addrs_of(m[jid], family)
    return None if found is None else tuple(addr[-1] for addr in found)


# THE MERGE


@pytest.mark.parametrize(
    ("own", "parents", "kept"),
    [
        ((1, 2, 3), (1, 2, 3), (1, 2, 3)),
        ((1, 2, 3), (1, 3), (1, 3)),  # what the parent lost is lost
        ((3, 1, 2), (1, 2, 3), (3, 1, 2)),  # a first address that the parent has behind
        ((2, 3), (1, 2, 4), (2,)),  # 3 is below the parent's 4
        ((2, 1), (1, 2, 3), (2, 1)),  # the parent's first address among the others
        ((4, 6), (5, 6), (6,)),  # a lost first address below the parent's others does no harm
        ((2, 5), (5, 1), (5,)),  # the parent's first address is found even at the end
        ((9, 2, 3), (1, 2, 3), ()),  # a lost first address above all uses up the parent's list
        ((9, 1, 2), (1, 2), (1,)),  # and then only the parent's first address is still found
        ((4, 2, 5), (1, 3, 5), (5,)),  # in between it uses up a part of it
        ((8,), (1, 2), ()),
    ],
)
def test_merge(own: Sequence[int], parents: Sequence[int], kept: Sequence[int]) -> None:
    """The merge keeps what it keeps in the kernel, losses included."""
    assert inet.kept_addrs(packed("ip4", *own), packed("ip4", *parents)) == packed("ip4", *kept)


LISTS = st.lists(st.integers(0, 7), min_size=1, max_size=5, unique=True).map(
    lambda numbers: packed("ip4", numbers[0], *sorted(numbers[1:]))
)


@given(LISTS, LISTS)
def test_merge_invents_nothing(own: inet.Addrs, parents: inet.Addrs) -> None:
    """What is kept is in both lists, in the jail's own order; all of it if the first address is."""
    common = tuple(addr for addr in own if addr in parents)
    kept = inet.kept_addrs(own, parents)
    assert kept == tuple(addr for addr in common if addr in kept)
    if own[0] in parents:
        assert kept == common


# PUSHING DOWN


@both_models
@both_families
def test_new_list_narrows_the_lists_below(model: str, family: str) -> None:
    """A descendant keeps of its own addresses what its parent still has."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1, 2, 3), "children.max": 5})
    m.enter(1, 2)
    # A child cannot take what a parent with two or more has, so the lists are put in by hand.
    m.make("b", {"children.max": 1}, pid=2)
    m.make("b.c", pid=2)
    for jid in (2, 3):
        m.k.set_addrs(m[jid], family, packed(family, 1, 3))
    succeeded(m.set("U", {f"{family}.addr": texts(family, 1, 2)}, jid=1))
    assert [listed(m, jid, family) for jid in (1, 2, 3)] == [(1, 2), (1,), (1,)]


@both_models
@both_families
def test_nothing_left_is_no_list(model: str, family: str) -> None:
    """A descendant that loses its last address has no list."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1), "children.max": 5})
    m.make("a.b", {f"{family}.addr": texts(family, 1)})
    succeeded(m.set("U", {f"{family}.addr": texts(family, 7)}, jid=1))
    assert listed(m, 2, family) is None


@both_models
@both_families
def test_no_list_above_is_no_list_below(model: str, family: str) -> None:
    """If the parent's list goes, so do those below."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1), "children.max": 5})
    m.make("a.b", {f"{family}.addr": texts(family, 1)})
    succeeded(m.set("U", {f"{family}.addr": ()}, jid=1))
    assert [listed(m, jid, family) for jid in (1, 2)] == [None, None]


@both_models
@both_families
def test_who_inherits_gets_the_new_list(model: str, family: str) -> None:
    """A descendant that inherits its addresses has always its parent's list."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1), "children.max": 5})
    m.make("a.b", {family: "inherit"})
    assert listed(m, 2, family) == (1,)
    succeeded(m.set("U", {f"{family}.addr": texts(family, 7, 6, 5)}, jid=1))
    assert listed(m, 2, family) == (7, 5, 6)


@both_models
@both_families
def test_no_list_stays_none(model: str, family: str) -> None:
    """A descendant with no addresses of its own gets none."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1), "children.max": 5})
    m.make("a.b")
    succeeded(m.set("U", {f"{family}.addr": texts(family, 1, 2)}, jid=1))
    assert listed(m, 2, family) is None


@both_models
@both_families
def test_other_network_stacks_are_left_alone(model: str, family: str) -> None:
    """What is below a jail with its own network stack keeps its addresses."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1), "children.max": 5})
    m.make("a.v", {"vnet": "new", "children.max": 2})
    m.make("a.v.c", {f"{family}.addr": texts(family, 9)})
    succeeded(m.set("U", {f"{family}.addr": ()}, jid=1))
    assert listed(m, 3, family) == (9,)


@both_families
def test_a_list_restricts(family: str) -> None:
    """A jail that is given addresses is restricted to them, in this family only."""
    k = Kernel()
    pr = k.new_prison(1, k.prison0)
    inet.set_addrs(k, pr, family, packed(family, 1))
    assert (pr.ip4_restrict, pr.ip6_restrict) == (family == "ip4", family == "ip6")
    assert inet.prison_ip_parent_match(pr, family, packed(family, 1))
    assert not inet.prison_ip_parent_match(pr, family, packed(family, 1, 2))


def test_unrestricted_parent_matches_all() -> None:
    """Below prison0 any address may be had."""
    k = Kernel()
    assert inet.prison_ip_parent_match(k.prison0, "ip4", packed("ip4", 1, 2))


def test_restricted_parent_without_a_list_matches_nothing() -> None:
    """A restricted jail without a list has no address to give."""
    k = Kernel()
    pr = k.new_prison(1, k.prison0)
    pr.ip6_restrict = True
    assert not inet.prison_ip_parent_match(pr, "ip6", packed("ip6", 1))


# CLASHES


@both_models
@both_families
def test_one_address_each_is_no_clash(model: str, family: str) -> None:
    """Two jails can share an address that is the only one of both."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1)})
    succeeded(m.set("C", {f"{family}.addr": texts(family, 1)}, persist=True))


@both_models
@both_families
@pytest.mark.parametrize(("first", "second"), [((1, 2), (1,)), ((1,), (1, 2)), ((1, 2), (3, 2))])
def test_clash(model: str, family: str, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    """Two jails cannot share an address if either has another one as well."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, *first)})
    result = m.set("C", {f"{family}.addr": texts(family, *second)}, persist=True)
    assert result == CLASH[family]


@both_models
@both_families
def test_parent_is_a_candidate(model: str, family: str) -> None:
    """A child cannot take an address of a parent that has two."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1, 2), "children.max": 5})
    result = m.set("C", {f"{family}.addr": texts(family, 1)}, name="a.b", persist=True)
    assert result == CLASH[family]


@both_models
@both_families
def test_who_inherits_is_no_candidate(model: str, family: str) -> None:
    """The addresses of a jail that inherits them are looked for in the jails below it only."""
    m = boot(model)
    m.make("a", {family: "inherit", "children.max": 5})
    m.make("a.b", {f"{family}.addr": texts(family, 1, 2)})
    assert m.set("C", {f"{family}.addr": texts(family, 2)}, persist=True) == CLASH[family]


@both_models
@both_families
def test_dying_jails_do_not_clash(model: str, family: str) -> None:
    """The addresses of a dying jail are free again."""
    m = boot(model)
    m.zombie(5, "a", {f"{family}.addr": texts(family, 1, 2)})
    succeeded(m.set("C", {f"{family}.addr": texts(family, 1)}, persist=True))


@both_models
@both_families
def test_own_addresses_do_not_clash(model: str, family: str) -> None:
    """A jail can be given a list that has some of its own addresses."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1, 2)})
    succeeded(m.set("U", {f"{family}.addr": texts(family, 2, 3)}, jid=1))


@both_models
@both_families
def test_network_stacks_are_separate(model: str, family: str) -> None:
    """Jails of different network stacks can have the same addresses; those of one cannot."""
    m = boot(model)
    m.make("a", {f"{family}.addr": texts(family, 1, 2)})
    m.make("v", {"vnet": "new", "children.max": 5})
    m.make("v.b", {f"{family}.addr": texts(family, 1, 2)})
    result = m.set("C", {f"{family}.addr": texts(family, 1)}, name="v.c", persist=True)
    assert result == CLASH[family]
    succeeded(m.set("C", {f"{family}.addr": texts(family, 9)}, name="v.c", persist=True))
    assert m.set("C", {f"{family}.addr": texts(family, 2)}, persist=True) == CLASH[family]


KINDS = st.sampled_from(["own", "own", "own", "inherit", "inherit", "none", "vnet", "dying"])
SOME = st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True)


@st.composite
def networks(draw: st.DrawFn, family: str) -> Kernel:
    """Jails with addresses, of all kinds that the search tells apart."""
    k = Kernel()
    made = [k.prison0]
    for jid in range(1, draw(st.integers(2, 8)) + 1):
        pr = k.new_prison(jid, draw(st.sampled_from(made)))
        kind = draw(KINDS)
        pr.state = DYING if kind == "dying" else ALIVE
        pr.vnet = kind == "vnet"
        if kind != "inherit":
            setattr(pr, f"{family}_user", True)
        if kind != "none":
            k.set_addrs(pr, family, packed(family, *draw(SOME)))
        made.append(pr)
    return k


def naive_conflict(k: Kernel, ppr: Prison, pr: Prison, family: str, addrs: inet.Addrs) -> bool:
    """The search as the kernel makes it: from the owner of the network stack down."""
    while ppr is not k.prison0 and not ppr.vnet:
        ppr = ppr.parent
    return conflict_below(k, ppr, pr, family, addrs)


def conflict_below(k: Kernel, top: Prison, pr: Prison, family: str, addrs: inet.Addrs) -> bool:
    for tpr in k.allprison:
        if tpr.parent is not top or tpr is pr or tpr.vnet or tpr.state is not ALIVE:
            continue
        if not (tpr.ip4_user if family == "ip4" else tpr.ip6_user):
            if conflict_below(k, tpr, pr, family, addrs):
                return True
            continue
        theirs = (tpr.ip4 if family == "ip4" else tpr.ip6) or ()
        if not len(addrs) == len(theirs) == 1 and not set(addrs).isdisjoint(theirs):
            return True
    return False


@pytest.mark.parametrize("family", ["ip4", "ip6"])
@given(st.data())
def test_conflict_search_equals_the_walk(family: str, data: st.DataObject) -> None:
    """Looking addresses up and walking up finds what the kernel finds by walking down."""
    k = data.draw(networks(family))
    addrs = packed(family, *data.draw(SOME))
    for pr in k.allprison:
        for ppr in (pr.parent, k.prison0, pr):
            actual = inet.prison_ip_conflict_check(k, ppr, pr, family, addrs)
            assert actual == naive_conflict(k, ppr, pr, family, addrs)
