from itertools import islice, pairwise

from jaildiff.differ.comparison import LANDED
from jaildiff.search.bench.phases import PHASES, Phases


def test_phases_follow_each_other() -> None:
    """Each makes as many ops as asked for, and the steady one finds next to nothing new."""
    going = Phases(2_000, LANDED)
    classes = [0]
    for number, phase in enumerate(PHASES, 1):
        assert going.run(phase) > 0
        assert 2_000 * number <= going.hunt.ops < 2_000 * number + 500
        classes.append(len(going.hunt.findings))
    cold, hunting, steady = (b - a for a, b in pairwise(classes))
    assert min(cold, hunting) > 5
    assert steady <= 2


def test_the_programs_are_those_of_the_seed() -> None:
    """Whatever was run before, they begin with the first one."""
    going = Phases(100, LANDED)
    first = [program.id for program in islice(going.programs(), 3)]
    going.run("cold")
    assert [program.id for program in islice(going.programs(), 3)] == first
    assert going.generator(10) > 0
