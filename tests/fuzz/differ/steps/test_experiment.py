import pytest

from jail_kernel.call import Errno, JailRemove
from jail_kernel.kernel import Kernel
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.experiment import asked_for, concerned_jids, writes
from jaildiff.kernels.registry import LEGACY, NEW
from tests.programs import NESTED, ZOMBIE_5, program, steps
from tests.tools import image


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


def test_a_jail_that_no_jid_finds_is_not_listed() -> None:
    """A dying jail that can be found may be below one that cannot, since its jid was given away."""
    some = program(
        'p1: jail_set(CREATE, name="a", persist)',
        "p1: fork() = p2",
        'p2: jail_set(CREATE|ATTACH, jid=3, name="a.b")',
        "p1: jail_remove(1)",
        "p1: fork() = p3",
        'p3: jail_set(CREATE|ATTACH, jid=1, name="5")',
    )
    compared = comparison(Named("legacy", "invisible"))
    k = Kernel()
    for call in some.calls:
        compared.new.step(k, call)
    assert list(concerned_jids(k, [k.prid[3]])) == [3]
    assert [found.kind for found in diff(some, compared).divergences] == ["root"]
