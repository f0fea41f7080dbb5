"""What is wrong at the step at which a recorded kernel departs from a model.

The diagnosis is asked first, but it sees one call.  If a recording has no states, or a parameter
shows only when it is read, an earlier call can be the cause, and other evidence is needed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jail_kernel.call import JAIL_CREATE, JailGet, JailSet, Poke
from jail_kernel.jail_get import View
from jail_kernel.kernel import Kernel
from jail_kernel.reference import DYING
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.experiment import asked_for
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.steps.observation import Differences
from jaildiff.differ.steps.root_experiment import STATE
from jaildiff.differ.verdict.divergence import surfaces
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.kernels.bug_kinds import DEFINITIONS, BugKind
from jaildiff.kernels.cleanup import cleanup
from jaildiff.kernels.left_over import STOPPED, kind_left
from jaildiff.kernels.registry import Model
from jaildiff.kernels.snapshot import values_json
from jaildiff.programs.commands.command import Op
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import OP_NAMES, Program
from jaildiff.recordings.as_kernel import final_model, recorded_model
from jaildiff.recordings.blame.diagnosis import Examined, examine
from jaildiff.recordings.blame.difference_words import seen
from jaildiff.recordings.blame.trace_parameter import ELSEWHERE, trace, wrong_parameters
from jaildiff.recordings.follow import Disagreement
from jaildiff.recordings.validate import Answers, Row, row_of

SURFACES = {  # the surface of what no user sees yet
    BugKind.LEAKED_REFERENCE: "lifecycle",
    BugKind.DROPPED_TWICE: "lifecycle",
    BugKind.NEVER_TAKEN: "lifecycle",
    BugKind.NO_REFERENCE: "lifecycle",
    BugKind.RESURRECTED: "lifecycle",
    BugKind.UNSORTED: "jid",
    BugKind.DUPLICATE_JID: "jid",
    BugKind.RENUMBERED_WRONGLY: "jid",
    BugKind.WRONG_COUNT: "count",
}
KEPT_UP = re.compile(r"leaked jail \d+ \(ref \d+ uref [1-9]")
SETTLED = frozenset(  # kinds that no other evidence changes
    {
        BugKind.PANIC,
        BugKind.HALF_DONE,
        BugKind.DUPLICATE_JID,
        BugKind.RENUMBERED_WRONGLY,
        BugKind.DIES_EARLY,
        BugKind.PROCESS_SURVIVES,
    }
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is said of one step."""

    verdict: Verdict
    bug_kind: BugKind | None
    surface: str
    why: str
    call: str = ""  # the call that went wrong; empty if that is not known


@dataclass(frozen=True, slots=True)
class Parting:
    """A recording, a model (one of the reference kernels), and where they part."""

    reference: Comparison
    model: Model
    program: Program
    recorded: Answers
    found: Disagreement

    @property
    def row(self) -> Row:
        """What was recorded there."""
        return row_of(self.recorded, self.found.step)

    @property
    def call(self) -> str:
        """What is called there; nothing at the end."""
        calls = self.program.calls[self.found.step : self.found.step + 1]
        return OP_NAMES.get(type(calls[0]), "a malformed op") if calls else ""

    def before(self, step: int) -> Kernel:
        """The model's state before a step."""
        k = boot(self.program)
        for call in self.program.calls[:step]:
            self.model.step(k, call)
        return k

    def bug(self, kind: BugKind, surface: str, examined: Examined | None = None) -> Opinion:
        """A bug of this kind, with what shows it: differences, and broken invariants."""
        violated = {} if examined is None else examined.violated
        more = [f"jail {jid}: {text}" for (_, jid), text in violated.items()]
        here, cause = self.call, self.call
        if examined is not None and not isinstance(examined.case.call, Poke):
            cause = OP_NAMES.get(type(examined.case.call), here)
        place = f"in {here}" if here else "at the end"
        if cause != here:
            place += f", made by {cause}"
        why = f"{DEFINITIONS[kind].meaning} Seen {place}: {'; '.join([*seen(self.found), *more])}."
        if surface == "state":
            surface = SURFACES.get(kind, surface)
        return Opinion(Verdict.BUG, kind, surface, why, cause)


