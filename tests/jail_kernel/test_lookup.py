import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel import lookup
from jail_kernel.call import Call
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jail_kernel.state import NAME_SIZE, KernelPanic, Prison
from tests.tools import MODELS, PROGRAMS, Machine, boot, both_models, prisons, walk

PAGE_FAULT = "page fault"


def named_prison(k: Kernel, jid: int, parent: Prison, name: str, path: str = "/") -> Prison:
    pr = k.new_prison(jid, parent)
    pr.state = ALIVE
    k.set_name(pr, name.ljust(NAME_SIZE, "\0") + path)
    return pr


def tower() -> tuple[Kernel, Prison, Prison, Prison, Prison]:
    k = Kernel()
    one = named_prison(k, 1, k.prison0, "a", "/a")
    two = named_prison(k, 2, one, "a.b", "/a/b")
    three = named_prison(k, 3, two, "a.b.c", "/a/b/c")
    four = named_prison(k, 4, k.prison0, "d", "/ab")
    return k, one, two, three, four


# WHO SEES WHOM


def test_ischild() -> None:
    """A jail sees what is below it at any depth; neither itself nor what is beside or above it."""
    k, one, two, three, four = tower()
    everybody = (k.prison0, one, two, three, four)
    seen = {
        pr.jid: [other.jid for other in everybody if lookup.prison_ischild(k, pr, other)]
        for pr in everybody
    }
    assert seen == {0: [1, 2, 3, 4], 1: [2, 3], 2: [3], 3: [], 4: []}


def test_find_child() -> None:
    """By jid: what is below, in any state."""
    k, one, two, three, _ = tower()
    three.state = three.state.DYING
    assert lookup.prison_find_child(k, one, 3) is three
    assert lookup.prison_find_child(k, two, 2) is None
    assert lookup.prison_find_child(k, k.prison0, 9) is None
    assert lookup.prison_find_child(k, k.prison0, 0) is None


# BY NAME


def test_find_name() -> None:
    """By name: as the jail knows it."""
    k, one, two, three, four = tower()
    assert lookup.prison_find_name(k, k.prison0, "a.b.c") is three
    assert lookup.prison_find_name(k, one, "b.c") is three
    assert lookup.prison_find_name(k, one, "b") is two
    assert lookup.prison_find_name(k, one, "a.b") is None
    assert lookup.prison_find_name(k, one, "d") is None
    assert lookup.prison_find_name(k, k.prison0, "d") is four


@both_models
def test_first_alive_match(model: str) -> None:
    """An alive jail is found before a dying one that is met earlier."""
    m = boot(model)
    m.make("a")
    m.zombie(5, "b")
    m[5].state = ALIVE
    m.k.set_name(m[5], m[1].buf)
    assert lookup.prison_find_name(m.k, m[0], "a") is m[5]
    m[5].state = m[5].state.DYING
    assert lookup.prison_find_name(m.k, m[0], "a") is m[1]


@both_models
def test_oldest_dying_match(model: str) -> None:
    """Of dying jails alone the oldest sibling is found: the last one that is met."""
    m = boot(model)
    for jid in (7, 5, 6):
        m.zombie(jid, "z")
    assert lookup.prison_find_name(m.k, m[0], "z") is m[7]
    assert [pr.jid for pr in lookup.named(m.k, m[0], "z")] == [6, 5, 7]
    assert [pr.jid for pr in lookup.siblings_named(m.k, m[0], "z")] == [6, 5, 7]


def test_siblings() -> None:
    """Siblings are the children of one parent, by their last component."""
    k, one, two, _, _ = tower()
    assert lookup.siblings_named(k, one, "b") == [two]
    assert lookup.siblings_named(k, one, "b.c") == []
    assert lookup.siblings_named(k, k.prison0, "a") == [one]
    assert lookup.siblings_named(k, k.prison0, "b") == []


def test_walk_goes_down_before_it_goes_on() -> None:
    """A match below the newer of two jails is met before one below the older."""
    k = Kernel()
    old, new = named_prison(k, 1, k.prison0, "x"), named_prison(k, 2, k.prison0, "x")
    below_new, below_old = named_prison(k, 3, new, "x.y"), named_prison(k, 4, old, "x.y")
    assert lookup.named(k, k.prison0, "x.y") == [below_new, below_old]


def test_garbled_name() -> None:
    """A garbled name is matched from the offset of the one who asks, whatever is before it."""
    k, one, two, three, _ = tower()
    k.set_name(three, "a..b.c".ljust(NAME_SIZE, "\0"))
    assert lookup.named(k, one, ".b.c") == [three]
    assert lookup.named(k, one, "b.c") == []
    assert lookup.named(k, two, ".c") == [three]
    assert lookup.siblings_named(k, two, ".c") == [three]
    assert lookup.siblings_named(k, two, "c") == []


