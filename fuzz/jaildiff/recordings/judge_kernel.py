"""Judge all recordings of a kernel together: what it is, or the one fault behind them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import chain

from jail_kernel import allow
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.walk import BROKEN
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.fault import Fault
from jaildiff.kernels.registry import Model
from jaildiff.programs.loading import Entry
from jaildiff.recordings.candidates.candidates import Suspect, corrected_kernels, suspects
from jaildiff.recordings.conform import column
from jaildiff.recordings.follow import KnownToBoth, first_parting
from jaildiff.recordings.judge_program import AGREES, END, Judgement, judge, judge_as_old
from jaildiff.recordings.validate import NO_DEADID, not_compared

DISAGREEING, AGREEING, FIRST = 300, 60, 6  # programs that suspects are tried on; and at first
MARGIN = 0.25  # prefer the old model only if it matches longer in this share more of them
FEW = 4  # programs that disagree: too few for a suspect that contradicts the diagnosis
SHORT = frozenset({BugKind.DROPPED_TWICE, BugKind.NEVER_TAKEN})  # not seen in states
SOME = 0.25  # share of the judgements that counts alone if they tell more than the others
MOST = 0.8  # share of the disagreeing programs that a suspect must explain to be named


@dataclass(slots=True)
class KernelVerdict:
    """What a recorded kernel is: all judgements, and the recordings to try suspects on."""

    key: str
    reference: Comparison  # the kernels that it is held against
    judgements: list[Judgement] = field(default_factory=list)
    agreeing: list[Entry] = field(default_factory=list)
    disagreeing: list[tuple[int, int, Entry]] = field(default_factory=list)  # length, number
    suspect: Suspect | None = None
    rival: Suspect | None = None  # another suspect that explains as much, with another kind of bug
    not_compared: set[str] = field(default_factory=set)  # parameters that one side does not have
    later: Comparison | None = None  # its new kernel is recognized, as long as it does everything

    def add(self, entry: Entry) -> None:
        """Judge one program.  Raises InputError."""
        judged = judge(entry, self.key, self.reference)
        recorded = column(entry, self.key) or {"results": ()}
        later = self.reference.new.allow.keys() - allow.BIT.keys()
        self.not_compared |= not_compared(recorded, entry.program.calls, later)
        if self.later is not None and not self.does_so(self.later.new, entry):
            self.later = None
        number = len(self.judgements)
        self.judgements.append(judged)
        if judged.step is None:
            if len(self.agreeing) < AGREEING:
                self.agreeing.append(entry)
            return
        self.disagreeing.append((len(entry.program.calls), number, entry))
        if len(self.disagreeing) > 2 * DISAGREEING:
            self.disagreeing = nsmallest(DISAGREEING, self.disagreeing)

    def agree(self, name: str) -> int:
        """How many programs agree with a model."""
        return sum(name in judged.agrees_with for judged in self.judgements)

    @property
    def base(self) -> Model:
        """The model that more programs follow longer.  The old one must win clearly."""
        longer = 0
        for judged in self.judgements:
            new, old = (END if s is None else s for s in (judged.step, judged.old_step))
            longer += (old > new) - (new > old)
        much = longer > len(self.disagreeing) * MARGIN
        return self.reference.old if much else self.reference.new

    def settled(self) -> "KernelVerdict":
        """The same by the later standard, if only the new kernel there does all of it."""
        if self.later is None or not self.disagreeing or self.is_old:
            return self
        new = self.later.new
        judgements = [
            Judgement(
                judged.program,
                (new.name, *({self.reference.new.name} & {*judged.agrees_with})),
                step=None,
                verdict=None,
                bug_kind=None,
                surface=None,
                why=AGREES,
                old_step=judged.step,
            )
            for judged in self.judgements
        ]
        unknown = self.not_compared - new.allow.keys()
        return KernelVerdict(self.key, self.later, judgements, not_compared=unknown)

    def conclude(self, faults: Iterable[Fault]) -> None:
        """Find out what the recorded kernel is, and say so of each program that this explains."""
        self.disagreeing.sort(key=lambda item: item[:2])
        if not self.disagreeing:
            return
        if self.is_old:
            self.suspect = self.correction(faults)
            return
        self.suspect = self.find(list(faults))
        base = self.base if self.suspect is None else self.suspect.base
        if base is self.reference.old:
            for _, number, entry in self.disagreeing:
                judged = self.judgements[number]
                self.judgements[number] = judge_as_old(entry, self.key, self.reference, judged)
        if self.suspect is not None:
            self.apply(self.suspect)

    @property
    def is_old(self) -> bool:
        """Whether the old model reproduces all that was recorded."""
        return self.agree(self.reference.old.name) == len(self.judgements)

    def correction(self, faults: Iterable[Fault]) -> Suspect | None:
        """The corrected new kernel that also reproduces all that was recorded, if the recording has
        the counter that only new kernels have.
        """
        recorded = (column(entry, self.key) or {} for *_, entry in self.disagreeing)
        lasts = (last for found in recorded for last in found.get("last", ()))
        if all(last[1] == NO_DEADID for last in lasts):
            return None
        everything = len(self.disagreeing)
        found = (
            one
            for one in corrected_kernels(faults, self.reference.new)
            if self.try_suspect(one) == everything
        )
        return next(found, None)

    def find(self, faults: list[Fault]) -> Suspect | None:
        """The suspect that explains most of the disagreeing programs, if these are enough.  A
        suspect that explains all, without direct evidence, may have a rival of another kind.
        """
        likely = self.likely
        best, most, first = None, MOST * len(self.disagreeing), None
        models = self.reference.models[::-1]
        bases = sorted(models, key=lambda base: base is not self.base)
        faulty = (suspects(faults, base, likely) for base in bases)
        for suspect in chain(corrected_kernels(faults, self.reference.new), *faulty):
            if first is not None and not suspect.kinds - first.kinds:
                continue
            if len(self.disagreeing) < FEW and not suspect.fits(likely):
                continue
            explained = self.try_suspect(suspect)
            if explained == len(self.disagreeing):
                if not suspect.kinds or suspect.kinds & likely.keys():
                    return suspect
                if first is not None:
                    self.rival = suspect
                    return first
                first = suspect
            elif explained > most:
                best, most = suspect, explained
        return first or best

    @property
    def likely(self) -> Counter[str | None]:
        """What was said of the programs that disagree."""
        return Counter(judged.bug_kind for judged in self.judgements if judged.step is not None)

    def apply(self, suspect: Suspect) -> None:
        """Replace the judgement of each program that the suspect explains by the suspect's.  A
        judgement that rests on recorded states is kept if its kind differs from the suspect's.
        """
        model = suspect.model()
        assert model is not None
        likely = self.likely.keys()
        short = suspect.kinds <= SHORT and bool(likely & SHORT)
        seen = self.inside and not suspect.kinds & likely and not short
        kind = min(suspect.kinds, default=None)
        if self.rival is not None:
            kind = f"{kind} or {min(self.rival.kinds)}"
        does_so = [number for _, number, entry in self.disagreeing if self.does_so(model, entry)]
        for number in does_so:
            judged = self.judgements[number]
            own = seen or judged.bug_kind in suspect.kinds
            said = judged.bug_kind if own else kind
            self.judgements[number] = suspect.named(judged, said, often=len(does_so) > 1)

    @property
    def inside(self) -> bool:
        """Whether the states of the kernel were recorded."""
        recorded = (column(entry, self.key) or {} for *_, entry in self.disagreeing)
        return any("states" in one for one in recorded)

    def summary(self) -> dict[str, object]:
        """The counts, and the one fault that is most likely behind all that disagrees."""
        neither = sum(not judged.agrees_with for judged in self.judgements)
        return {
            "programs": len(self.judgements),
            "kernels": self.reference.name,
            "agree_with_new": self.agree(self.reference.new.name),
            "agree_with_legacy": self.agree(self.reference.old.name),
            "agree_with_neither": neither,
            "fault": self.fault(),
        }

    def fault(self) -> dict[str, object] | None:
        """The fault: its kind, call, surface and why, and the suspect if there is one."""
        said = self.telling()
        if not said:
            return None
        for trait in ("bug_kind", "call", "surface"):
            counts = Counter(getattr(judged, trait) for judged in said)
            commonest = max(counts, key=lambda value: (counts[value], -rank(value)))
            said = [judged for judged in said if getattr(judged, trait) == commonest]
        example = said[0]
        name, description = self.named()
        return {
            "kind": example.bug_kind,
            "call": example.call or None,
            "surface": example.surface,
            "why": example.why,
            "name": name,
            "description": description,
        }

    def telling(self) -> list[Judgement]:
        """The judgements that say most about the fault.  If the base is the old kernel, programs
        that agree with it say nothing. A bug says more than a correction, a step more than the end,
        and any other kind more than a mere wrong errno.
        """
        said = [judged for judged in self.judgements if judged.step is not None]
        base = self.base if self.suspect is None else self.suspect.base
        for test in (
            lambda judged: (
                base is self.reference.new
                or self.is_old
                or self.reference.old.name not in judged.agrees_with
            ),
            lambda judged: judged.verdict is Verdict.BUG,
        ):
            said = list(filter(test, said)) or said
        for test in (
            lambda judged: not judged.at_end,
            lambda judged: judged.bug_kind is not BugKind.WRONG_ERRNO,
        ):
            some = list(filter(test, said))
            said = some if len(some) > SOME * len(said) else said
        return said

    def named(self) -> tuple[str | None, str | None]:
        """The kernel that does all that was recorded, or most of it."""
        if self.suspect is not None:
            return self.suspect.name, self.suspect.title
        old = self.reference
        return (old.old.name, old.words.old) if self.is_old else (None, None)

    def try_suspect(self, suspect: Suspect) -> int:
        """How many of the disagreeing programs a suspect explains.  None if it fails too often at
        first, or departs from the recording where that agreed with the new model.
        """
        model = suspect.model()
        if model is None:
            return 0
        entries = [entry for *_, entry in self.disagreeing]
        failed = 0
        for entry in entries[:FIRST]:
            failed += not self.does_so(model, entry)
            if failed > (1 - MOST) * min(FIRST, len(entries)):
                return 0
        if not all(self.does_so(model, entry) for entry in self.agreeing):
            return 0
        return sum(self.does_so(model, entry) for entry in entries)

    def does_so(self, model: Model, entry: Entry) -> bool:
        """Whether a model reproduces all that was recorded of a program."""
        recorded = column(entry, self.key)
        assert recorded is not None
        try:
            return first_parting(model, entry.program, KnownToBoth(recorded)) is None
        except BROKEN:
            return False


def rank(kind: object) -> int:
    """The place of a kind among all, which breaks ties."""
    kinds = [*BugKind]
    return next((place for place, one in enumerate(kinds) if one == kind), len(kinds))
