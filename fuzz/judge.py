"""Judging a kernel by a recording: is it the new one, the old one, or what is wrong with it.

The recording is followed with both models.  Where it first disagrees with the new one, both have
the same state before them that the recorded kernel had, so the rules and the diagnosis can be
asked there what the recorded answer, and the recorded state, mean.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from fuzz.conform import Answers, Disagreement, column
from fuzz.diagnose import Examined, examine
from fuzz.divergence import surfaces
from fuzz.errors import InputError
from fuzz.lockstep import Step, experiment
from fuzz.models import LEGACY, MODELS, NEW, Model
from fuzz.observe import Differences
from fuzz.origin import ELSEWHERE, trace, wrong_parameters
from fuzz.program import Program
from fuzz.record import cleanup, values_json
from fuzz.recorded import Row, final_model, follow, recorded_model, row_of, what_is_malformed
from fuzz.replay import text_of
from fuzz.rule import BugKind, Rule, Side, Verdict
from fuzz.rules import claims
from fuzz.source import Entry
from prison.call import (
    Call,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Malformed,
    Poke,
)
from prison.kernel import Kernel

NAMES: dict[type[Call], str] = {
    JailSet: "jail_set",
    JailGet: "jail_get",
    JailAttach: "jail_attach",
    JailRemove: "jail_remove",
    Fork: "fork",
    ForkBegin: "fork_begin",
    ForkEnd: "fork_end",
    Exit: "exit",
    Hold: "hold",
    Drop: "drop",
    Poke: "poke",
    Malformed: "malformed",
}
AGREES = "It does what the new kernel does, from the first op to the last."
LEFT = re.compile(r"jail -?\d+: ref|prison0: ref")
COUNT_ONLY = re.compile(r"prison0: ref 2, uref 2, children\.cur -?\d+")
WORDS = {
    BugKind.STALE_PARAMETERS: "A parameter has a value that it should not have any more, or yet.",
    BugKind.RESURRECTED: "A dying jail is treated as if it were alive.",
    BugKind.LEAKED_REFERENCE: "A reference is not given back, or given back once too often.",
    BugKind.NO_REFERENCE: "A jail is alive though nothing keeps it up.",
    BugKind.BROKEN_LIMIT: "A limit is not kept, or is kept where there is none.",
    BugKind.WRONG_SUBTREE: "Another jail or process is concerned than the one that is meant.",
    BugKind.LOST_NAME: "A jail has another name than it was given.",
    BugKind.DUPLICATE: "Something that must be unique is there twice, or seems to be.",
    BugKind.HALF_DONE: "A call that fails leaves something behind.",
    BugKind.WRONG_ERRNO: "Something is wrongly refused or allowed, or for another reason.",
    BugKind.WRONG_COUNT: "A count or a counter is wrong.",
    BugKind.UNSORTED: "The jail list is not in the order of jids, or has a jid twice.",
    BugKind.MEMORY: "Memory behind a buffer is written or read.",
    BugKind.PANIC: "The kernel stops.",
}


JSON_FIELDS = ("program", "agrees_with", "step", "verdict", "bug_kind", "surface", "why")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one program."""

    program: str
    agrees_with: tuple[str, ...]  # the models that do the same from the first op to the last
    step: int | None  # where it first disagrees with the new model; the number of ops: at the end
    verdict: Verdict | None  # None: it agrees with the new model
    bug_kind: BugKind | None
    surface: str | None
    why: str
    call: str = ""  # the kind of the call at that step
    old_step: int | None = None  # where it first disagrees with the old model

    def json(self) -> dict[str, object]:
        """The same for machines."""
        return {name: getattr(self, name) for name in JSON_FIELDS}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is said of one step."""

    verdict: Verdict
    bug_kind: BugKind | None
    surface: str
    why: str


def judge(entry: Entry, key: str) -> Judgement:
    """What is said of one recorded program.  Raises InputError if it has no such recording."""
    program = entry.program
    recorded = column(entry, key)
    if recorded is None:
        raise InputError(entry.where, 0, 0, f'expected a recording "{key}", found none')
    found = {name: follow(model, program, recorded) for name, model in MODELS.items()}
    agrees = tuple(name for name in ("new", "legacy") if found[name] is None)
    old_step = None if found["legacy"] is None else found["legacy"].step
    new = found["new"]
    if new is None:
        return Judgement(program.id, agrees, None, None, None, None, AGREES, "", old_step)
    malformed = what_is_malformed(recorded, len(program.calls))
    if malformed is not None:
        raise InputError(entry.where, 0, 0, f'"{key}": expected {malformed}')
    said = opinion(program, recorded, new)
    call = call_name(program, new.step)
    return Judgement(
        program.id,
        agrees,
        new.step,
        said.verdict,
        said.bug_kind,
        said.surface,
        said.why,
        call,
        old_step,
    )


def judge_as_old(entry: Entry, key: str, judged: Judgement) -> Judgement:
    """What is said of a program by which the kernel is neither, if it is the old one, changed."""
    recorded = column(entry, key)
    assert recorded is not None
    found = follow(LEGACY, entry.program, recorded)
    if found is None:
        return judged
    said = departure(LEGACY, entry.program, recorded, found)
    return replace(
        judged,
        verdict=said.verdict,
        bug_kind=said.bug_kind,
        surface=said.surface,
        why=said.why,
        call=call_name(entry.program, found.step),
    )


def call_name(program: Program, step: int) -> str:
    """What is called at a step; nothing at the end."""
    return NAMES[type(program.calls[step])] if step < len(program.calls) else ""


def opinion(program: Program, recorded: Answers, found: Disagreement) -> Opinion:
    """What is said of the step before which the recorded kernel and the new model are alike."""
    if found.step == len(program.calls):
        return at_end(NEW, program, recorded, found)
    k = state_before(NEW, program, found.step)
    call = program.calls[found.step]
    suspect = recorded_model(row_of(recorded, found.step), call)
    rule = rule_of(k, NEW, call)
    legacy = examine(k, suspect, LEGACY, call)
    seen = examine(k, suspect, NEW, call)
    if rule is not None and rule.side is Side.NEW and sound_as(legacy, seen):
        return Opinion(Verdict.INTENDED, None, str(rule.surface), corrected(rule))
    if legacy is None and rule is not None and seen is not None:
        return as_legacy(rule, seen)
    own = rule_of(k, suspect, call)
    if own is not None and own.side is Side.NEW and own is not rule and seen and not seen.violated:
        return Opinion(Verdict.BUG, own.bug_kind, str(own.surface), own.rationale)
    return departure(NEW, program, recorded, found)


def departure(model: Model, program: Program, recorded: Answers, found: Disagreement) -> Opinion:
    """What is wrong at the step at which a recorded kernel departs from a model."""
    if found.step == len(program.calls):
        return at_end(model, program, recorded, found)
    k = state_before(model, program, found.step)
    call = program.calls[found.step]
    row = row_of(recorded, found.step)
    states = row.get("states", ())
    if len({state[0] for state in states}) < len(states):
        why = f"{WORDS[BugKind.UNSORTED]} Seen: a jid is there twice."
        return Opinion(Verdict.BUG, BugKind.UNSORTED, "jid", why)
    suspect = recorded_model(row, call)
    seen = examine(k, suspect, model, call)
    if seen is None:
        return Opinion(Verdict.UNEXPLAINED, None, "state", "What was recorded fits no state.")
    if isinstance(call, JailGet):
        host = seen.case.me == 0
        seen = earlier(model, program, row, found.step, host=host) or seen
    surface = surface_of(model, program, suspect, found.step)
    kind = seen.kind
    if has_other_parent(k, model, call, row):
        return Opinion(Verdict.BUG, BugKind.WRONG_SUBTREE, surface, WORDS[BugKind.WRONG_SUBTREE])
    certain = kind in (BugKind.PANIC, BugKind.HALF_DONE)
    resurrected = kind is BugKind.RESURRECTED
    if "states" not in row and not certain and (isinstance(call, JailGet) or not resurrected):
        left = leaked(k, call, row) or left_by(model, program, recorded)
        if left and LEFT.match(left):
            return replace(left_over(left), surface=surface)
    return Opinion(Verdict.BUG, kind, surface, reason(seen))


def has_other_parent(k: Kernel, model: Model, call: Call, row: Row) -> bool:
    """Whether a jail stands below another one than it should, though both are there."""
    rows = {state[0]: state for state in row.get("states", ())}
    model.step(k, call)
    wrong = any(
        jid in k.prid
        and k.prid[jid].parent.jid != state[2]
        and {k.prid[jid].parent.jid, state[2]} <= {0, *rows}
        and {k.prid[jid].parent.jid, state[2]} <= {0, *k.prid}
        for jid, state in rows.items()
    )
    k.rollback()
    return wrong


def left_by(model: Model, program: Program, recorded: Answers) -> str | None:
    """What the clean-up found that a model would not have left."""
    left = recorded.get("cleanup")
    if left is None or left == cleanup(model, state_before(model, program, len(program.calls))):
        return None
    return str(left)


def leaked(k: Kernel, call: Call, row: Row) -> str | None:
    """A jail that answers though it should be gone, as a clean-up would call it."""
    jid = row.get("result", {}).get("ret")
    if isinstance(call, JailGet) and jid is not None and jid not in k.prid:
        return f"jail {jid}: ref is not 0"
    return None


def state_before(model: Model, program: Program, index: int) -> Kernel:
    """A model's state before an op."""
    k = Kernel(program.jail_max)
    for call in program.calls[:index]:
        model.step(k, call)
    return k


