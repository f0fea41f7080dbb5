import pytest
from hypothesis import given

from jail_kernel.call import Drop, Errno, Exit, JailGet, JailRemove, JailSet, Result
from jail_kernel.clone import clone
from jail_kernel.kernel import Kernel
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.steps.experiment import experiments
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.commands.command import Op
from tests.planted import faulty, leaking
from tests.programs import NESTED, REUSED, ZOMBIE_5, generated, program, steps
from tests.tools import PROGRAMS, image

both = pytest.mark.parametrize("model", [LEGACY, NEW], ids=["legacy", "new"])


# BOTH ALIKE


@both
def test_one_model_never_differs_from_itself(model: Model) -> None:
    """Two kernels of one model answer and do the same in every program."""
    for found in generated(23, 300):
        lockstep = Lockstep(found.jail_max, Comparison(model, model), found.setup)
        assert list(steps(found, lockstep)) == []


def test_a_panic_that_only_a_trial_had_shows_nothing() -> None:
    """The old kernel would fault over a name that lost its parent's part, which it never has."""
    *_, last = steps(
        program(
            'p1: jail_set(CREATE, name="a", persist, children.max=5)',
            'p1: jail_set(CREATE, name="a.c", persist, children.max=2)',
            'p1: jail_set(UPDATE|ATTACH, jid=2, name="b")',
            "p1: fork() = p2",
            "p2: jail_set(CREATE|ATTACH)",
            "p1: jail_remove(3)",
            "p1: jail_set(UPDATE|DYING, jid=3, persist)",
        )
    )
    (case,) = last.cases
    assert (case.old.result, last.old.ret) == (last.old, 3)


# THE EXPERIMENTS LEAVE NO TRACES


def alone(model: Model, calls: list[Op], jail_max: int) -> tuple[Kernel, list[Result]]:
    """One kernel without the other."""
    k = Kernel(jail_max)
    return k, [model.step(k, call) for call in calls]


def hold_lockstep_to_kernels(calls: list[Op], jail_max: int) -> bool:
    """Assert that a lockstep is two kernels that know nothing of each other; True if it differed.

    All is compared: prisons, credentials, processes, resources, counters, and every index.
    """
    lockstep = Lockstep(jail_max, LANDED)
    answers = []
    for call in calls:
        lockstep.step(call)
        answers.append(lockstep.answers)
        if lockstep.panicked:
            break
    done = calls[: len(answers)]
    for model, k, given_ in zip(
        lockstep.comparison.models,
        (lockstep.old, lockstep.new),
        zip(*answers, strict=True),
        strict=True,
    ):
        kernel, results = alone(model, done, jail_max)
        assert list(given_) == results
        assert image(k) == image(kernel)
    return lockstep.diverged


def test_experiments_are_taken_back() -> None:
    """The kernels are as if each had been stepped by its own model only."""
    differed = [hold_lockstep_to_kernels(list(p.calls), p.jail_max) for p in generated(31, 400)]
    assert sum(differed) > 20


@given(PROGRAMS)
def test_experiments_are_taken_back_anywhere(calls: list[Op]) -> None:
    """The same where few jids, names and processes meet each other's traces."""
    hold_lockstep_to_kernels(calls, JAIL_MAX)


# ROOTS AND ECHOES


def test_root_and_echo() -> None:
    """The op at which the kernels part is a root with its case; what shows it later, an echo."""
    root, echo = steps(program(*REUSED, "p1: jail_get(DYING, jid=5)", "p1: jail_remove(77)"))
    assert (root.index, echo.index) == (4, 5)
    assert (root.old.errno, root.new.ret) == (Errno.EEXIST, 5)
    assert [case.call for case in root.cases] == [root.call]
    assert echo.cases == ()
    assert echo.appeared == []


def test_one_experiment_is_enough_while_the_states_are_equal() -> None:
    """Either side's experiment is the other's, mirrored, and tells what both then do."""
    told = 0
    for some in generated(61, 200):
        first = next(iter(steps(some)), None)
        if first is None or not first.cases:
            continue
        lockstep = Lockstep(some.jail_max, LANDED, some.setup)
        for call in some.calls[: first.index]:
            lockstep.step(call)
        if lockstep.diverged:
            continue
        old, cases = experiments(clone(lockstep.new), LEGACY, NEW, first.call)
        new, mirrored = experiments(clone(lockstep.new), NEW, LEGACY, first.call)
        assert [case.mirrored() for case in mirrored] == cases == list(first.cases)
        assert (first.old, first.new) == (old, new)
        told += 1
    assert told > 30