def departure(parting: Parting) -> Opinion:
    """What is wrong where a recording and a model part."""
    found, program = parting.found, parting.program
    if found.step == len(program.calls):
        return left_over(parting) if found.what == "cleanup" else last_parameters(parting)
    row = parting.row
    jids = [state[0] for state in row.get("states", ())]
    if sorted(set(jids)) != jids:
        return parting.bug(wrong_list(jids), "jid")
    if 0 in jids:
        return parting.bug(BugKind.RENUMBERED_WRONGLY, "jid")  # That is prison0.
    call = program.calls[found.step]
    k = parting.before(found.step)
    suspect = recorded_model(row, call, parting.reference)
    examined = examine(k, suspect, parting.model, call)
    if examined is None:
        return Opinion(Verdict.UNEXPLAINED, None, "state", "No state fits what was recorded.")
    kind = other_cause(parting, k, call, examined)
    if kind is None:
        cause = misread(parting, k, call, host=examined.case.me == 0)
        kind, examined = (examined.kind, examined) if cause is None else (cause.kind, cause)
    return parting.bug(kind, surface_of(parting, suspect), examined)


def wrong_list(jids: list[int]) -> BugKind:
    """The kind of bug in a list of jids that do not ascend."""
    return BugKind.UNSORTED if len(set(jids)) == len(jids) else BugKind.DUPLICATE_JID


def surface_of(parting: Parting, suspect: Model) -> str:
    """The surface of the difference between a suspect and a model."""
    step = parting.found.step
    call = parting.program.calls[step]
    right, wrong = parting.before(step), parting.before(step)
    answers = parting.model.step(right, call), suspect.step(wrong, call)
    return surfaces(Step(step, call, *answers, (), Differences().update(right, wrong)))[0]


def other_cause(parting: Parting, k: Kernel, call: Op, examined: Examined) -> BugKind | None:
    """What the diagnosis of one call cannot see; None if the diagnosis is right."""
    row, case = parting.row, examined.case
    if "states" in row:
        compared = case.old.ok and case.new.ok
        moved = compared and has_other_parent(parting.model, k, call, row)
        return BugKind.WRONG_PARENT if moved else None
    if examined.kind in SETTLED:
        return None
    if isinstance(call, JailGet):
        right, wrong = (outcome.result.values for outcome in (case.old, case.new))
        if wrong is not None and is_renumbered(k, wrong):
            return BugKind.RENUMBERED_WRONGLY
        if right is not None and freed_early(parting, call, right):
            moved = is_elsewhere(parting, right) or was_wanted(parting, right)
            return BugKind.RENUMBERED_WRONGLY if moved else BugKind.DROPPED_TWICE
    elif examined.kind is BugKind.RESURRECTED:
        return None
    elif case.new.kind == "EAGAIN" and case.new.result.errmsg is None:
        return died(parting)  # The caller's own jail is not alive.
    return left_by_all(parting)


def left_by_all(parting: Parting) -> BugKind | None:
    """The kind of bug that the clean-up shows; None if it finds what the model leaves."""
    left = parting.recorded.get("cleanup")
    if not left or STOPPED.search(left):
        return None
    due = cleanup(parting.model, parting.before(len(parting.program.calls)))
    return None if left == due else kind_left(left)


def died(parting: Parting) -> BugKind:
    """Why a jail is not alive: it died although something keeps it up, or nothing does."""
    kept_up = KEPT_UP.search(parting.recorded.get("cleanup") or "")
    return BugKind.DIES_EARLY if kept_up else BugKind.DROPPED_TWICE


def is_renumbered(k: Kernel, view: View) -> bool:
    """Whether a dying jail has this name, and this jid belongs to no jail of the name."""
    own = k.prid.get(int(str(view[0])))
    return (own is None or own.name != view[1]) and any(
        pr.state is DYING and pr.name == view[1] for pr in k.allprison
    )


def is_elsewhere(parting: Parting, view: View) -> bool:
    """Whether a later call reads a dying jail of this name with another jid."""
    later = parting.recorded["results"][parting.found.step :]
    values = (answer["values"] for answer in later if answer.get("values") is not None)
    return any(
        one.get("dying") and one.get("name") == view[1] and one.get("jid") != view[0]
        for one in values
    )