def rule_of(k: Kernel, model: Model, call: Call) -> Rule[Any] | None:
    """The one rule that claims what a model does otherwise than the old kernel."""
    case = experiment(k, replace(model, key="new"), LEGACY, call)[1]
    k.rollback()
    rules = [] if case is None else claims(case)
    return rules[0] if len(rules) == 1 else None


def sound_as(found: Examined | None, seen: Examined | None) -> bool:
    """Whether a suspect does what the old kernel does, or else what is intended; `found` and
    `seen` say how it differs from the old and from the new one.
    """
    if found is None or seen is None:
        return True
    if found.case.new.ok and not found.case.old.ok and not seen.case.old.ok:
        return False
    rules = claims(found.case)
    intended = len(rules) == 1 and rules[0].verdict is Verdict.INTENDED
    return intended and not found.violated


def corrected(rule: Rule[Any]) -> str:
    """A mistake of the new kernel is not made."""
    return f"A mistake of the new kernel is corrected here: {rule.title}."


def as_legacy(rule: Rule[Any], found: Examined) -> Opinion:
    """It does what the old kernel does."""
    if rule.verdict is Verdict.BUG:
        why = f"It does what the old kernel does. {rule.rationale}"
        return Opinion(Verdict.BUG, rule.bug_kind, str(rule.surface), why)
    why = f"It does what the old kernel does, so the patch is missing here. {rule.rationale}"
    return Opinion(Verdict.BUG, found.kind, str(rule.surface), why)


