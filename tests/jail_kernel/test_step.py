from typing import get_args

from jail_kernel.call import Call, Errno, JailSet, Result
from jail_kernel.kernel import Kernel
from jail_kernel.state import KernelPanic
from jail_kernel.step import HANDLERS, step
from tests.tools import MODELS, boot, image, panics, succeeded


def test_all_calls_but_jail_set_are_shared() -> None:
    """prison answers every call but jail_set, which each model brings along."""
    assert set(HANDLERS) == set(get_args(Call)) - {JailSet}
    for handlers in MODELS.values():
        assert set(handlers) == set(get_args(Call))
    for model in ("legacy", "new"):
        assert {call: MODELS[model][call] for call in HANDLERS} == HANDLERS
    assert MODELS["legacy"][JailSet] is not MODELS["new"][JailSet]


def test_answer_is_handed_on() -> None:
    """The answer of the call is the answer."""
    call = JailSet(1, 0, ())
    answer = Result(Errno.EAGAIN)
    assert step(Kernel(), {JailSet: lambda *_: answer}, call) is answer


def test_panic_is_an_answer() -> None:
    """A panic has neither errno nor number, only its text."""

    def panic(k: Kernel, _: JailSet) -> Result:
        k.lastprid = 7
        raise KernelPanic("why")

    k = Kernel()
    assert step(k, {JailSet: panic}, JailSet(1, 0, ())) == panics("why")
    assert k.lastprid == 7
    k.rollback()
    assert k.lastprid == 0


def test_each_call_has_its_own_journal() -> None:
    """Only the last call is taken back."""
    m = boot()
    m.make("a")
    before = image(m.k)
    m.make("b")
    m.k.rollback()
    assert image(m.k) == before


def test_panic_of_the_kernel() -> None:
    """Making a child in an "empty alive" jail stops the old kernel, and can be taken back."""
    m = boot("legacy")
    m.zombie(5, "z")
    succeeded(m.set("UD", {"children.max": 3}, jid=5))
    before = image(m.k)
    result = m.set("C", name="z.y", persist=True)
    assert result == panics("Cannot add a process to a non-alive prison (jid=5)")
    m.k.rollback()
    assert image(m.k) == before
