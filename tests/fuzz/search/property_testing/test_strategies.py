"""Strategies for property tests of one's own."""

from hypothesis import find, given

from jail_kernel.call import Call
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.programs.json_form import program_from_json, program_to_json
from jaildiff.programs.program import Program
from jaildiff.search.property_testing.strategies import calls, programs
from tests.programs import BY_DESCRIPTOR


@given(programs)
def test_every_program_runs(program: Program) -> None:
    """Both kernels answer every program that is drawn, or stop with a panic."""
    lockstep = Lockstep(program.jail_max, LANDED, program.setup)
    for call in program.calls:
        lockstep.step(call)
        if lockstep.panicked:
            break


@given(programs)
def test_every_program_has_its_json(program: Program) -> None:
    """What is drawn is a program of the format, and nothing malformed."""
    assert program_from_json(program_to_json(program)) == program


def test_every_kind_of_call_is_drawn() -> None:
    """No kind of call is left out, but the malformed one."""
    left_out = {"Malformed", *(kind.__name__ for kind in BY_DESCRIPTOR)}
    kinds = sorted({kind.__name__ for kind in Call.__args__} - left_out)
    assert [drawn(kind) for kind in kinds] == kinds


def drawn(kind: str) -> str:
    """The kind of a call that was drawn until it was of this kind."""

    def wanted(call: Call) -> bool:
        return type(call).__name__ == kind

    return type(find(calls, wanted)).__name__
