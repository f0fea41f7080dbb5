"""The guided engine."""

from jail_kernel.call import Fork, Hold, JailSet
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.programs.commands.command import Op
from jaildiff.programs.program import Program
from jaildiff.search.hunt.guide import POOL_MAX, Guide, abstract, step_features


def run(guide: Guide, programs: int) -> list[Program]:
    """A few programs, each learned from."""
    seen = []
    for _ in range(programs):
        program = guide.program()
        seen.append(program)
        lockstep = Lockstep(program.jail_max, LANDED, program.setup)
        for call in program.calls:
            lockstep.step(call)
            guide.learn(program, step_features(call, lockstep))
            if lockstep.panicked:
                break
    return seen


def test_the_seed_decides() -> None:
    """Two guides of one seed that learn the same choose the same programs."""
    assert run(Guide(9), 60) == run(Guide(9), 60)


def test_a_kept_program_is_changed() -> None:
    """With a program kept, one in two is a change of it; before, all are fresh."""
    marked = Program("kept", (Hold(77, "kept"),) * 20)  # No generated program has this pid.
    guide = Guide(9)
    assert not any(marked.calls[0] in guide.program().calls for _ in range(60))
    guide.learn(marked, {("answers", "x")})
    changed = sum(marked.calls[0] in guide.program().calls for _ in range(60))
    assert 15 < changed < 45


def test_only_what_is_new_is_kept() -> None:
    """A program is kept once for a feature, and the kind of feature is counted."""
    guide, program = Guide(1), Program("x", ())
    guide.learn(program, {("answers", "x")})
    guide.learn(program, {("answers", "x")})
    assert (len(guide.pool), dict(guide.kept)) == (1, {"answers": 1})


def test_the_pool_has_a_bound() -> None:
    """The oldest programs go when there are too many."""
    guide = Guide(1)
    for number in range(POOL_MAX + 5):
        guide.learn(Program(str(number), ()), {("states", number)})
    assert (len(guide.pool), guide.pool[0].id) == (POOL_MAX, "5")


def test_features_tell_answers_and_states() -> None:
    """A pair of answers is a feature, and so is the kind of state that both kernels are in."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    empty = abstract(lockstep)
    call: Op = JailSet(1, 1, (("persist", True),))
    lockstep.step(call)
    answers, states = step_features(call, lockstep)
    assert answers == ("answers", "JailSet", "ok", "ok")
    assert states[2:] == abstract(lockstep)
    assert abstract(lockstep) != empty
    lockstep.step(Fork(9, 10))
    assert step_features(Fork(9, 10), lockstep)[0] == ("answers", "Fork", "ESRCH", "ESRCH")
