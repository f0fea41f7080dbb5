"""Judge a kernel by a recording: say whether it is the new or the old one, or what is wrong.

Both models follow the recording.  Up to the first disagreement the new model is in the state that
the recorded kernel was in.  So the rules and the diagnosis can say there what the recorded answer
and the recorded state mean.
"""

from dataclasses import dataclass, replace
from typing import Any

from jail_kernel.kernel import Kernel
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.experiment import experiment
from jaildiff.differ.verdict.rule import Rule, Verdict
from jaildiff.kernels.bug_kinds import Side
from jaildiff.programs.commands.command import Op
from jaildiff.programs.loading import Entry
from jaildiff.programs.program import OP_NAMES, Program
from jaildiff.recordings.as_kernel import recorded_model
from jaildiff.recordings.blame.departure import Opinion, Parting, departure
from jaildiff.recordings.blame.diagnosis import Examined, examine
from jaildiff.recordings.candidates.corrections import correction
from jaildiff.recordings.conform import column
from jaildiff.recordings.follow import KnownToBoth, first_parting
from jaildiff.recordings.validate import what_is_malformed
from jaildiff.support.errors import InputError

END = 1 << 62  # a step after all others
AGREES = "It does what the new kernel does, from the first op to the last."
JSON_FIELDS = ("program", "agrees_with", "step", "verdict", "bug_kind", "surface", "why")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement of one program."""

    program: str
    agrees_with: tuple[str, ...]  # the models that agree from the first op to the last
    step: int | None  # where it first disagrees with the new model; the number of ops: at the end
    verdict: Verdict | None  # None: it agrees with the new model
    bug_kind: str | None  # "A or B" if what was recorded cannot tell
    surface: str | None
    why: str
    call: str = ""  # the kind of call that went wrong, if that is known; else the call at that step
    old_step: int | None = None  # where it first disagrees with the old model
    at_end: bool = False  # whether it showed only when the program was over

    def json(self) -> dict[str, object]:
        """The same for machines."""
        return {name: getattr(self, name) for name in JSON_FIELDS}


def judge(entry: Entry, key: str, reference: Comparison) -> Judgement:
    """Judge one recorded program by two kernels.

    Raises InputError if it has no such recording.
    """
    program = entry.program
    recorded = column(entry, key)
    if recorded is None:
        raise InputError(entry.where, 0, 0, f'expected a recording "{key}", found none')
    malformed = what_is_malformed(recorded, program.calls)
    if malformed is not None:
        raise InputError(entry.where, 0, 0, f'"{key}": expected {malformed}')
    old, new = (first_parting(model, program, KnownToBoth(recorded)) for model in reference.models)
    sides = ((reference.new, new), (reference.old, old))
    agrees = tuple(model.name for model, found in sides if found is None)
    old_step = None if old is None else old.step
    if new is None:
        return Judgement(program.id, agrees, None, None, None, None, AGREES, "", old_step)
    parting = Parting(reference, reference.new, program, recorded, new)
    said = opinion(parting, END if old_step is None else old_step)
    return Judgement(
        program.id,
        agrees,
        new.step,
        said.verdict,
        said.bug_kind,
        said.surface,
        said.why,
        said.call or call_name(program, new.step),
        old_step,
        new.step == len(program.calls),
    )


def judge_as_old(entry: Entry, key: str, reference: Comparison, judged: Judgement) -> Judgement:
    """Re-judge a program as if the kernel were a modified old kernel."""
    recorded = column(entry, key)
    assert recorded is not None
    found = first_parting(reference.old, entry.program, KnownToBoth(recorded))
    if found is None:
        return judged
    said = departure(Parting(reference, reference.old, entry.program, recorded, found))
    return replace(
        judged,
        verdict=said.verdict,
        bug_kind=said.bug_kind,
        surface=said.surface,
        why=said.why,
        call=said.call or call_name(entry.program, found.step),
        at_end=found.step == len(entry.program.calls),
    )


def call_name(program: Program, step: int) -> str:
    """The kind of call at a step; empty at the end, or if the op is malformed."""
    return OP_NAMES.get(type(program.calls[step]), "") if step < len(program.calls) else ""


def opinion(parting: Parting, old_step: int) -> Opinion:
    """Judge a step before which the recorded kernel and the new model are alike."""
    program, step = parting.program, parting.found.step
    better = correction(parting.reference.new, program, parting.recorded, step, old_step)
    if better is not None:
        said = departure(parting)
        why = f"It does what the new kernel would do with a mistake corrected: {better}."
        return replace(praise(why, said.surface), call=said.call)
    if step == len(program.calls):
        return departure(parting)
    k = parting.before(step)
    call = program.calls[step]
    reference = parting.reference
    suspect = recorded_model(parting.row, call, reference)
    rule = rule_of(k, call, reference)
    as_old, as_new = (examine(k, suspect, model, call) for model in reference.models)
    if rule is not None and rule.side is Side.NEW and sound(as_old, as_new, reference):
        why = f"It does not make this mistake of the new kernel: {rule.title}."
        return praise(why, str(rule.surface))
    if rule is not None and as_old is None and as_new is not None:
        return unpatched(rule, as_new)
    return departure(parting)


def praise(why: str, surface: str) -> Opinion:
    """It does not make a mistake that the new kernel makes, be it corrected or never brought."""
    return Opinion(Verdict.INTENDED, None, surface, why)


def rule_of(k: Kernel, call: Op, reference: Comparison) -> Rule[Any] | None:
    """The one rule that claims the difference between the new kernel and the old one."""
    mirrored = experiment(k, reference.new, reference.old, call)[1]
    case = None if mirrored is None else mirrored.mirrored()
    k.rollback()
    rules = [] if case is None else reference.rulebook.claims(case)
    return rules[0] if len(rules) == 1 else None


def sound(as_old: Examined | None, as_new: Examined | None, reference: Comparison) -> bool:
    """Whether a suspect does what the old kernel does, or else what is intended, given how it
    differs from both.  A refusal must be the old kernel's.
    """
    if as_old is None or as_new is None:
        return True
    known = as_new.case.new.result == as_old.case.old.result
    allowed = as_old.case.old.ok or as_new.case.old.ok
    if not (allowed if as_new.case.new.ok else known):
        return False
    rules = reference.rulebook.claims(as_old.case)
    intended = len(rules) == 1 and rules[0].verdict is Verdict.INTENDED
    return intended and not as_old.violated


def unpatched(rule: Rule[Any], as_new: Examined) -> Opinion:
    """It does what the old kernel does."""
    if rule.verdict is Verdict.BUG:
        why = f"It does what the old kernel does. {rule.rationale}"
        return Opinion(Verdict.BUG, rule.bug_kind, str(rule.surface), why)
    why = f"It does what the old kernel does, so the patch is missing here. {rule.rationale}"
    return Opinion(Verdict.BUG, as_new.kind, str(rule.surface), why)
