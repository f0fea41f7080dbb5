"""The story of a finding in plain sentences."""

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from jail_kernel.call import Poke, Result
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import Report
from jaildiff.differ.leave_one_out import WithoutCauses
from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.differ.verdict.advice import Situation, lines
from jaildiff.differ.verdict.divergence import Divergence, deciding, judge_case
from jaildiff.differ.verdict.fingerprint import UNEXPLAINED
from jaildiff.differ.verdict.predicates import two_lives
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.walk import Violation
from jaildiff.findings.catalogue import BY_ID as CATALOGUE
from jaildiff.findings.story.call_words import (
    answer_words,
    call_words,
    listed,
    steps,
    values_words,
)
from jaildiff.findings.story.glossary import QUOTED
from jaildiff.findings.story.refusal_words import INVARIANTS_ONLY, needs_invariants
from jaildiff.findings.story.scene import Link, Scene, Scenes
from jaildiff.findings.story.violation_words import broken_by, mend_words, violation_cause, whose
from jaildiff.kernels.invariants import BY_ID as INVARIANTS
from jaildiff.programs.commands.command import Command, Op
from jaildiff.programs.program import Program

STRING_MAX = 60  # the longest string that is quoted whole; a longer one is cut to
HEAD, TAIL = 30, 12
CALL_MAX = 100  # of a command, as it is named
UNKNOWN_ADVICE = (f"What to do: {CATALOGUE[UNEXPLAINED].advice}",)
WAYS_MAX = 2  # ways in which an earlier step reaches a call