def test_each_case_once() -> None:
    """Once the states differ, a step has both sides' cases, but if they are the same only one."""
    numbers = {1: 0, 2: 0}
    for some in generated(61, 200):
        for step in steps(some):
            assert all(case not in step.cases[:place] for place, case in enumerate(step.cases))
            if step.cases:
                numbers[len(step.cases)] += 1
    assert numbers[1] > numbers[2] > 10


def test_what_appears() -> None:
    """A root says what differs for a user since then; an echo, only what is new."""
    (root,) = steps(program(*REUSED))
    found = {(key[0], key[1], what) for key, what in root.appeared}
    assert {("jail", 999999, "exists"), ("jail", 5, "state"), ("jail", 5, "name")} <= found


def test_nothing_seen_is_no_step() -> None:
    """After a root an op that answers alike and brings nothing new is not reported."""
    unrelated = ('p1: jail_set(CREATE, name="b", persist)', 'p1: jail_get(0, name="b")')
    assert [step.index for step in steps(program(*REUSED, *unrelated))] == [4]


def test_root_from_the_new_state() -> None:
    """Once the states differ, an op on which only the new kernel's state divides them is a root."""
    *_, last = steps(program(*REUSED, "p1: jail_set(CREATE, jid=999999, persist)"))
    assert (last.index, last.old, last.new) == (5, Result(None, 999999), Result(None, 999999))
    (case,) = last.cases
    assert case.dying(999999)
    assert case.old.kind == "EEXIST"


# PANICS


def test_panic_of_one_kernel() -> None:
    """The lockstep ends with the first panic, which is a difference."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    lines = ("p1: jail_set(UPDATE|DYING, jid=5)", 'p1: jail_set(CREATE, name="a.x", persist)')
    *_, last = steps(program(*ZOMBIE_5, *lines), lockstep)
    assert lockstep.panicked
    assert last.old.panicked
    assert not last.new.panicked


def test_panic_of_both() -> None:
    """A panic of both kernels alike is no difference, and an end as well."""

    def stop(_: Kernel, __: Op) -> Result:
        return Result(None, None, "stop")

    lockstep = Lockstep(JAIL_MAX, Comparison(faulty(LEGACY, Drop, stop), faulty(NEW, Drop, stop)))
    assert list(steps(program("p1: hold(r)", "drop(r)", "p1: hold(s)"), lockstep)) == []
    assert (lockstep.panicked, lockstep.index) == (True, 1)


# PLANTED FAULTS


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize("before", [(), REUSED], ids=["equal states", "different states"])
def test_leaked_reference(side: str, before: tuple[str, ...]) -> None:
    """A reference too many, which no answer shows, is a root at the very step that leaks it."""
    models = {"old": LEGACY, "new": NEW}
    models[side] = faulty(models[side], Exit, leaking(models[side].handlers[Exit]))
    lines = (*before, "p1: fork() = p7", "p7: exit()", "p1: jail_get(0, jid=77)")
    lockstep = Lockstep(JAIL_MAX, Comparison(models["old"], models["new"]))
    *_, last = steps(program(*lines), lockstep)
    assert last.index == len(before) + 1
    assert last.old == last.new
    assert {case.leaves_traces for case in last.cases} == {True}
    assert last.appeared == []
    assert lockstep.answers[0].errno is Errno.ENOENT


@pytest.mark.parametrize("before", [(), REUSED], ids=["equal states", "different states"])
def test_wrong_errno(before: tuple[str, ...]) -> None:
    """Another errno is a root at its step, and as it changes nothing, the only one."""

    def get(k: Kernel, call: JailGet) -> Result:
        result = LEGACY.handlers[JailGet](k, call)
        return Result(Errno.ESRCH) if result.errno is Errno.ENOENT else result

    lines = (*before, "p1: jail_get(0, jid=77)", "p1: hold(w)", "p1: jail_get(0, lastjid=0)")
    found = list(
        steps(program(*lines), Lockstep(JAIL_MAX, Comparison(LEGACY, faulty(NEW, JailGet, get))))
    )
    first = found[1 if before else 0]
    assert first.index == len(before)
    assert (first.old.errno, first.new.errno) == (Errno.ENOENT, Errno.ESRCH)
    assert {case.leaves_traces for case in first.cases} == {False}


def test_counter_moved() -> None:
    """A jid used up in passing is a root, though it shows only at the next create."""

    def remove(k: Kernel, call: JailRemove) -> Result:
        k.lastprid += 1
        return LEGACY.handlers[JailRemove](k, call)

    lines = (*NESTED, "p1: jail_remove(2)", "p1: jail_set(CREATE, persist)")
    lockstep = Lockstep(JAIL_MAX, Comparison(LEGACY, faulty(NEW, JailRemove, remove)))
    root, echo = steps(program(*lines), lockstep)
    assert (root.index, root.old, root.appeared) == (2, root.new, [(("next jid", 0), "jid")])
    assert root.cases[0].new_effects - root.cases[0].old_effects == {"next jid"}
    assert (echo.index, echo.cases, echo.old.ret, echo.new.ret) == (3, (), 3, 4)


def test_models_in_order() -> None:
    """The lockstep compares what it is told to, old first."""
    lockstep = Lockstep(6, Comparison(NEW, LEGACY))
    assert lockstep.comparison.models == (NEW, LEGACY)
    lockstep = Lockstep(6, LANDED)
    lockstep.step(JailSet(1, 1, (("jid", 5), ("persist", True))))
    assert (lockstep.comparison.models, lockstep.old.jail_max, lockstep.index) == (
        (LEGACY, NEW),
        6,
        0,
    )


# ONE KERNEL FOR BOTH


def test_one_kernel_while_equal() -> None:
    """The sides share a kernel until a root leaves its traces, and never again after that."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    shared = []
    for call in program(*REUSED, "drop(r)", "p1: jail_remove(5)").calls:
        lockstep.step(call)
        shared.append(lockstep.old is lockstep.new)
    assert shared == [True] * 4 + [False] * 3


