import re
from itertools import product

from jaildiff.differ.verdict.fingerprint import family, fingerprint
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.kernels.invariants import BY_ID as INVARIANTS


def test_fingerprint() -> None:
    """16 hex digits that depend on the rule, the kernel, on root or echo, and on the shape."""
    found = [
        fingerprint("a", "new", "root", ("x", "y")),
        fingerprint("b", "new", "root", ("x", "y")),
        fingerprint("a", "old", "root", ("x", "y")),
        fingerprint(None, None, "root", ("x", "y")),
        fingerprint("a", "new", "echo", ("x", "y")),
        fingerprint("a", "new", "root", ("x", "z")),
    ]
    assert len(set(found)) == len(found)
    assert all(re.fullmatch("[0-9a-f]{16}", text) for text in found)
    assert found[0] == fingerprint("a", "new", "root", ("x", "y"))


def test_family() -> None:
    """All classes of a rule and a kernel begin alike; what is unexplained is one family."""
    for rule, side in (("a", "new"), (None, None)):
        one, other = (fingerprint(rule, side, "root", (x,)) for x in "xy")
        assert one[:8] == other[:8] == family(rule, side)
        assert one[8:] != other[8:]
    assert family(None, None) == family("unexplained", "unknown")


def test_no_two_families_are_one() -> None:
    """Every rule and invariant has a family of its own for each kernel."""
    names = [*RULEBOOK.by_id, *INVARIANTS, None]
    pairs = [*product(names, ("old", "new", "both", None))]
    assert len({family(*pair) for pair in pairs}) == len(pairs)
