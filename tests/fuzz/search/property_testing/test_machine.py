from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from jail_kernel.call import Errno, JailRemove, Result
from jail_kernel.jail_remove import jail_remove
from jail_kernel.kernel import Kernel
from jaildiff.differ.comparison import LANDED, RULEBOOKS, Comparison
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.search.property_testing.machine import LockstepMachine
from jaildiff.search.property_testing.strategies import PAIRS

TestLockstep = LockstepMachine.TestCase
TestLockstep.settings = settings(stateful_step_count=40)

# The same search in every run, and no minimising of what is to be found.
SEARCH = settings(
    max_examples=500,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)


def leak(k: Kernel, call: JailRemove) -> Result:
    """jail_remove that leaves one reference too many to the system itself."""
    result = jail_remove(k, call)
    if result.errno is None:
        k.lock(k.prison0)
        k.prison0.ref += 1
    return result


def refuse(k: Kernel, call: JailRemove) -> Result:
    """jail_remove that does what it should and says that it has not."""
    result = jail_remove(k, call)
    return Result(Errno.EPERM) if result.errno is None else result


def with_remove(remove: Callable[[Kernel, JailRemove], Result]) -> Model:
    return replace(NEW, handlers={**NEW.handlers, JailRemove: remove})


def fails(machine: type[LockstepMachine], match: str) -> None:
    """The machine finds a program that breaks the claim."""
    with pytest.raises(AssertionError, match=match):
        run_state_machine_as_test(machine, settings=SEARCH)


def test_a_wrong_kernel_is_found() -> None:
    """A call that one kernel answers differently, and that no rule speaks of, fails the run."""

    class Refusing(LockstepMachine):
        comparison = Comparison(LEGACY, with_remove(refuse))

    fails(Refusing, "jail_remove.*No rule claims it")


def test_a_mistake_of_both_kernels_is_found() -> None:
    """A leak that both kernels have alike fails the run through an invariant."""

    class Leaking(LockstepMachine):
        comparison = Comparison(with_remove(leak), with_remove(leak))

    fails(Leaking, "refs-accounted|nothing-left-behind")


def test_a_missing_rule_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A root that no rule claims fails the run."""
    kept = tuple(rule for rule in RULEBOOK.rules if rule.id != "dying-jid-reused")
    monkeypatch.setitem(RULEBOOKS, LANDED.judged_as, replace(RULEBOOK, rules=kept))
    fails(LockstepMachine, "No rule claims it")


def test_a_rule_that_claims_too_much_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A root that two rules claim fails the run."""
    greedy = replace(RULEBOOK.rules[0], id="greedy", matches=lambda _: True)
    more = replace(RULEBOOK, rules=(*RULEBOOK.rules, greedy))
    monkeypatch.setitem(RULEBOOKS, LANDED.judged_as, more)
    fails(LockstepMachine, "More than one rule claims it: .*greedy")


def test_every_parameter_is_drawn() -> None:
    """The machine's parameters are those of the generator, with several values each."""
    assert {"children.max", "ip4.addr", "allow.mount", "path", "bogus"} <= {n for n, _ in PAIRS}
    assert len(PAIRS) > len({name for name, _ in PAIRS}) * 2