@dataclass(frozen=True, slots=True)
class Story:
    """The parts of a story, in the order in which they are told; unknown parts are empty."""

    verdict: str
    did: str
    answered: str
    checks: str  # which checks made a kernel refuse
    after: str  # what a user sees differ from then on
    cause: str
    why: str
    says: str  # the manual, review or source that it rests on
    advice: tuple[str, ...]  # a sentence for each audience

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it."""
        parts = (self.verdict, self.did, self.answered, self.checks, self.after, self.cause)
        return tuple(filter(None, (*parts, self.why, self.says, *self.advice)))

    def short(self, told: Collection[str] = ()) -> str:
        """One paragraph: what it is, what happened, and what to do unless that was told before."""
        advice = (line for line in self.advice if line not in told)
        parts = (self.verdict, self.did, self.answered, self.after, *advice)
        return " ".join(filter(None, parts))

    @property
    def general(self) -> tuple[str, ...]:
        """What its rule says, the same in every story."""
        return self.why, self.says, *self.advice


def tell(program: Program, report: Report) -> list[Story]:
    """The stories of all divergences of a program, and then those of all its violations."""
    if not report.divergences and not report.violations:
        return []
    told = {d.step for d in report.divergences} | {v.step for v in report.violations}
    scenes = Scenes(program, report.comparison, told).found
    by_step = {found.step: found for found in reversed(report.divergences)}  # the gravest of each
    return [
        *(divergence_story(d, by_step, report, program, scenes) for d in report.divergences),
        *(violation_story(v, report, program, scenes.get(v.step)) for v in report.violations),
    ]


def sentence(text: str) -> str:
    """Add a capital letter and a full stop, and cut long strings; an empty text stays empty."""
    text = QUOTED.sub(lambda found: shortened(found.group()), text)
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def shortened(string: str) -> str:
    """A quoted string, cut if it is long."""
    return string if len(string) <= STRING_MAX else f"{string[:HEAD]}...{string[-TAIL:]}"


def divergence_story(
    found: Divergence,
    others: dict[int, Divergence],
    report: Report,
    program: Program,
    scenes: Mapping[int, Scene],
) -> Story:
    """The story of a root or an echo; `others` are all divergences, by step."""
    call, comparison, scene = program.calls[found.step], report.comparison, scenes[found.step]
    rule = comparison.rulebook.by_id.get(found.rule or "")
    case = judged_case(found, scene, comparison)
    if found.kind == "root":
        cause = root_cause(found, call, scene, comparison, case)
    else:
        cause = echo_cause(found, others, scene, program)
    return Story(
        verdict=sentence(verdict(found, others, comparison)),
        did=did(program, found.step, scene, (found.old, found.new)),
        answered=sentence(answer_words(call, found.old, found.new, comparison.words)),
        checks=" ".join(map(sentence, scene.checks)),
        after=sentence(f"from then on {'; '.join(scene.after)}" if scene.after else ""),
        cause=cause + after_poke(program, found.step),
        why=rule.rationale if rule else "",
        says=sentence(f"source: {rule.reference}") if rule else "",
        advice=lines(rule.advice, situation(found, others, report, program, scenes))
        if rule
        else UNKNOWN_ADVICE,
    )


def situation(
    found: Divergence,
    others: Mapping[int, Divergence],
    report: Report,
    program: Program,
    scenes: Mapping[int, Scene],
) -> Situation:
    """The case to ask advice for: for an echo, that of the root that gives it its rule."""
    roots = [others[cause] for cause in found.causes if others[cause].rule == found.rule]
    root = roots[-1] if roots else found
    case = judged_case(root, scenes[root.step], report.comparison)
    return Situation(case.call if case else program.calls[root.step], case)


def judged_case(found: Divergence, scene: Scene, comparison: Comparison) -> RootExperiment | None:
    """The experiment by which a root is judged."""
    step, rules = scene.step, comparison.rulebook
    if step is None or found.kind != "root":
        return None
    return next((case for case in step.cases if judge_case(step, case, rules)[1] == found), None)


def did(program: Program, step: int, scene: Scene, answers: tuple[Result, Result]) -> str:
    """The step, and what was done at it, or only asked for if a kernel refused."""
    done = all(answer.ok or answer.panicked for answer in answers)
    words = call_words(program.calls[step], scene.who, program.jail_max, done=done)
    return f"Step {step}: {sentence(words)}"


def after_poke(program: Program, step: int) -> str:
    """The pokes before a step, which stand for very many others."""
    pokes = [number for number, call in enumerate(program.calls[:step]) if isinstance(call, Poke)]
    if not pokes:
        return ""
    words = call_words(program.calls[pokes[-1]], "", program.jail_max)
    return f" {sentence(f'since step {pokes[-1]} {words}')}"


def verdict(found: Divergence, others: dict[int, Divergence], comparison: Comparison) -> str:
    """What a divergence is, and in which kernel; an echo is judged by the gravest of its roots."""
    rule = comparison.rulebook.by_id.get(found.rule or "")
    if rule is None:
        return f"this is not explained: {found.why}"
    if rule.verdict is Verdict.UNEXPLAINED:
        return f"this cannot be judged: {rule.title}"
    what = f"a bug of {whose(found.side, comparison)}" if found.side else "intended"
    if found.kind == "root" or rule in comparison.rulebook.echo_rules:
        return f"this is {what}: {rule.title}"
    if not found.attributed:
        return f"this follows from earlier steps, the gravest of which is {what}: {rule.title}"
    decide = deciding([others[cause] for cause in found.causes])
    which = "which is" if len({root.rule for root in decide}) == 1 else "the gravest of which is"
    return (
        f"this follows from {steps([root.step for root in decide])}, {which} {what}: {rule.title}"
    )


def root_cause(
    found: Divergence, call: Op, scene: Scene, comparison: Comparison, case: RootExperiment | None
) -> str:
    """Why the kernels differ here, and their answers from one state if their states differed."""
    told = [f"{this_call(found, call)} differently, even from one and the same state"]
    apart = case is not None and (case.old.result, case.new.result) != (found.old, found.new)
    if case is not None and apart and not same_from_a_command(call, case):
        alike = answer_words(case.call, case.old.result, case.new.result, comparison.words)
        told.append(f"from one state, {alike}")
    told += scene.facts
    told += ways(scene.links) if apart else ()
    lives = None if case is None else two_lives(case)
    if lives is not None and lives[0] != lives[1]:
        values = values_words(*lives, comparison.words)
        told.append(f"but for its jid and whether it persists, the jail {values}")
    return " ".join(map(sentence, told))


def same_from_a_command(call: Op, case: RootExperiment) -> bool:
    """Whether a command is answered alike at the call at which the kernels part."""
    return isinstance(call, Command) and case.old.result == case.new.result


def this_call(found: Divergence, call: Op) -> str:
    """Say what a root is about: the call, a call that a command makes, or the command itself."""
    if not isinstance(call, Command):
        return "the kernels treat this very call"
    if not found.call:
        return "the two userlands do this, on one kernel,"
    return f"the kernels treat a call of this command, `{call_inside(found)}`,"


def call_inside(found: Divergence) -> str:
    """The system call of a command at which a divergence is, cut if it is long."""
    text = found.call.partition(": ")[2]
    return text if len(text) <= CALL_MAX else f"{text[:CALL_MAX]}...)"


def cause_words(found: Divergence, others: Mapping[int, Divergence], program: Program) -> str:
    """The steps that an echo comes from; a command with its words, and its call."""
    causes = [(cause, program.calls[cause]) for cause in found.causes]
    if not any(isinstance(call, Command) for _, call in causes):
        return steps(found.causes)
    return listed([command_step(others[cause], call) for cause, call in causes])


def command_step(cause: Divergence, call: Op) -> str:
    """A step, and the command that it is."""
    if not isinstance(call, Command):
        return f"step {cause.step}"
    its = f" (its call `{call_inside(cause)}`)" if cause.call else ""
    return f"step {cause.step}, the command `{shlex.join(call.argv)}`{its}"


def echo_cause(
    found: Divergence, others: dict[int, Divergence], scene: Scene, program: Program
) -> str:
    """Which earlier steps an echo comes from, and in which way."""
    if not found.attributed:
        return "Which earlier steps it comes from was not found out: that takes too many runs."
    if not found.causes:
        return "No earlier step was found to be the cause."
    causing = cause_words(found, others, program)
    told = [f"{treated(scene)}; the difference comes from {causing}"]
    told += [f"the two runs part at its call `{call_inside(found)}`"] if found.call else []
    told += left_words(found)
    told += idle_words(found, others)
    causes = set(found.causes)

    def near(step: int) -> bool:
        return step in causes or not causes.isdisjoint(others[step].causes)

    links = [link for link in scene.links if link.since in others]
    told += scene.facts
    told += ways(link for link in links if near(link.since)) or ways(
        link for link in links if link.since > min(causes)
    )
    return " ".join(map(sentence, told))


def treated(scene: Scene) -> str:
    """How the kernels treat the call of an echo, from one state."""
    what = "command" if scene.step and isinstance(scene.step.call, Command) else "call"
    if scene.step is not None and scene.step.reworded:
        return f"from one state both kernels refuse this {what} with one error, in other words"
    if scene.step is not None and scene.step.would_panic:
        return f"from one state one of the kernels would panic at this {what}"
    return f"both kernels treat this {what} alike"


def left_words(found: Divergence) -> Iterator[str]:
    """What an echo looks like without its causes, and which steps are not needed for it."""
    one = len(found.causes) == 1
    that = "that step" if one else "these steps"
    match found.left:
        case WithoutCauses.AGREE:
            none = "not at all" if one else "none of them"
            yield f"if both kernels take {that} alike, or {none}, they agree here"
        case WithoutCauses.LEFT_OUT:
            yield f"without {that} they agree here"
        case WithoutCauses.OTHERS:
            make = "makes" if len(found.spared) == 1 else "make"
            yield (
                f"without {steps(found.causes)} alone, {steps(found.spared)} {make} them differ "
                "here; without all of these they agree"
            )
        case WithoutCauses.ROOT:
            yield f"without {that} the kernels would treat this very call differently"
        case WithoutCauses.OTHERWISE:
            yield f"without {that} they differ here in another way"
        case WithoutCauses.SAME:
            yield (
                "if both kernels had done the same there, they would agree here; without "
                f"{that}, much the same is seen for other reasons"
            )
    if found.spared:
        are = "is" if len(found.spared) == 1 else "are"
        yield f"{steps(found.spared)} {are} not needed: without, much the same is seen here"


def idle_words(found: Divergence, others: Mapping[int, Divergence]) -> Iterator[str]:
    """Which causes change nothing that a user sees, but only what later steps do."""
    causing = [others[cause] for cause in found.causes]
    decide = deciding(causing)
    idle = [root.step for root in causing if root not in decide]
    if idle:
        yield (
            f"at {steps(idle)} both kernels refuse and nothing comes to differ, but without "
            f"{'it' if len(idle) == 1 else 'them'} a later step would go otherwise"
        )


def ways(links: Iterable[Link]) -> list[str]:
    """How a call meets differences from earlier steps, each told once."""
    told: dict[str, Link] = {}
    for link in links:
        told.setdefault(link.difference, link)
        if len(told) == WAYS_MAX:
            break
    return [
        f"since step {link.since} this differs: {link.difference}; this call {link.meets}"
        for link in told.values()
    ]


def violation_story(
    found: Violation, report: Report, program: Program, scene: Scene | None
) -> Story:
    """The story of a broken invariant."""
    comparison, invariant = report.comparison, INVARIANTS[found.invariant]
    words, answered = comparison.words, ""
    kernel = words.side(found.side)
    if scene is None:
        told = "After the last step everything is taken away, jails and holders."
        broken = f"with {kernel} it ends otherwise: {found.why}"
        if needs_invariants(found.why):
            broken += f"; {INVARIANTS_ONLY}"
    else:
        answers = report.answers[found.step]
        told = did(program, found.step, scene, answers)
        answered = sentence(answer_words(program.calls[found.step], *answers, words))
        broken = f"from then on jail {found.jid} is wrong with {kernel}: {found.why}"
    return Story(
        verdict=sentence(
            f"this is a bug of {broken_by(found, comparison)}: it no longer holds that "
            f"{invariant.title}"
        ),
        did=told,
        answered=answered,
        checks=" ".join(map(sentence, scene.checks)) if scene else "",
        after=sentence(broken),
        cause=" ".join(map(sentence, violation_cause(found, report, scene)))
        + after_poke(program, found.step),
        why=sentence("this must hold in any kernel" + (" between any two calls" if scene else "")),
        says="",
        advice=mend_words(found, report),
    )