def test_a_root_without_traces_parts_nothing() -> None:
    """Where only the answers differ, one kernel goes on for both."""

    def get(k: Kernel, call: JailGet) -> Result:
        result = LEGACY.handlers[JailGet](k, call)
        return Result(Errno.ESRCH) if result.errno is Errno.ENOENT else result

    lockstep = Lockstep(JAIL_MAX, Comparison(LEGACY, faulty(NEW, JailGet, get)))
    lines = ("p1: hold(w)", "p1: jail_get(0, jid=77)", "p1: jail_get(0, jid=77)")
    assert [step.index for step in steps(program(*lines), lockstep)] == [1, 2]
    assert not lockstep.diverged


def test_parted_by_hand() -> None:
    """Whoever damages one side gives it a kernel of its own first."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    lockstep.part()
    lockstep.old.prison0.ref += 1
    lockstep.part()
    assert lockstep.old.prison0.ref == lockstep.new.prison0.ref + 1


# RUN AGAIN


def shown(found: Step | None) -> object:
    """All that a step tells, comparably."""
    return found and (found.index, found.old, found.new, found.cases, found.appeared, found.apart)


def test_skipped_steps_change_what_comes_after_in_nothing() -> None:
    """A step is the same whether those before it were made, or skipped, or made by a twin."""
    told = 0
    for some in generated(47, 120):
        whole = Lockstep(some.jail_max, LANDED, some.setup)
        skipping = Lockstep(some.jail_max, LANDED, some.setup)
        for number, call in enumerate(some.calls):
            ahead = skipping.twin()
            expected = shown(whole.step(call))
            assert shown(ahead.step(call)) == expected
            told += expected is not None
            skipping.skip(call)
            assert ahead.answers == skipping.answers == whole.answers
            assert skipping.panicked == whole.panicked
            if whole.panicked:
                break
            assert image(skipping.old) == image(whole.old)
            assert image(skipping.new) == image(whole.new)
            if number % 3 == 0:
                skipping = ahead
    assert told > 200


def test_a_twin_shares_nothing() -> None:
    """What a copy does leaves the original as it is."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    *before, last = program(*REUSED, "p1: jail_remove(5)").calls
    for call in before:
        lockstep.step(call)
    told = [image(k) for k in (lockstep.old, lockstep.new)]
    lockstep.twin().step(last)
    assert [image(k) for k in (lockstep.old, lockstep.new)] == told
    assert lockstep.index == 4


def test_what_both_take_alike_can_be_followed() -> None:
    """Up to the first root one kernel is enough."""
    for some in generated(59, 60):
        first = next((step.index for step in steps(some) if step.cases), 0)
        one, other = (Lockstep(some.jail_max, LANDED, some.setup) for _ in range(2))
        for call in some.calls[:first]:
            one.step(call)
            other.follow(call)
        assert image(other.new) == image(one.new)
        assert (other.index, other.answers) == (one.index, one.answers)
        assert not other.diverged