def test_stale_bytes_are_read() -> None:
    """A name that is shorter than the offset leaves the bytes behind it to be read."""
    k, one, two, _, _ = tower()
    k.set_name(two, "z\0b".ljust(NAME_SIZE, "\0"))
    assert lookup.named(k, one, "b") == [two]
    assert lookup.named(k, k.prison0, "z") == [two]


def from_offset(pr: Prison, offset: int) -> str:
    """The name that C reads at an offset; every buffer here ends with a NUL."""
    return (pr.buf + "\0")[offset:].partition("\0")[0]


def naive_named(k: Kernel, mypr: Prison, name: str) -> list[Prison]:
    offset = 0 if mypr is k.prison0 else len(mypr.name) + 1
    found = (pr for pr in walk(k, mypr) if from_offset(pr, offset) == name)
    return [pr for pr in found if pr not in k.buried]


def naive_siblings(k: Kernel, ppr: Prison, name: str) -> list[Prison]:
    return [pr for pr in naive_named(k, ppr, name) if pr.parent is ppr]


def naive_find(k: Kernel, mypr: Prison, name: str) -> Prison | None:
    found = naive_named(k, mypr, name)
    for pr in found:
        if pr.state is ALIVE:
            return pr
    return found[-1] if found else None


def agree_on_names(k: Kernel) -> None:
    """Assert that the index and the walk find the same by every name that anybody could use."""
    parts = {pr.name.split(".", depth)[-1] for pr in k.allprison for depth in range(4)}
    for mypr in prisons(k):
        for name in parts | {"", "a", "b"}:
            assert lookup.named(k, mypr, name) == naive_named(k, mypr, name)
            assert lookup.siblings_named(k, mypr, name) == naive_siblings(k, mypr, name)
            assert lookup.prison_find_name(k, mypr, name) is naive_find(k, mypr, name)


@st.composite
def forests(draw: st.DrawFn) -> Kernel:
    """Jails of few names, many of them equal; in some forests a name does not fit its place."""
    k = Kernel()
    made = [k.prison0]
    for jid in range(1, draw(st.integers(1, 9)) + 1):
        parent = draw(st.sampled_from(made))
        component = draw(st.sampled_from("ab"))
        name = component if parent is k.prison0 else f"{parent.name}.{component}"
        odd = draw(st.sampled_from([None] * 20 + ["a", "b.a", "a\0b", "a..b", ""]))
        pr = named_prison(k, jid, parent, name if odd is None else odd)
        pr.state = draw(st.sampled_from([ALIVE, ALIVE.DYING]))
        made.append(pr)
    return k


@given(forests())
def test_index_equals_the_walk(k: Kernel) -> None:
    """The index of names finds what the kernel finds by walking, in the same order."""
    agree_on_names(k)


@pytest.mark.parametrize("model", MODELS)
@given(program=PROGRAMS)
def test_index_equals_the_walk_after_each_program(model: str, program: list[Call]) -> None:
    """The same, in the states that programs lead to."""
    m = Machine(model)
    for call in program:
        result = m.call(call)
        if result.panicked:
            return
    agree_on_names(m.k)


# RELATIVE NAMES AND PATHS


def test_relative_names() -> None:
    """One component is dropped for the reader and for each jail above it."""
    k, one, two, three, four = tower()
    assert lookup.prison_name(k, k.prison0, three) == "a.b.c"
    assert lookup.prison_name(k, one, three) == "b.c"
    assert lookup.prison_name(k, two, three) == "c"
    assert lookup.prison_name(k, one, one) == "0"
    assert lookup.prison_name(k, k.prison0, k.prison0) == "0"
    assert lookup.prison_name(k, one, four) == "d"


def test_page_fault() -> None:
    """With no dot left to cut at the kernel reads from a null pointer."""
    k, one, two, three, _ = tower()
    k.set_name(three, "a.z".ljust(NAME_SIZE, "\0"))
    assert lookup.prison_name(k, one, three) == "z"
    with pytest.raises(KernelPanic, match=PAGE_FAULT):
        lookup.prison_name(k, two, three)


@pytest.mark.parametrize(
    ("path1", "path2", "seen"),
    [
        ("/", "/a/b", "/a/b"),
        ("/a", "/a/b", "/b"),
        ("/a", "/a", "/"),
        ("/a", "/ab", "/ab"),
        ("/a", "/b/a", "/b/a"),
        ("/a/b", "/a", "/a"),
    ],
)
def test_relative_paths(path1: str, path2: str, seen: str) -> None:
    """The reader's path is cut off where it is a whole prefix."""
    k = Kernel()
    one = named_prison(k, 1, k.prison0, "a", path1)
    two = named_prison(k, 2, one, "a.b", path2)
    assert lookup.prison_path(one, two) == seen
