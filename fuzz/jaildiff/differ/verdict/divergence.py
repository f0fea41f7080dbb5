"""A divergence: what differs at one op, the verdict, the reason and the causes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from jail_kernel.call import Result, user_text
from jail_userland.events import Called
from jaildiff.differ.leave_one_out import Causes, WithoutCauses
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.steps.observation import Key
from jaildiff.differ.steps.root_experiment import Echo, RootExperiment
from jaildiff.differ.verdict.fingerprint import fingerprint
from jaildiff.differ.verdict.rule import Rule, Severity, Verdict
from jaildiff.differ.verdict.rulebook import Rulebook
from jaildiff.kernels.bug_kinds import BugKind, Side
from jaildiff.kernels.snapshot import PARAMETER
from jaildiff.programs.commands.command import Command
from jaildiff.programs.commands.command_result import CommandResult
from jaildiff.programs.op_language import call_text

NO_RULE: Final = "No rule claims it."
CONTESTED: Final = "More than one rule claims it: "
NOT_ATTRIBUTED = (
    "Not attributed within the budget: any earlier root may be the cause.  The gravest says:"
)


@dataclass(frozen=True, slots=True)
class Divergence:
    """One op at which the kernels differ; steps count from 0."""

    step: int
    kind: str  # root, echo
    verdict: Verdict
    rule: str | None
    bug_kind: BugKind | None
    side: Side | None
    severity: Severity
    surface: str
    causes: tuple[int, ...]  # the roots that cause an echo
    spared: tuple[int, ...]  # roots that healing names, too, but that are not needed
    left: WithoutCauses  # what the kernels do without the causes
    fingerprint: str
    old: Result
    new: Result
    differs: tuple[str, ...]  # what newly differs for a user
    why: str
    call: str = ""  # for a command: the system call that differs
    attributed: bool = True  # False: the causes were not found within the budget


def judge_root(step: Step, rulebook: Rulebook) -> Divergence:
    """The verdict on a root, by the only rule that claims it.

    If the kernels step differently from both states, there are two experiments.  We take the one
    whose answers are more like the real ones, or of equals the one with the graver verdict.
    """
    judged = [judge_case(step, case, rulebook) for case in step.cases]
    return max(judged, key=lambda pair: (pair[0], gravity(pair[1])))[1]


def other_roots(step: Step, root: Divergence, rulebook: Rulebook) -> list[Divergence]:
    """What a command's system calls show besides its gravest root, one root for each rule."""
    cases = step.cases if isinstance(step.call, Command) else ()
    judged = [judge_case(step, case, rulebook)[1] for case in cases]
    found = {one.rule: one for one in reversed(judged) if one.rule != root.rule}
    return list(found.values())[::-1]


def judge_case(step: Step, case: RootExperiment, rulebook: Rulebook) -> tuple[int, Divergence]:
    """How many answers of an experiment are the real ones, and the verdict on it."""
    given = (case.old.result == step.old) + (case.new.result == step.new)
    given *= not isinstance(step.call, Command)  # it has a case per call, and shows all
    rules = rulebook.claims(case)
    rule = rules[0] if len(rules) == 1 else None
    why = CONTESTED + ", ".join(r.id for r in rules) if rules else NO_RULE
    wrong = rulebook.flaw(case) if rule else None
    if rule is not None and wrong is not None:
        why = f"The rule {rule.id} would claim it, but {wrong}."
        rule = None
    shape = (
        outcome_shape(case.old.kind, case.old_effects),
        outcome_shape(case.new.kind, case.new_effects),
    )
    root = make(step, "root", rule, (), shape, why)
    if isinstance(step.call, Command) and not isinstance(case.call, Command):
        root = replace(root, call=call_text(case.call))
    return given, root


def judge_echo(step: Step, roots: Iterable[Divergence], rulebook: Rulebook) -> Divergence:
    """The verdict on an echo: by its own rule, or else that of the gravest of its roots.

    Roots that changed nothing themselves count only if there are no others.
    """
    roots = list(roots)
    causes = tuple(root.step for root in roots)
    shape = (surfaces(step)[0],)
    rules = rulebook.echo_claims(step.echo_of(tuple(root.rule for root in roots)))
    if rules:
        rule = rules[0] if len(rules) == 1 else None
        why = "" if rule else CONTESTED + ", ".join(r.id for r in rules)
        return make(step, "echo", rule, causes, shape, why)
    if not roots:
        return make(step, "echo", None, (), shape, "It comes from no root.")
    root = max(deciding(roots), key=gravity)
    echo = make(step, "echo", None, causes, shape, "")
    why = f"A consequence of step {root.step}: {root.why}"
    mark = fingerprint(root.rule, root.side, "echo of a root", shape)
    return inherit_verdict(replace(echo, fingerprint=mark), root, why)


def deciding(roots: Sequence[Divergence]) -> Sequence[Divergence]:
    """The roots whose verdicts count: those that changed something, or all if none did.

    A root that changed nothing that a user sees only decides what a later root does, and that one
    has a verdict of its own.
    """
    return [root for root in roots if not changed_nothing(root)] or roots


def changed_nothing(root: Divergence) -> bool:
    """Whether both kernels refused and nothing new differs."""
    refused = all(answer.errno is not None for answer in (root.old, root.new))
    return refused and not root.differs


