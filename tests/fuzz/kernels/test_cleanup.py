from dataclasses import replace

import pytest

from jail_kernel.call import Drop, Result
from jail_kernel.kernel import Kernel
from jail_kernel.state import KernelPanic
from jaildiff.kernels.cleanup import CLEANS, cleanup
from jaildiff.kernels.registry import KERNELS, LEGACY, NEW, Model
from jaildiff.programs.commands.host_state import boot
from tests.programs import NESTED, ZOMBIE_5, generated, program

both = pytest.mark.parametrize("model", KERNELS.values(), ids=KERNELS.keys())


def ran(model: Model, *lines: str) -> Kernel:
    """A kernel after these calls, all of which succeed."""
    k = Kernel()
    for call in program(*lines).calls:
        assert model.step(k, call).errno is None
    return k


def panicking(_k: Kernel, _call: Drop) -> Result:
    """A drop that stops the kernel."""
    raise KernelPanic("freed last")


@both
def test_clean(model: Model) -> None:
    """From a kernel in order nothing is left when everything is taken away."""
    lines = (
        *ZOMBIE_5,
        *NESTED,
        "p1: fork() = p3",
        "p3: jail_attach(2)",
        "p3: fork_begin() = p4",
        "p3: hold(s)",
    )
    k = ran(model, *lines)
    assert cleanup(model, k) is None
    assert (k.allprison, k.resources) == ([], {})
    assert cleanup(model, Kernel()) is None


def test_cleaning_makes_the_calls_it_names() -> None:
    """A kernel whose handlers for CLEANS are those of another one is cleaned up alike."""
    lines = (
        *ZOMBIE_5,
        *NESTED,
        "p1: fork() = p3",
        "p3: jail_attach(2)",
        "p3: fork_begin() = p4",
        "p3: hold(s)",
    )
    cleaner = replace(NEW, handlers={kind: NEW.handlers[kind] for kind in CLEANS})
    assert cleanup(cleaner, ran(NEW, *lines)) is None


def test_clean_without_processes() -> None:
    """A kernel whose last process has exited can be cleaned up."""
    assert cleanup(NEW, ran(NEW, *NESTED, "p1: exit()")) is None


def test_leak() -> None:
    """A reference too many keeps a jail, of which the last is told; or else prison0."""
    k = ran(NEW, *NESTED)
    k.prid[2].ref += 1
    assert cleanup(NEW, k) == "leaked jail 2 (ref 1 uref 0)"
    k = Kernel()
    k.prison0.uref += 1
    assert cleanup(NEW, k) == "prison0: childcount 0 ref 2 uref 3"


def test_a_panic_when_a_resource_drops_is_what_is_left() -> None:
    """The clean-up ends with the text of the panic."""
    model = replace(NEW, handlers={**NEW.handlers, Drop: panicking})
    assert cleanup(model, ran(NEW, "p1: hold(r1)")) == "freed last"


def test_panic() -> None:
    """A clean-up that stops the kernel says how."""
    lines = (
        'p1: jail_set(CREATE, name="a", persist, children.max=5)',
        "p1: fork() = p2",
        'p2: jail_set(CREATE|ATTACH, name="a.b", jid=5)',
        "p2: hold(r)",
        "p2: exit()",
        "p1: jail_set(UPDATE|DYING, jid=5)",
    )
    expected = "Cannot add a process to a non-alive prison (jid=5)"
    assert cleanup(LEGACY, ran(LEGACY, *lines)) == expected


def test_the_new_model_leaves_nothing() -> None:
    """After generated programs nothing is ever left in the new model."""
    for some in generated(73, 200):
        k = boot(some)
        if not any(NEW.step(k, call).panicked for call in some.calls):
            assert cleanup(NEW, k) is None, some.id
