from itertools import chain

import pytest

from jaildiff.differ.attribution import Attribution
from jaildiff.differ.comparison import LANDED, Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.differ.leave_one_out import (
    LEFT_OUT,
    Causes,
    LeaveOut,
    Weight,
    WithoutCauses,
    blamed,
    effect,
    without,
)
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.differ.walk import Violation
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program
from tests.programs import NESTED, REUSED, ZOMBIE_5, generated, program, steps

# Jail 5 is made anew on the new kernel; the old one brings the dying one back afterwards.
REVIVED = (*REUSED, "p1: jail_set(UPDATE|DYING, jid=5, persist)")
RENAMED = 'p1: jail_set(UPDATE, jid=2, name="z")'
GARBLED = (
    'p1: jail_set(CREATE, name="a", persist, children.max=5)',
    "p1: fork() = p2",
    'p2: jail_set(CREATE|ATTACH, name="a.longer", children.max=2)',
    'p1: jail_set(CREATE, name="a.longer.c", persist)',
    'p1: jail_set(UPDATE, jid=2, name="a.q")',
)


def found_at(step: int, *lines: str) -> Divergence:
    """The divergence at a step."""
    (found,) = [d for d in diff(program(*lines), LANDED).divergences if d.step == step]
    return found


def healed(some: Program, echo: int) -> tuple[int, ...]:
    """What healing alone says of an echo."""
    roots = [step.index for step in steps(some) if step.cases]
    return Attribution(some, start(some)).causes(roots, [echo])[echo] or ()


def start(some: Program) -> Lockstep:
    """A program before its first step."""
    return Lockstep(some.jail_max, LANDED, some.setup)


def left_out(some: Program, echo: Step, steps: list[int], *roots: int) -> Causes:
    """The causes of an echo for which healing proposes these steps, among these roots."""
    leave_out = LeaveOut(some, start(some))
    leave_out.know({root: weight(root) for root in roots})
    return leave_out.causes(echo, steps)


def weight(step: int) -> Weight:
    """That of a root like others."""
    return Weight(idle=False, gravity=(0, 0), before=-step)


# Both kernels have a jail 5 after the two roots: the old one has revived it, the new one made it.
REVIVED_OR_MADE = (
    *ZOMBIE_5,
    "p1: jail_set(UPDATE|DYING, jid=5, persist)",
    "p1: jail_set(CREATE|ATTACH, jid=5)",
)


def test_healing_alone_names_too_much() -> None:
    """Only the new kernel attaches the caller, who may not create jails there.  Had both revived
    jail 5, neither would have made it, so healing names that step, too.  But without that step the
    same shows.
    """
    lines = (*REVIVED_OR_MADE, "p1: jail_set(CREATE)")
    assert healed(program(*lines), 6) == (4, 5)
    found = found_at(6, *lines)
    assert (found.causes, found.spared, found.rule) == ((5,), (4,), "dying-jid-reused")


def test_leaving_out_alone_names_too_much() -> None:
    """Only on the old kernel is jail 5 there to be updated, since that has revived it.  Without the
    create, too, the answer would be another, as the jail would be dying on the new kernel.  But had
    neither made it, the same would show.
    """
    lines = (*REVIVED_OR_MADE, 'p1: jail_set(UPDATE, jid=5, name="b")')
    some = program(*lines)
    *_, echo = steps(some)
    assert left_out(some, echo, [4, 5], 4, 5).needed == (4, 5)
    found = found_at(6, *lines)
    assert (found.causes, found.rule) == ((4,), "resurrection-withdrawn")


def test_every_spared_cause_is_spared() -> None:
    """In generated programs: without what is spared much the same is seen, without what is needed
    it is not.
    """
    spared = needed = 0
    for some in generated(31337, 250):
        report = diff(some, LANDED)
        by_step = {step.index: step for step in steps(some)}
        for found in report.divergences:
            if found.kind != "echo" or by_step[found.step].old.panicked:
                continue
            if found.spared:
                spared += 1
                same = seen(some, found.step, found.spared)
                assert same is not None
                assert effect(same) == effect(by_step[found.step])
            for cause in found.causes if found.left is not WithoutCauses.SAME else ():
                needed += 1
                other = seen(some, found.step, (*found.spared, cause))
                assert other is None or other.cases or effect(other) != effect(by_step[found.step])
    assert spared > 10
    assert needed > 100