def tested(echo: Divergence, found: Causes) -> Divergence:
    """The echo, with what leaving out tells about its causes."""
    return replace(echo, spared=found.spared, left=found.left)


def judge_attributed(
    step: Step,
    roots: Iterable[Divergence],
    causes: Collection[int] | None,
    rulebook: Rulebook,
) -> Divergence:
    """The verdict on an echo, given which of the roots cause it.

    If `causes` is None, they are not known.  Then it is judged as if all earlier roots caused it:
    the gravest gives the verdict, and `why` says so.
    """
    before = [root for root in roots if root.step < step.index]
    if causes is not None:
        return judge_echo(step, [root for root in before if root.step in causes], rulebook)
    echo = judge_echo(step, before, rulebook)
    return replace(echo, causes=(), attributed=False, why=f"{NOT_ATTRIBUTED}  {echo.why}")


def make(
    step: Step,
    kind: str,
    rule: Rule[RootExperiment] | Rule[Echo] | None,
    causes: tuple[int, ...],
    shape: tuple[object, ...],
    why: str,
) -> Divergence:
    """A divergence with the verdict of `rule`; unexplained if that is None."""
    rule_id, side = (rule.id, rule.side) if rule else (None, None)
    return Divergence(
        step=step.index,
        kind=kind,
        verdict=rule.verdict if rule else Verdict.UNEXPLAINED,
        rule=rule_id,
        bug_kind=rule.bug_kind if rule else None,
        side=side,
        severity=rule.severity if rule else Severity.HIGH,
        surface=str(rule.surface) if rule else surfaces(step)[0],
        causes=causes,
        spared=(),
        left=WithoutCauses.UNKNOWN,
        fingerprint=fingerprint(rule_id, side, kind, shape),
        old=step.old,
        new=step.new,
        differs=tuple(difference_text(key, what) for key, what in step.appeared),
        why=rule.rationale if rule else why,
        call=call_apart(step.old, step.new),
    )


def call_apart(old: Result, new: Result) -> str:
    """The first system call at which two runs of a command differ; "" if none does."""
    for one, other in zip_longest(system_calls(old), system_calls(new)):
        if one != other:
            return call_text((one or other).call)
    return ""


def system_calls(result: Result) -> list[Called]:
    """The system calls that a command made, with their answers."""
    events = result.events if isinstance(result, CommandResult) else ()
    return [event for event in events if isinstance(event, Called)]


def difference_text(key: Key, what: str) -> str:
    """One thing that differs, as text."""
    kind, which = key
    what = PARAMETER.get(what, what) if kind == "jail" else what
    return f"{kind} {user_text(which) if isinstance(which, str) else which}: {what}"


def inherit_verdict(echo: Divergence, root: Divergence, why: str) -> Divergence:
    """The echo with the verdict of its root."""
    return replace(
        echo,
        verdict=root.verdict,
        rule=root.rule,
        bug_kind=root.bug_kind,
        side=root.side,
        severity=root.severity,
        why=why,
    )


def gravity(divergence: Divergence) -> tuple[int, int, int]:
    """Sort key: unexplained, then bugs, then the rest; by severity; of equals the later step."""
    verdicts = (Verdict.INTENDED, Verdict.BUG, Verdict.UNEXPLAINED)
    severities = (Severity.LOW, Severity.MEDIUM, Severity.HIGH)
    return (
        verdicts.index(divergence.verdict),
        severities.index(divergence.severity),
        divergence.step,
    )


def surfaces(step: Step) -> list[str]:
    """The surfaces on which an op differs, the most telling first."""
    found = []
    if step.old.panicked != step.new.panicked:
        found.append("panic")
    elif isinstance(step.call, Command):
        found += command_surfaces(step.old, step.new)
    elif step.old.errno != step.new.errno:
        found.append("errno")
    elif step.old.errmsg != step.new.errmsg:
        found.append("message")
    elif step.old.ret != step.new.ret:
        found.append("jid")
    elif (step.old.values, step.old.wanted) != (step.new.values, step.new.wanted):
        found.append("parameters")
    for (kind, _), what in step.appeared:
        surface = APPEARED.get((kind, what), "parameters")
        if surface not in found:
            found.append(surface)
    return found or ["state"]


def command_surfaces(old: Result, new: Result) -> list[str]:
    """The surfaces on which the answers to a command differ."""
    if old.kind != new.kind:
        return ["exit status"]
    return ["output"] if old.values != new.values else []


ACCOMPANYING: Final = frozenset({"processes", "next jid", "updated"})

APPEARED: Final = {
    ("jail", "exists"): "lifecycle",
    ("jail", "state"): "lifecycle",
    ("jail", "jid"): "jid",
    ("jail", "name"): "name",
    ("jail", "childcount"): "count",
    ("process", "exists"): "process",
    ("process", "location"): "process",
    ("name", "order"): "name",
    ("next jid", "jid"): "next jid",
}


def outcome_shape(errno: str, effects: frozenset[str]) -> str:
    """An outcome without jids and names, and without effects that only accompany others."""
    return f"{errno}:{','.join(sorted(effects - ACCOMPANYING))}"
