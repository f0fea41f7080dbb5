"""What a recorded kernel may be: a model with known faults, with corrections, or with a leak.

If a suspect does exactly what the recorded kernel did, that kernel is taken to be it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

from jaildiff.differ.verdict.rule import Verdict
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.edited import variant
from jaildiff.kernels.fault import Fault
from jaildiff.kernels.registry import Model
from jaildiff.recordings.candidates.corrections import TOGETHER
from jaildiff.recordings.candidates.leaks import leaks
from jaildiff.recordings.candidates.lines import line_faults
from jaildiff.recordings.judge_program import Judgement
from jaildiff.support.errors import InputError

Likely = Counter[str | None]  # what was said of the programs


@dataclass(frozen=True, slots=True)
class Suspect:
    """A kernel that the recorded one may be."""

    name: str
    title: str
    kinds: frozenset[str]  # empty if it has only the bugs of a model
    base: Model
    build: Callable[[], Model]

    def model(self) -> Model | None:
        """The kernel; None if its changes conflict."""
        try:
            return self.build()
        except InputError:
            return None

    def fits(self, likely: Likely) -> bool:
        """Whether the suspect fits what was said of most programs. A correction that reproduces the
        whole recording needs no other evidence.
        """
        return not self.kinds or likely.most_common(1)[0][0] in self.kinds

    def named(self, judged: Judgement, kind: str | None, *, often: bool) -> Judgement:
        """The judgement of a program if this is the recorded kernel and `kind` its bug.  For one
        program alone other explanations remain possible.
        """
        if not self.kinds:
            why = f"A mistake of the new kernel is corrected: {self.title}."
            return replace(judged, verdict=Verdict.INTENDED, bug_kind=None, why=why)
        also = f"As if {self.title}." if often else f"The same would happen if {self.title}."
        why = f"{judged.why} {also}"
        return replace(judged, verdict=Verdict.BUG, bug_kind=kind, why=why)


def suspects(faults: Iterable[Fault], base: Model, likely: Likely) -> Iterator[Suspect]:
    """Faults of the catalogue, the likely ones first; then faults of one line, and leaks."""
    faults = [fault for fault in faults if fault.model != "rules"]
    packages = ("jail_kernel/", f"{base.package}/")
    fitting = [
        fault
        for fault in faults
        if not fault.corrects and all(edit.file.startswith(packages) for edit in fault.edits)
    ]
    fitting.sort(key=lambda fault: -max(likely[BugKind(kind)] for kind in fault.kinds))
    for fault in fitting:
        yield of_faults((fault,), base)
    for line in line_faults(base):
        model = partial(variant, base, [line.edit])
        yield Suspect(line.name, line.title, frozenset({str(line.kind)}), base, model)
    for leak in leaks():
        kinds = frozenset({str(leak.kind)})
        yield Suspect(leak.name, leak.title, kinds, base, partial(leak.model, base))


def corrected_kernels(faults: Iterable[Fault], new: Model) -> Iterator[Suspect]:
    """Corrections of the new kernel, alone and together."""
    found = [fault for fault in faults if fault.corrects and fault.model == new.name]
    for size in range(1, TOGETHER + 1):
        for parts in combinations(found, size):
            yield of_faults(parts, new)


def of_faults(parts: tuple[Fault, ...], base: Model) -> Suspect:
    """A kernel with faults of the catalogue, or corrections."""
    edits = [edit for fault in parts for edit in fault.edits]
    return Suspect(
        " + ".join(fault.id for fault in parts),
        "; ".join(fault.title for fault in parts),
        frozenset(kind for fault in parts for kind in fault.kinds),
        base,
        partial(variant, base, edits),
    )