def was_wanted(parting: Parting, view: View) -> bool:
    """Whether a call has asked for the jid of this dying jail, and so may have renumbered it."""
    k = boot(parting.program)
    jid = int(str(view[0]))
    for call in parting.program.calls[: parting.found.step]:
        dying = jid in k.prid and k.prid[jid].state is DYING
        if dying and isinstance(call, JailSet) and wants(k, call, jid):
            return True
        parting.model.step(k, call)
    return False


def wants(k: Kernel, call: JailSet, jid: int) -> bool:
    """Whether a call asks to make a jail with this jid."""
    if not call.flags & JAIL_CREATE or call.pid not in k.procs:
        return False
    return asked_for(k, k.procs[call.pid].cred.prison, call)[0] == jid


def has_other_parent(model: Model, k: Kernel, call: Op, row: Row) -> bool:
    """Whether a jail has a wrong parent, though both the right and the wrong one exist."""
    model.step(k, call)
    wrong = False
    known = {0, *k.prid} & {0, *(state[0] for state in row["states"])}
    for jid, _, parent, *_ in row["states"]:
        due = k.prid[jid].parent.jid if jid in k.prid else parent
        wrong |= due != parent and {due, parent} <= known
    k.rollback()
    return wrong


def freed_early(parting: Parting, call: JailGet, right: View) -> bool:
    """Whether a dying jail should have been read, but was gone then and later."""
    if right[STATE] == "alive" or "lastjid" in dict(call.by):
        return False
    answer, *later = parting.recorded["results"][parting.found.step :]
    gone = answer["errno"] == "ENOENT"
    calls = parting.program.calls[parting.found.step + 1 :]
    return gone and not any(
        isinstance(call, JailGet) and answer["ret"] == right[0]
        for call, answer in zip(calls, later, strict=False)
    )


def misread(parting: Parting, k: Kernel, call: Op, *, host: bool) -> Examined | None:
    """What an earlier call did wrong, if that makes a jail_get answer other parameters now."""
    answer = parting.row.get("result", {})
    values = answer.get("values")
    if not isinstance(call, JailGet) or not isinstance(values, Mapping):
        return None
    result = parting.model.step(k, call)
    if result.values is None or answer["ret"] != result.ret:
        return None
    due = values_json(result.values)
    if any(values[name] != due[name] for name in ELSEWHERE if name in values):
        return None
    if not host:
        values = {name: value for name, value in values.items() if name != "path"}
    wrong = wrong_parameters(k.prid[answer["ret"]], values)
    return trace(parting.model, parting.program, parting.found.step, wrong)


def last_parameters(parting: Parting) -> Opinion:
    """What is wrong if only the final parameters show it."""
    end = len(parting.program.calls)
    k = parting.before(end)
    final = parting.recorded["final"]
    jids = [values["jid"] for values in final]
    if sorted(set(jids)) != jids:
        return parting.bug(wrong_list(jids), "jid")
    examined = examine(k, final_model(final, parting.reference), parting.model, Poke())
    if examined is not None and examined.violated:
        return parting.bug(examined.kind, "state", examined)
    wrong = [
        one
        for values in final
        for pr in (k.prison0, *k.allprison)
        if pr.jid == values["jid"]
        for one in wrong_parameters(pr, values)
    ]
    examined = trace(parting.model, parting.program, end, wrong) or examined
    if examined is None:
        why = "The final parameters differ, and no call explains that."
        return Opinion(Verdict.UNEXPLAINED, None, "parameters", why)
    return parting.bug(examined.kind, "parameters", examined)


def left_over(parting: Parting) -> Opinion:
    """What is wrong if only the clean-up shows it."""
    text = parting.recorded["cleanup"]
    if text is None:
        return Opinion(
            Verdict.UNEXPLAINED,
            None,
            "state",
            "Nothing is left where something should be.",
        )
    kind = kind_left(text)
    return parting.bug(kind, "panic" if kind is BugKind.PANIC else "lifecycle")
