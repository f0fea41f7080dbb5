import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from tests.programs import CORPUS, corpus_script, program

CLASH = "live-addresses-unique"


def broken(*lines: str) -> list[tuple[int, str]]:
    """Where the invariant is broken, and by whom."""
    found = diff(program(*lines), LANDED).violations
    return [(v.step, v.side) for v in found if v.invariant == CLASH]


def test_a_revived_jail() -> None:
    """The old kernel brings a jail back whose address another has by now."""
    found = diff(corpus_script(next((CORPUS / "scenarios").glob("s44-*"))).program, LANDED)
    assert [(v.step, v.side) for v in found.violations if v.invariant == CLASH] == [(7, "old")]


def test_the_wrong_network() -> None:
    """The new kernel looks for clashes in the caller's network."""
    found = diff(corpus_script(next((CORPUS / "scenarios").glob("s57b-*"))).program, LANDED)
    assert [v.side for v in found.violations if v.invariant == CLASH] == ["new"]


@pytest.mark.parametrize(
    "lines",
    [
        (  # One address each: both kernels allow that.
            'p1: jail_set(CREATE, name="a", persist, ip4.addr=["10.0.0.1"])',
            'p1: jail_set(CREATE, name="b", persist, ip4.addr=["10.0.0.1"])',
        ),
        (  # A child has addresses of its parent.
            'p1: jail_set(CREATE, name="a", persist, children.max=2, ip4.addr=["10.0.0.1"])',
            'p1: jail_set(CREATE, name="a.b", persist, ip4.addr=["10.0.0.1"])',
            'p1: jail_set(UPDATE, name="a", ip4.addr=["10.0.0.1", "10.0.0.2"])',
        ),
        (  # A dying jail owns none.
            'p1: jail_set(CREATE, jid=5, name="a", persist, ip4.addr=["10.0.0.1", "10.0.0.2"])',
            "p1: fork() = p2",
            "p2: jail_attach(5)",
            "p2: hold(r)",
            "p2: exit()",
            "p1: jail_remove(5)",
            'p1: jail_set(CREATE, name="b", persist, ip4.addr=["10.0.0.2", "10.0.0.3"])',
        ),
        (  # Another network stack.
            'p1: jail_set(CREATE, name="a", persist, ip6.addr=["2001:db8::1", "2001:db8::2"])',
            'p1: jail_set(CREATE, name="v", persist, vnet="new", children.max=2)',
            'p1: jail_set(CREATE, name="v.b", persist, ip6.addr=["2001:db8::2", "2001:db8::3"])',
        ),
    ],
)
def test_silent(lines: tuple[str, ...]) -> None:
    """Where jail_set allows an address twice the invariant does, too."""
    found = diff(program(*lines), LANDED)
    assert all(old.errno is None and new.errno is None for old, new in found.answers)
    assert broken(*lines) == []
