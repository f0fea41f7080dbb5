import pytest

from jail_kernel.call import Errno, Fork, JailGet, JailSet, Result
from jail_kernel.kernel import Kernel
from jail_userland.deltas import Release
from jail_userland.files import Files
from jaildiff.kernels.registry import NEW
from jaildiff.programs.commands.machine import Machine, PanicError, answer_each, asks_twice

TWICE = JailGet(1, 0, (("jid", 5),), (("persist", 4), ("nopersist", 4)), plain=False)


def machine() -> Kernel:
    """A kernel with a jail that persists."""
    k = Kernel(9)
    NEW.step(k, JailSet(1, 1, (("jid", 5), ("persist", True))))
    return k


def test_a_boolean_by_both_names() -> None:
    """Each name is answered for itself; a refusal is that of the first."""
    assert asks_twice(TWICE)
    assert not asks_twice(JailGet(1, 0, (), (("persist", 4),), plain=False))
    k = machine()
    assert answer_each(k, NEW.step, TWICE).wanted == (("persist", True), ("nopersist", False))
    assert answer_each(Kernel(9), NEW.step, TWICE).errno is Errno.ENOENT
    assert Machine(Release.R15, NEW.step, Files(), k).host.call(TWICE).ret == 5


def test_processes() -> None:
    """The host sees the processes, where they are and whether they are being killed."""
    k = machine()
    NEW.step(k, Fork(1, 7))
    host = Machine(Release.R15, NEW.step, Files(), k).host
    assert [tuple(proc) for proc in host.getprocs()] == [(1, 0, False), (7, 0, False)]


def test_a_panic_ends_the_program() -> None:
    """No answer comes back from a kernel that has stopped."""
    host = Machine(Release.R15, lambda _k, _call: Result(None, None, "why"), Files()).host
    with pytest.raises(PanicError, match="why"):
        host.call(JailGet(1, 0, ()))
