import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jail_kernel.call import Errno, Value
from jail_kernel.options import (
    ERRMSG,
    Option,
    build_option,
    build_options,
    equal_names,
    int32,
    sanitize_options,
    strtoul,
)
from tests.tools import boot, both_models, fails


def names_of(options: list[Option] | None) -> list[str]:
    assert options is not None
    return [name for name, _ in options]


# BYTES


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("persist", True, ("persist", b"")),
        ("persist", None, ("persist", b"")),
        ("persist", False, ("nopersist", b"")),
        ("allow.mount.devfs", False, ("allow.mount.nodevfs", b"")),
        ("jid", 5, ("jid", b"\5\0\0\0")),
        ("jid", -1, ("jid", b"\xff\xff\xff\xff")),
        ("jid", 2**32 + 1, ("jid", b"\1\0\0\0")),
        ("host.hostid", 5, ("host.hostid", b"\5" + bytes(7))),
        ("host.hostid", 2**64 + 2, ("host.hostid", b"\2" + bytes(7))),
        ("host", "disable", ("host", bytes(4))),
        ("vnet", "new", ("vnet", b"\1\0\0\0")),
        ("ip4", "inherit", ("ip4", b"\2\0\0\0")),
        ("ip6", "other", ("ip6", b"other\0")),
        ("name", "new", ("name", b"new\0")),
        ("name", "", ("name", b"\0")),
        ("name", "é", ("name", b"\xc3\xa9\0")),
        ("name", "a\0b", ("name", b"a\0b\0")),
        ("n\0ame", 0, ("n", bytes(4))),
        ("é", True, ("\xc3\xa9", b"")),
    ],
)
def test_build_option(name: str, value: Value, option: Option) -> None:
    """Each value becomes the bytes that jail_set(2) is given."""
    assert build_option(name, value) == option


@pytest.mark.parametrize(
    ("name", "addrs", "packed"),
    [
        ("ip4.addr", ("10.0.0.1", "10.0.0.2"), b"\x0a\0\0\1\x0a\0\0\2"),
        ("ip6.addr", ("::1",), bytes(15) + b"\1"),
        ("ip4.addr", (), b""),
        ("ip4.addr", ("bogus", "10.0.0.1", "::1", "10.0.0"), b"\x0a\0\0\1"),
        ("ip6.addr", ("10.0.0.1", "::2"), bytes(15) + b"\2"),
        ("other", ("10.0.0.1",), b"\x0a\0\0\1"),
        ("ip4.addr", ("10.0.0.1\0", "\udcff"), b""),
    ],
)
def test_addresses(name: str, addrs: tuple[str, ...], packed: bytes) -> None:
    """A list becomes packed addresses; what is no address of the family is left out."""
    assert build_option(name, addrs) == (name, packed)


@pytest.mark.parametrize(
    ("number", "value"),
    [(0, 0), (2**31 - 1, 2**31 - 1), (2**31, -(2**31)), (2**32 - 1, -1), (2**32, 0), (-(2**40), 0)],
)
def test_int32(number: int, value: int) -> None:
    """A C int keeps the low 32 bits, and the highest of them is the sign."""
    assert int32(number) == value


def test_errmsg_comes_last() -> None:
    """The buffer for the message is the last option."""
    assert names_of(build_options((("b", 1), ("a", 2)))) == ["b", "a", "errmsg"]
    assert names_of(build_options((("errmsg", "x"), ("a", 2)))) == ["a", "errmsg"]


@both_models
def test_size_limit(model: str) -> None:
    """64 KiB of names, values and the kernel's own records are the most, the message included."""
    # Each option takes 48 bytes besides its name and value, both with their NULs.
    room = 65536 - (48 + len("errmsg") + 1 + 1024) - (48 + len("x") + 1)
    m = boot(model)
    fits = m.set("U", x="y" * (room - 1))
    assert fits == fails(Errno.ENOENT, "update specified no jail")
    assert m.set("U", x="y" * room) == fails(Errno.EINVAL)


def test_errmsg_has_the_size_of_the_library() -> None:
    """The buffer has JAIL_ERRMSGLEN bytes."""
    assert ("errmsg", bytes(1024)) == ERRMSG


