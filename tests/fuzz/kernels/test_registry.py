from typing import get_args

import pytest

from jail_kernel.call import Call, Errno, Exit, Fork, JailSet, Result
from jail_kernel.kernel import Kernel
from jail_userland.deltas import Release
from jaildiff.kernels.registry import KERNELS, LEGACY, NEW, OF_RELEASE, Model
from tests.programs import program

BOTH = pytest.mark.parametrize("model", KERNELS.values(), ids=KERNELS.keys())


def test_names_and_keys() -> None:
    """The command line says legacy, new and descriptors, recordings say old, new and main."""
    keys = {"legacy": "legacy", "new": "new", "descriptors": "descriptors"}
    assert {name: model.key for name, model in KERNELS.items()} == keys
    assert [model.name for model in KERNELS.values()] == list(KERNELS)


def test_each_release_has_a_kernel() -> None:
    """Every release of the userland has a kernel under it: 15 the one with descriptors."""
    assert OF_RELEASE.keys() == {release.value for release in Release}
    assert OF_RELEASE[15] is KERNELS["descriptors"]
    assert OF_RELEASE[14] is KERNELS["legacy"]


@BOTH
def test_every_call_has_a_handler(model: Model) -> None:
    """The vocabulary is closed: a model answers all calls and no others."""
    assert model.handlers.keys() == set(get_args(Call))


def test_only_jail_set_differs() -> None:
    """The patch touches one system call; all other code is one and the same."""
    different = {c for c in LEGACY.handlers if LEGACY.handlers[c] is not NEW.handlers[c]}
    assert different == {JailSet}


def test_counter_for_dying_jails() -> None:
    """Only the new kernel has lastdeadid."""
    assert (LEGACY.has_deadid, NEW.has_deadid) == (False, True)


@BOTH
def test_step_answers(model: Model) -> None:
    """A model steps the kernel that it is given."""
    k = Kernel()
    assert model.step(k, Fork(1, 2)) == Result(None, 2)
    assert model.step(k, Exit(3)) == Result(Errno.ESRCH)
    assert set(k.procs) == {1, 2}


def test_a_panic_is_an_answer() -> None:
    """A kernel that stops answers with neither errno nor number, and says why."""
    calls = program(
        "p1: fork() = p2",
        "p2: jail_set(CREATE|ATTACH, jid=5)",
        "p2: hold(r)",
        "p2: exit()",
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p1: jail_set(CREATE, name="5.a", persist)',
    ).calls
    k = Kernel()
    last = [LEGACY.step(k, call) for call in calls][-1]
    text = "Cannot add a process to a non-alive prison (jid=5)"
    assert last == Result(None, None, text)
