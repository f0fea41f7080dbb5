import pytest

from descriptor_model.jail_conf import check_desc, jail_conf, jail_desc, jail_texts
from jail_kernel import jail_conf as before
from jail_kernel.call import JAIL_CREATE, JAIL_GET_DESC, Errno, JailSet, Result
from tests.tools import boot, fails

MISSING = fails(Errno.ENOENT, "missing desc")
UNEXPECTED = fails(Errno.EINVAL, "unexpected desc")
C, G = JAIL_CREATE, JAIL_GET_DESC


@pytest.mark.parametrize(
    ("flags", "params", "answer"),
    [
        (C, (), None),
        (C | G, (("desc", -1),), -1),
        (C | G, (("desc", "abc"),), 0x00636261),
        (C | G, (("desc", "x"),), fails(Errno.EINVAL)),
        (C | G, (("desc", None),), fails(Errno.EINVAL)),
        (C | G, (), MISSING),
        (C | G, (("desc", False),), MISSING),
        (C, (("desc", 3),), UNEXPECTED),
        (G, (("desc", 3),), fails(Errno.EINVAL, "no valid operation (create or update)")),
        (C, (("path", "x" * 70000),), fails(Errno.EINVAL)),
    ],
)
def test_desc(flags: int, params: tuple[tuple[str, str], ...], answer: object) -> None:
    """desc is any four bytes, where a flag needs it, and nowhere else.  MD06-MD08, MD64."""
    call = JailSet(1, flags, params)
    assert jail_desc(call) == answer
    assert call.memo[check_desc] == answer
    assert jail_desc(call) == answer


def test_what_one_kernel_found_out_is_not_the_others() -> None:
    """One call can be answered by several kernels, which check it each by its own rules."""
    call = JailSet(1, C, (("persist", True), ("meta", "x")))
    old, new = before.jail_conf(call), jail_conf(call)
    assert not isinstance(old, Result)
    assert not isinstance(new, Result)
    assert (old.unknown, new.unknown) == ("meta", None)


def test_the_options_of_the_modules() -> None:
    """meta before env, each with its options in the order of the call."""
    call = JailSet(1, C, (("env", "e"), ("meta.b", "x"), ("metax", "no"), ("meta.a", "y")))
    assert jail_texts(call) == [
        ("meta", [("meta.b", b"x\0"), ("meta.a", b"y\0")]),
        ("env", [("env", b"e\0")]),
    ]


@pytest.mark.parametrize("name", ["metax", "nometa", "envy.a", "nodesc", "bogus"])
def test_names_that_only_look_alike(name: str) -> None:
    """They are unknown.  MB14."""
    answer = boot("descriptors").set("C", {"persist": True, name: True})
    assert answer == fails(Errno.EINVAL, f"unknown parameter: {name}")
