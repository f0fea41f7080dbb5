from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from fuzz.differ.comparison import LANDED, Comparison
from fuzz.differ.steps.experiment import asked_for, concerned_jids, experiments, writes
from fuzz.differ.steps.lockstep import Lockstep, Step
from fuzz.kernels.registry import LEGACY, NEW, Model
from fuzz.programs.commands.command import Op
from prison.call import Drop, Errno, Exit, JailGet, JailRemove, JailSet, Result
from prison.clone import clone
from prison.kernel import Kernel
from prison.state import JAIL_MAX
from tests.programs import NESTED, REUSED, ZOMBIE_5, generated, program, steps
from tests.tools import PROGRAMS, image

Handler = Callable[[Kernel, Any], Result]

both = pytest.mark.parametrize("model", [LEGACY, NEW], ids=["legacy", "new"])


def faulty(model: Model, call: type[Op], handler: Handler) -> Model:
    """A model in which one call is answered by another handler."""
    handlers: Mapping[type[Any], Handler] = {**model.handlers, call: handler}
    return replace(model, handlers=handlers)


def leaking(inner: Handler) -> Handler:
    """A handler that answers as `inner` does and forgets a reference of prison0."""

    def handler(k: Kernel, call: Op) -> Result:
        result = inner(k, call)
        if result.errno is None:
            k.lock(k.prison0)
            k.prison0.ref += 1
        return result

    return handler


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


def test_what_an_op_wrote() -> None:
    """What was made and unmade in one op is no change: a refused create writes nothing."""
    k = Kernel()
    for call in program(*NESTED).calls:
        NEW.step(k, call)
    before = image(k)
    refused = program("p1: jail_set(CREATE, jid=9, persist, bogus)").calls[0]
    assert NEW.step(k, refused).errno is Errno.EINVAL
    assert k.before
    assert writes(k) == {("counters", 0): (2, 0)}
    assert {**image(k), "counters": ()} == {**before, "counters": ()}


def test_writes_by_kind() -> None:
    """An op's writes name the prisons, processes and counters that are other than before."""
    k = Kernel()
    *calls, last = program(*ZOMBIE_5).calls
    for call in calls:
        LEGACY.step(k, call)
    LEGACY.step(k, last)
    found = writes(k)
    assert found["process", 2] is None
    assert {kind for kind, _ in found} == {"counters", "prison", "process", "credential"}
    assert ("prison", k.prid[5].seq) in found
    assert ("prison", 0) not in found


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


def test_a_case_in_full() -> None:
    """A case has the call, who makes it, the jails and processes concerned, and both outcomes."""
    found = program(
        'p1: jail_set(CREATE, name="a", persist, children.max=5)',
        "p1: fork() = p9",
        "p9: jail_attach(1)",
        "p9: fork() = p2",
        'p2: jail_set(CREATE|ATTACH, name="b", jid=7)',
        "p1: jail_remove(7)",
        'p9: jail_set(CREATE|UPDATE, jid=7, name="b", persist)',
    )
    (step,) = steps(found)
    case = step.cases[0]
    assert case.call == found.calls[-1] == step.call
    assert (case.me, case.jid, case.named) == (1, 7, 7)
    assert case.before.keys() == {1, 7}
    assert case.procs == {2: (7, "killed"), 9: (1, "running")}
    assert (case.lastprid, case.jids_left) == (1, JAIL_MAX - 2)
    assert (case.old.kind, case.new.kind) == ("ENOENT", "ok")
    assert case.old.after.keys() == {1, 7}
    assert case.new.after.keys() == {1, 7, 999999}
    assert case.new.procs[2] == (999999, "killed")
    assert case.leaves_traces


def test_jids_left() -> None:
    """Jids above JAIL_MAX, which a caller may ask for, do not use up the range."""
    found = program(
        "p1: fork() = p2",
        "p2: jail_set(CREATE|ATTACH, jid=2)",
        "p1: jail_set(CREATE, jid=50, persist)",
        "p1: jail_remove(2)",
        "p1: jail_set(CREATE, jid=2, persist)",
        jail_max=6,
    )
    (step,) = steps(found)
    assert [case.jids_left for case in step.cases] == [5]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("p1: jail_set(CREATE, jid=9, persist)", (9, 0)),
        ('p1: jail_set(CREATE, name="9", persist)', (9, 0)),
        ('p1: jail_set(CREATE|UPDATE, name="9", persist)', (0, 0)),
        ('p1: jail_set(UPDATE, name="a")', (0, 5)),
        ('p1: jail_set(UPDATE, jid=6, name="a")', (6, 5)),
        ("p1: jail_set(CREATE)", (0, 0)),
        ("p1: jail_remove(5)", (5, 0)),
        ("p1: exit()", (0, 0)),
    ],
)
def test_what_a_call_asks_for(line: str, expected: tuple[int, int]) -> None:
    """The jid may be given or read off a name; a call that is malformed asks for nothing."""
    k = Kernel()
    for call in program(*ZOMBIE_5).calls:
        LEGACY.step(k, call)
    assert asked_for(k, k.prison0, program(line).calls[0]) == expected


def test_concerned_jids() -> None:
    """A jail concerns all jails above it, but neither prison0 nor what is gone."""
    k = Kernel()
    for call in program(*NESTED, 'p1: jail_set(CREATE, name="b", persist)').calls:
        NEW.step(k, call)
    gone = k.prid[3]
    NEW.step(k, JailRemove(1, 3))
    assert list(concerned_jids(k, [k.prid[2], gone, k.prison0, None])) == [2, 1]


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
