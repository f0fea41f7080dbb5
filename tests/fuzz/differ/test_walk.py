from collections.abc import Iterable

from jail_kernel.call import Exit, Hold
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.walk import Event, Violation, Walk, walk
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import LEGACY, NEW
from tests.planted import faulty, leaking
from tests.programs import REUSED, ZOMBIE_5, generated, program

EMPTY_ALIVE = (*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)")
PANIC = (*EMPTY_ALIVE, 'p1: jail_set(CREATE, name="a.x", persist)')
LEAK = Comparison(LEGACY, load()["drop-keeps-reference"].apply())


def test_events_in_order() -> None:
    """A step that differs comes before what is broken by it."""
    step, broken, *_ = walk(program(*EMPTY_ALIVE), LANDED, every_op=True)
    assert isinstance(step, Step)
    assert isinstance(broken, Violation)
    assert (step.index, broken.step, broken.invariant) == (4, 4, "alive-is-held")


def test_nothing_happens_where_nothing_differs() -> None:
    """A sound program has no events."""
    assert list(walk(program(*ZOMBIE_5), LANDED, every_op=True)) == []


def test_checks_at_the_end_find_what_checks_after_each_op_find() -> None:
    """Only what is broken for a while is missed, and the step is the last one."""
    for found in generated(103, 150):
        early = {e.fingerprint for e in walk(found, LANDED, every_op=True) if type(e) is Violation}
        late = {e.fingerprint for e in walk(found, LANDED, every_op=False) if type(e) is Violation}
        assert late <= early


def test_two_mistakes_are_not_taken_for_one_of_both() -> None:
    """If each kernel forgets a reference at a step of its own, both have forgotten one at last."""
    some = program("p1: fork() = p7", "p1: fork() = p8", "p7: exit()", "p8: hold(s)")
    old, new, later = (leaking(LEGACY.handlers[call]) for call in (Exit, Exit, Hold))
    forgets = faulty(LEGACY, Exit, old)
    apart = walk(some, Comparison(forgets, faulty(NEW, Hold, later)), every_op=False)
    assert refs_broken(apart) == [(2, "old"), (3, "new")]
    at_once = walk(some, Comparison(forgets, faulty(NEW, Exit, new)), every_op=False)
    assert refs_broken(at_once) == [(2, "both")]


def refs_broken(events: Iterable[Event]) -> list[tuple[int, str]]:
    """Where references are first wrong, by step and side."""
    violations = (event for event in events if isinstance(event, Violation))
    return [(one.step, one.side) for one in violations if one.invariant == "refs-accounted"]


def test_what_is_left_behind_is_the_last_event() -> None:
    """Everything is taken away when the calls are made."""
    lines = (*ZOMBIE_5, "drop(r)")
    *_, last = walk(program(*lines), LEAK, every_op=False)
    assert isinstance(last, Violation)
    assert (last.step, last.side, last.invariant) == (len(lines), "new", "nothing-left-behind")


def test_a_walk_ends_with_a_panic() -> None:
    """No call is made behind it, and nothing is looked at."""
    lockstep = Walk(JAIL_MAX, LANDED, every_op=False)
    some = program(*PANIC, "p1: jail_get(0, jid=5)")
    assert [type(event) for event in lockstep.run(some)] == [Step, Step]
    assert lockstep.lockstep.index == len(PANIC) - 1
    assert lockstep.end() == []


def test_a_violation_has_a_class() -> None:
    """The fingerprint of a violation depends on the invariant and the side, not on the jail."""
    (one, *_) = [
        e for e in walk(program(*EMPTY_ALIVE), LANDED, every_op=True) if type(e) is Violation
    ]
    assert len(one.fingerprint) == 16


def test_the_same_events_call_by_call() -> None:
    """To take the calls one by one is to run them."""
    taken = Walk(JAIL_MAX, LANDED, every_op=True)
    events = [event for call in program(*REUSED).calls for event in taken.take(call)]
    events += taken.end()
    ran = list(walk(program(*REUSED), LANDED, every_op=True))
    assert [str(event) for event in events] == [str(event) for event in ran]


def test_what_no_lock_gave_away_is_found_at_the_end() -> None:
    """After each op only what it touched is looked at, at the end everything is."""
    walk = Walk(JAIL_MAX, LANDED, every_op=True)
    for call in program(*ZOMBIE_5).calls:
        walk.take(call)
    walk.lockstep.new.prid[5].persist = True  # Behind the back of the journal.
    assert walk.take(program("p1: jail_get(DYING, jid=5)").calls[0]) == ()
    assert "dying-gave-up-persist" in {violation.invariant for violation in walk.end()}
