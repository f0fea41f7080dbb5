"""The new kernel with known mistakes corrected: which corrections a recording shows."""

from functools import cache
from itertools import combinations

from jaildiff.kernels.edited import variant
from jaildiff.kernels.fault import Fault, load
from jaildiff.kernels.registry import Model
from jaildiff.programs.program import Program
from jaildiff.recordings.follow import KnownToBoth, first_parting
from jaildiff.recordings.validate import Answers

Parts = tuple[Fault, ...]
TOGETHER = 3  # the most corrections that one program is expected to show


def correction(
    new: Model, program: Program, recorded: Answers, new_step: int, old_step: int
) -> str | None:
    """The title of the corrections that make the new model match the recording at the step where
    it otherwise departs, and at least until the old model departs.  One correction is preferred to
    several that go as far.
    """
    best: Parts = ()
    most = max(new_step + 1, old_step)
    for size in range(1, TOGETHER + 1):
        for parts in combinations(corrections(new.name), size):
            if not set(best) <= set(parts):
                continue
            parted = first_parting(corrected(new, parts), program, KnownToBoth(recorded))
            if parted is None:
                return title(parts)
            if parted.step > most or (parted.step == most and not best):
                best, most = parts, parted.step
        if not best:
            return None
    return title(best)


def title(parts: Parts) -> str:
    """What is corrected."""
    return "; ".join(fault.title for fault in parts)


@cache
def corrections(kernel: str) -> Parts:
    """The corrections of the catalogue for a kernel."""
    return tuple(fault for fault in load().values() if fault.corrects and fault.model == kernel)


def corrected(new: Model, parts: Parts) -> Model:
    """The new kernel with some corrections."""
    made = _CORRECTED.get((new.name, parts))
    if made is None:
        made = _CORRECTED[new.name, parts] = variant(
            new, [edit for fault in parts for edit in fault.edits]
        )
    return made


_CORRECTED: dict[tuple[str, Parts], Model] = {}  # made once: to load a model takes a while