def seen(some: Program, step: int, omitted: tuple[int, ...]) -> Step | None:
    """What is seen at a step without some others."""
    return next((s for s in steps(without(some, omitted)) if s.index == step), None)


def test_verdicts_come_from_what_remains() -> None:
    """An echo has the rule of one of its causes, never of a step that is spared."""
    for some in generated(31337, 120):
        report = diff(some, LANDED)
        rules = {d.step: d.rule for d in report.divergences}
        own = {rule.id for rule in LANDED.rulebook.echo_rules}
        for found in report.divergences:
            if found.kind == "echo" and found.rule not in own:
                assert found.rule in {rules[cause] for cause in found.causes}


def test_a_panic_is_looked_for_on_its_own_side() -> None:
    """A root between the bad rename and the panic is no cause: the old kernel panics without it."""
    lines = (*GARBLED, "p1: jail_set(UPDATE, jid=2, securelevel=0)", "p2: jail_get(0, jid=3)")
    assert found_at(6, *lines).causes == (4,)
    assert found_at(6, *lines).rule == "garbled-name-panic"


def test_left_out_steps_stay_in_their_place() -> None:
    """A step that is left out is a call that does nothing, so all others keep their numbers."""
    some = program(*REUSED)
    shorter = without(some, {1})
    assert shorter.calls[1] == LEFT_OUT
    assert shorter.calls[2:] == some.calls[2:]
    for model in (LEGACY, NEW):
        k = boot(some)
        model.step(k, some.calls[0])
        before = (len(k.procs), k.lastprid)
        model.step(k, LEFT_OUT)
        assert (len(k.procs), k.lastprid) == before


def test_healing_alone() -> None:
    """Where the same is seen without the only cause, healing is asked again; if that finds nothing,
    it is said that only healing speaks for it.
    """
    some = program("p9: exit()", *REUSED, "p1: jail_attach(5)")
    (_, echo) = steps(some)
    found = left_out(some, echo, [0], 0, 5)
    assert (found.needed, found.spared, found.left) == ((5,), (0,), WithoutCauses.AGREE)
    found = left_out(some, echo, [0], 0)
    assert (found.needed, found.left) == ((0,), WithoutCauses.SAME)


SIBLINGS = (*NESTED, 'p1: jail_set(CREATE, name="a.c", persist)')
TWICE = (  # The host means "z" by either; the old kernel refuses the second.
    *SIBLINGS,
    'p1: jail_set(UPDATE, jid=2, name="z")',
    'p1: jail_set(UPDATE, jid=3, name="z")',
    'p1: jail_get(0, name="z")',
)


SPOILED = (  # One jail more below "a" by either; alike at both, one less: jid 999999 is taken.
    "p1: fork() = p2",
    "p2: jail_set(CREATE|ATTACH, jid=1)",
    "p2: hold(r)",
    "p2: exit()",
    "p1: fork() = p3",
    "p3: jail_set(CREATE|ATTACH, jid=6)",
    "p3: hold(s)",
    "p3: exit()",
    'p1: jail_set(CREATE, name="a", persist, children.max=5)',
    'p1: jail_set(CREATE, jid=6, name="a.c", persist)',
    "p1: jail_set(CREATE, jid=1, persist)",
    'p1: jail_set(CREATE, jid=999999, name="a.b", persist)',
    "p1: jail_get(0, jid=2)",
)


@pytest.mark.parametrize(
    ("lines", "causes", "kept"),
    [
        ((*REUSED, "p1: jail_attach(5)"), (4,), WithoutCauses.AGREE),
        (TWICE, (4,), WithoutCauses.OTHERS),
        ((*REUSED, "p1: jail_set(UPDATE, jid=5, securelevel=1)"), (4,), WithoutCauses.ROOT),
        (SPOILED, (9, 11), WithoutCauses.LEFT_OUT),
    ],
    ids=["agree", "others", "root", "spoiled"],
)
def test_what_is_left_without_the_causes(
    lines: tuple[str, ...], causes: tuple[int, ...], kept: WithoutCauses
) -> None:
    """The kernels agree; or what is spared makes them differ, too; or the call is a root itself; or
    they agree only if the steps are left out, and not if both kernels take all of them alike.
    """
    found = found_at(len(lines) - 1, *lines)
    assert (found.causes, found.left) == (causes, kept)


