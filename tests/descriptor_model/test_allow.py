import pytest

from descriptor_model import allow
from jail_kernel import allow as before
from jail_kernel.call import Errno, Value
from tests.tools import boot, fails, succeeded

TAMPERING = "allow.unprivileged_parent_tampering"


def test_bits() -> None:
    """Six permissions came, with bits of their own; the others kept theirs."""
    assert before.BIT.items() <= allow.BIT.items()
    assert len(allow.BIT) == len(before.BIT) + 6
    assert len(set(allow.BIT.values())) == len(allow.BIT)


@pytest.mark.parametrize("name", before.LATER)
def test_the_new_permissions_are_parameters(name: str) -> None:
    """They can be given and taken, and are off in a new jail.  MA04, MA05."""
    m = boot("descriptors")
    pr = m.make("a")
    assert not pr.allow & allow.BIT[name]
    succeeded(m.set("U", {"jid": 1, name: True}))
    assert pr.allow & allow.BIT[name]
    succeeded(m.set("U", {"jid": 1, name: False}))
    assert not pr.allow & allow.BIT[name]
    assert boot("new").set("C", {"persist": True, name: True}) == fails(
        Errno.EINVAL, f"unknown parameter: {name}"
    )


@pytest.mark.parametrize("name", before.LATER)
def test_a_permission_is_read_by_its_name(name: str) -> None:
    """jail_get knows them, and their opposites."""
    m = boot("descriptors")
    m.make("a", {name: True})
    prefix, _, last = name.rpartition(".")
    opposite = f"{prefix}.no{last}"
    assert m.read(name, jid=1).wanted == ((name, True),)
    assert m.read(opposite, jid=1).wanted == ((opposite, False),)


def test_what_the_parent_has_not_cannot_be_given() -> None:
    """But for two, of which one is new.  MA07."""
    m = boot("descriptors")
    m.make("a", {"children.max": 3})
    m.enter(1, 2)
    named: dict[str, Value] = {"name": "b", "persist": True}
    assert m.set("C", {**named, "allow.extattr": True}, pid=2) == fails(Errno.EPERM)
    succeeded(m.set("C", {**named, TAMPERING: True}, pid=2))


def test_taken_from_a_jail_it_is_taken_from_all_below() -> None:
    """As with the other permissions.  MA06."""
    m = boot("descriptors")
    m.make("a", {"children.max": 3, "allow.routing": True})
    below = m.make("a.b", {"allow.routing": True})
    succeeded(m.set("U", {"jid": 1, "allow.routing": False}))
    assert not below.allow & allow.BIT["allow.routing"]
