"""The new kernel with one of its known mistakes corrected: which correction a recording shows."""

from collections.abc import Iterator
from functools import cache

from fuzz.kernels.fault import Fault, load
from fuzz.kernels.registry import Model
from fuzz.programs.program import Program
from fuzz.recordings.follow import Known, first_parting
from fuzz.recordings.validate import Answers
from prison.call import Call, Result
from prison.kernel import Kernel


def correction(program: Program, recorded: Answers, new_step: int, old_step: int) -> Fault | None:
    """The correction with which the new model does also what was recorded at the step where it
    departs without, and goes on so at least until the old model departs.
    """
    best, most = None, max(new_step + 1, old_step)
    for fault in corrections():
        parted = first_parting(corrected(fault), program, Known(recorded))
        if parted is None:
            return fault
        if parted.step > most or (parted.step == most and best is None):
            best, most = fault, parted.step
    return best


def corrected_answers(k: Kernel, call: Call) -> Iterator[Result]:
    """What the corrected kernels answer from a state, which is kept."""
    for fault in corrections():
        yield corrected(fault).step(k, call)
        k.rollback()


@cache
def corrections() -> tuple[Fault, ...]:
    """Those of the catalogue."""
    return tuple(fault for fault in load().values() if fault.gone)


@cache
def corrected(fault: Fault) -> Model:
    """The new kernel with a correction."""
    return fault.apply()