# DUPLICATES


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("persist", "persist", True),
        ("persist", "nopersist", True),
        ("nopersist", "nonopersist", True),
        ("persist", "nonopersist", False),
        ("allow.mount", "allow.nomount", True),
        ("allow.mount.zfs", "allow.mount.nozfs", True),
        ("allow.mount.zfs", "allow.nomount.zfs", True),  # the rest behind "allow."
        ("allow.mount.zfs", "noallow.mount.zfs", True),
        ("allow.mount.zfs", "allow.nomount.nozfs", False),
        ("allow.mount", "allow.mount.zfs", False),
        ("allow.mount", "allow.quotas", False),
        ("ip4.saddrsel", "ip6.nosaddrsel", False),
        ("ip4", "ip4.addr", False),
        ("ro", "rw", True),
        ("rdonly", "noro", True),
        ("norw", "ro", True),
        ("ro", "row", False),
        ("", "no", True),
    ],
)
def test_equal_names(one: str, other: str, *, equal: bool) -> None:
    """Which names set the same option, in either order."""
    assert (equal_names(one, other), equal_names(other, one)) == (equal, equal)


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ("a b a", "b a"),
        ("persist nopersist", "nopersist"),
        ("nopersist a persist", "a persist"),
        ("nox x nox a", "nox a"),
        ("a b c", "a b c"),
        ("ro a rw", "a rw"),
        ("ro", "ro"),
        ("x.no x.y", "x.no x.y"),
        ("p.x nop.x p.nox", "nop.x p.nox"),  # equal is not transitive
    ],
)
def test_only_the_last_stays(names: str, kept: str) -> None:
    """Of options that are the same only the last stays, and the order stays."""
    options = [(name, str(i).encode()) for i, name in enumerate(names.split())]
    assert names_of(sanitize_options(options)) == kept.split()


def test_the_last_value_stays() -> None:
    """With the last of several options its value stays."""
    assert sanitize_options([("a", b"1"), ("a", b"2")]) == [("a", b"2")]


NAMES = st.lists(st.sampled_from(["", "no", "a", "b", "no.a", "a.no", "ro", "rw"]), max_size=3)


@given(st.lists(NAMES.map(".".join), max_size=6))
def test_no_two_left_are_equal(names: list[str]) -> None:
    """What is left has no two equal options, and each that is gone equals a later one."""
    options = [(name, str(i).encode()) for i, name in enumerate(names)]
    kept = sanitize_options(options)
    for i, (name, _) in enumerate(kept):
        assert not any(equal_names(name, later) for later, _ in kept[i + 1 :])
    numbers = [int(value) for _, value in kept]
    for i, name in enumerate(names):
        assert i in numbers or any(n > i and equal_names(name, names[n]) for n in numbers)
    assert numbers == sorted(numbers)


@both_models
def test_duplicates_in_a_call(model: str) -> None:
    """The last of several same parameters counts."""
    m = boot(model)
    result = m.set("C", {"persist": True, "nopersist": True, "name": "a"})
    assert result.errmsg == "new jail must persist or attach"
    m.set("C", {"nopersist": True, "persist": True, "name": "a"})
    assert m.jails() == [(1, "a", "alive")]


# NUMBERS IN NAMES


@pytest.mark.parametrize(
    ("text", "number", "whole"),
    [
        ("", 0, True),
        ("0", 0, True),
        ("12", 12, True),
        ("007", 7, True),
        ("+7", 7, True),
        ("-7", 2**64 - 7, True),
        ("-0", 0, True),
        (" \t\n\v\f\r7", 7, True),
        (" -7", 2**64 - 7, True),
        ("7 ", 7, False),
        ("7x", 7, False),
        ("x7", 0, False),
        ("0x10", 0, False),
        ("1_0", 1, False),
        ("-", 0, False),
        ("+-7", 0, False),
        ("- 7", 0, False),
        (" ", 0, False),
        ("\xa07", 0, False),
        ("\xb2", 0, False),
        ("18446744073709551615", 2**64 - 1, True),
        ("18446744073709551616", 2**64 - 1, True),
        ("-18446744073709551615", 1, True),
        ("-18446744073709551616", 2**64 - 1, True),  # out of range: no sign then
    ],
)
def test_strtoul(text: str, number: int, *, whole: bool) -> None:
    """The number at the beginning, as an unsigned long, and whether that was all."""
    assert strtoul(text) == (number, whole)


@given(st.text(st.sampled_from(" \t+-0123456789x"), max_size=24))
@example("-18446744073709551616")
def test_strtoul_of_any_text(text: str) -> None:
    """It agrees with the definition: blanks, a sign, digits, and then something else."""
    match = re.match(r"\s*([+-]?)(\d+)", text, re.ASCII)
    if match is None:
        assert strtoul(text) == (0, not text)
        return
    value = int(match[2])
    signed = -value if match[1] == "-" else value
    expected = signed % 2**64 if value < 2**64 else 2**64 - 1
    assert strtoul(text) == (expected, match[0] == text)


def test_ro_and_rw_are_the_same_behind_a_prefix() -> None:
    """vfs_equalopts() strips the common prefix before it looks for ro, rw and their kin."""
    kept = build_options((("x.ro", 1), ("x.rw", 1), ("y.ro", 1)))
    assert kept is not None
    assert [name for name, _ in kept] == ["x.rw", "y.ro", "errmsg"]
