import copy
import dataclasses
import errno
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel import call
from jail_kernel.call import Errno, JailSet, Result, kernel_bytes, user_text


def test_errnos() -> None:
    """Every errno is one of the system's, but for the two answers of the driver."""
    assert {e.value for e in Errno} - set(errno.errorcode.values()) == {"EKILLED", "EBADOP"}


def test_flags() -> None:
    """The flags have the values of sys/jail.h."""
    flags = (call.JAIL_CREATE, call.JAIL_UPDATE, call.JAIL_ATTACH, call.JAIL_DYING)
    assert flags == (1, 2, 4, 8)
    descs = (call.JAIL_USE_DESC, call.JAIL_AT_DESC, call.JAIL_GET_DESC, call.JAIL_OWN_DESC)
    assert descs == (16, 32, 64, 128)


def test_memo_is_no_part_of_a_call() -> None:
    """Two calls that ask for the same are equal, whatever was kept with them."""
    one, other = JailSet(1, 2, (("jid", 3),)), JailSet(1, 2, (("jid", 3),))
    one.memo["key"] = "kept"
    assert one == other
    assert hash(one) == hash(other)
    assert other.memo == {}
    assert repr(one) == repr(other)


CALLS: tuple[call.Call, ...] = (
    call.JailSet(1, 2, ()),
    call.JailGet(1, 0, ()),
    call.JailAttach(1, 2),
    call.JailRemove(1, 2),
    call.JailAttachJd(1, 3),
    call.JailRemoveJd(1, 3),
    call.Close(1, 3),
    call.Fork(1, 2),
    call.ForkBegin(1, 2),
    call.ForkEnd(2),
    call.Exit(1),
    call.Hold(1, "r"),
    call.Drop("r"),
    call.Poke(1),
    call.Malformed("{}"),
)


@pytest.mark.parametrize("value", CALLS, ids=repr)
def test_calls_are_values(value: call.Call) -> None:
    """A call equals its copy, can be a key, and cannot be changed."""
    twin = copy.copy(value)
    assert {value: 1}[twin] == 1
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, 7)
    assert not hasattr(value, "__dict__")


def test_each_call_is_another() -> None:
    """No two kinds of call are the same value."""
    assert len(set(CALLS)) == len(get_args(call.Call))


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (Result(None, 0), "ok"),
        (Result(None, 5, None, ()), "ok"),
        (Result(Errno.EPERM, None, "no"), "EPERM"),
        (Result(None, None, "why"), "panic"),
    ],
)
def test_kind_of_a_result(result: Result, kind: str) -> None:
    """A call succeeds, fails with an errno, or stops the kernel: one of the three."""
    assert result.kind == kind
    assert (result.ok, result.panicked) == (kind == "ok", kind == "panic")


def test_one_byte_is_one_character() -> None:
    """A character of two bytes counts as two in the kernel."""
    assert kernel_bytes("é") == "\xc3\xa9"


def test_bytes_that_are_no_text() -> None:
    """A byte that is no UTF-8 is shown as a surrogate."""
    assert user_text("a\xff") == "a\udcff"


def test_ascii_is_itself() -> None:
    """ASCII text is the same on both sides of the border."""
    assert kernel_bytes("a.b\0") == "a.b\0"
    assert user_text("a.b\0") == "a.b\0"


@given(st.text())
def test_text_comes_back(text: str) -> None:
    """Any text passes the border and back unchanged."""
    raw = kernel_bytes(text)
    assert len(raw) == len(text.encode())
    assert user_text(raw) == text


@given(st.binary())
def test_bytes_come_back(data: bytes) -> None:
    """Any bytes pass the border the other way and back unchanged."""
    raw = data.decode("latin-1")
    assert kernel_bytes(user_text(raw)) == raw