def earlier(model: Model, program: Program, row: Row, index: int, *, host: bool) -> Examined | None:
    """What an earlier call did wrong, if that is why a jail_get now answers other parameters."""
    k = state_before(model, program, index)
    call = program.calls[index]
    result = model.step(k, call)
    recorded = row.get("result", {})
    values = recorded.get("values")
    if result.values is None or values is None or recorded["ret"] != result.ret:
        return None
    ours = values_json(result.values)
    if any(values[name] != ours[name] for name in ELSEWHERE if name in values):
        return None
    if not host:
        values = {name: value for name, value in values.items() if name != "path"}
    return trace(model, program, index, wrong_parameters(k.prid[recorded["ret"]], values))


def surface_of(model: Model, program: Program, suspect: Model, index: int) -> str:
    """Where a user meets the difference between a suspect and a model."""
    call = program.calls[index]
    right, wrong = (state_before(model, program, index) for _ in range(2))
    answers = model.step(right, call), suspect.step(wrong, call)
    appeared = Differences().update(right, wrong)
    return surfaces(Step(index, call, *answers, (), appeared))[0]


def reason(found: Examined) -> str:
    """The kind of bug in a sentence, and what it is seen by."""
    case = found.case
    seen = [f"jail {jid}: {text}" for (_, jid), text in found.violated.items()]
    if case.old.result != case.new.result:
        answers = f"{text_of(case.new.result)} instead of {text_of(case.old.result)}"
        seen.insert(0, f"the answer is {answers}")
    details = f" Seen: {'; '.join(seen)}." if seen else ""
    return WORDS[found.kind] + details


def at_end(model: Model, program: Program, recorded: Answers, found: Disagreement) -> Opinion:
    """What is said where only the last parameters or the clean-up are not as they should be."""
    if found.what == "cleanup":
        return left_over(recorded["cleanup"])
    k = state_before(model, program, len(program.calls))
    seen = examine(k, final_model(recorded["final"]), model, Poke())
    if seen is not None and seen.violated:
        return Opinion(Verdict.BUG, seen.kind, "state", reason(seen))
    wrong = [
        one
        for values in recorded["final"]
        if (pr := k.prid.get(values["jid"], k.prison0)).jid == values["jid"]
        for one in wrong_parameters(pr, values)
    ]
    seen = trace(model, program, len(program.calls), wrong) or seen
    if seen is None:
        what = "The last parameters are others, and no call explains them."
        return Opinion(Verdict.UNEXPLAINED, None, "parameters", what)
    return Opinion(Verdict.BUG, seen.kind, "parameters", reason(seen))


def left_over(text: str | None) -> Opinion:
    """What a clean-up found."""
    if text is None:
        return Opinion(Verdict.UNEXPLAINED, None, "state", "Nothing is left where something was.")
    kind = BugKind.PANIC
    if LEFT.match(text):
        kind = BugKind.WRONG_COUNT if COUNT_ONLY.fullmatch(text) else BugKind.LEAKED_REFERENCE
    surface = "panic" if kind is BugKind.PANIC else "lifecycle"
    return Opinion(Verdict.BUG, kind, surface, f"{WORDS[kind]} What is left: {text}.")