def test_a_bug_is_not_blamed_for_a_detail() -> None:
    """The failed search for a jid decides which jail is found, not that one is: the echo is as
    intended as the renumbering that it comes from.
    """
    again = (
        "p1: fork() = p{0}",
        "p{0}: jail_attach(2)",
        "p1: jail_remove(2)",
        "p1: jail_set(CREATE, jid=2, persist)",
    )
    lives = [[line.format(pid) for line in again] for pid in range(2, 7)]
    lives[2][2:2] = ["p4: hold(r)", "p4: exit()"]
    lives[3][:0] = ["drop(r)"]
    some = program(
        "p1: jail_set(CREATE, jid=2, persist)",
        *chain.from_iterable(lives),
        "p1: jail_set(CREATE, jid=2, persist)",
        "p1: jail_get(DYING, lastjid=2)",
        jail_max=5,
    )
    *_, failed, created, echo = diff(some, LANDED).divergences
    assert [failed.rule, created.rule] == ["false-no-jid-left", "dying-jid-reused"]
    assert echo.rule == "dying-jid-reused"
    assert failed.step in echo.spared
    other = seen(some, echo.step, (failed.step,))
    assert other is not None
    assert other.new != echo.new


def test_too_many_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would take too long to test is not tested, and stands."""
    monkeypatch.setattr("jaildiff.differ.leave_one_out.CALLS_MAX", 3)
    some = program(*REVIVED, "p1: jail_get(DYING, lastjid=5)")
    echo = list(steps(some))[-1]
    found = left_out(some, echo, [4, 5], 4, 5)
    assert found == Causes((4, 5), (), WithoutCauses.UNKNOWN)


# VIOLATIONS


def test_violation_names_its_step() -> None:
    """A root without which the kernel breaks it anyway is no cause of a violation."""
    lines = (*NESTED, "p1: jail_set(UPDATE, jid=2, allow.raw_sockets)", RENAMED)
    found = {v.invariant: v.causes for v in diff(program(*lines), LANDED).violations}
    assert found == {"within-parent": (2,), "names-extend-parents": (3,)}


def test_violation_of_both_has_no_cause() -> None:
    """What each kernel breaks by itself comes from no difference."""
    kind = diff(program(*NESTED, RENAMED), LANDED).violations[0].bug_kind
    violation = Violation(0, "both", "counts-true", kind, 0, "")
    assert blamed(program("p1: exit()"), violation, [0], LANDED) is violation


FORKED = (
    "p1: jail_set(CREATE|OWN_DESC, desc=-1, persist)",
    "p1: fork() = p2",
    "p2: jail_attach_jd(3)",
)
FOREIGN = (
    *ZOMBIE_5,
    "p1: jail_set(UPDATE|DYING, jid=5, persist)",
    'p1: jail_set(CREATE, name="b", persist, children.max=5)',
    'p1: jail_set(CREATE, name="b.c", persist, children.max=3)',
    "p1: fork() = p3",
    "p3: jail_attach(2)",
    "p1: jail_attach(1)",
    "p3: jail_set(CREATE|ATTACH, jid=5)",
    'p1: jail_set(UPDATE, jid=2, name="d")',
)


@pytest.mark.parametrize(
    ("kernels", "lines", "invariant", "causes"),
    [
        (Named("legacy", "descriptors"), FORKED, "refs-accounted", (0, 2)),
        (Named("legacy", "new"), FOREIGN, "names-extend-parents", (10,)),
    ],
    ids=["left out", "healed"],
)
def test_a_cause_of_a_violation_passes_both_tests(
    kernels: Named, lines: tuple[str, ...], invariant: str, causes: tuple[int, ...]
) -> None:
    """Without a fork nobody attaches, but its descriptors are not to blame.  Had the new kernel
    revived the jail, it would not have renumbered it, but it did not.
    """
    found = diff(program(*lines), comparison(kernels)).violations
    assert causes in [one.causes for one in found if one.invariant == invariant]
