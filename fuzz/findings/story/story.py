"""The story of a finding in plain sentences."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass

from fuzz.differ.comparison import Comparison
from fuzz.differ.diff import Report
from fuzz.differ.verdict.divergence import Divergence, judge_case
from fuzz.differ.verdict.fingerprint import UNEXPLAINED
from fuzz.differ.walk import Violation
from fuzz.findings.catalogue import BY_ID as CATALOGUE
from fuzz.findings.glossary import QUOTED
from fuzz.findings.story.call_words import answer_words, call_words, capped, listed
from fuzz.findings.story.scene import Link, Scene, Scenes
from fuzz.kernels.bug_kinds import Side
from fuzz.kernels.invariants import BY_ID as INVARIANTS
from fuzz.programs.program import Program
from prison.call import Call

STRING_MAX = 60  # as it is quoted
WAYS_MAX = 2  # by which an earlier step reaches a call


@dataclass(frozen=True, slots=True)
class Story:
    """A finding as it is told, in this order; a part of which nothing is known is empty."""

    verdict: str
    did: str
    answered: str
    after: str  # what a user sees differ since then
    cause: str
    why: str
    says: str  # what manual, review or source it goes by
    advice: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it."""
        return tuple(sentence for sentence in astuple(self) if sentence)

    @property
    def general(self) -> tuple[str, ...]:
        """What its rule says wherever it is met."""
        return self.why, self.says, self.advice


def tell(program: Program, report: Report) -> list[Story]:
    """The stories of all divergences of a program, and then those of all its violations."""
    if not report.divergences and not report.violations:
        return []
    told = {d.step for d in report.divergences} | {v.step for v in report.violations}
    scenes = Scenes(program, report.comparison, told).found
    return [
        *(divergence_story(d, report, program, scenes[d.step]) for d in report.divergences),
        *(violation_story(v, report, program, scenes.get(v.step)) for v in report.violations),
    ]


def sentence(text: str) -> str:
    """The text with a capital letter and a full stop, long strings cut; nothing of nothing."""
    text = QUOTED.sub(lambda found: shortened(found.group()), text)
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def shortened(string: str) -> str:
    """A quoted string, cut if it is long."""
    return string if len(string) <= STRING_MAX else f'{string[: STRING_MAX // 2]}..."'


def divergence_story(found: Divergence, report: Report, program: Program, scene: Scene) -> Story:
    """The story of a root or an echo."""
    call, comparison = program.calls[found.step], report.comparison
    rule = comparison.rulebook.by_id.get(found.rule or "")
    others = {divergence.step: divergence for divergence in report.divergences}
    if found.kind == "root":
        cause = root_cause(found, call, scene, comparison)
    else:
        cause = echo_cause(found, others, scene)
    return Story(
        verdict=sentence(verdict(found, others, comparison)),
        did=f"Step {found.step}: {sentence(call_words(call, scene.who))}",
        answered=sentence(answer_words(call, found.old, found.new, comparison.words)),
        after=sentence(f"from then on {'; '.join(capped(scene.after))}" if scene.after else ""),
        cause=cause,
        why=rule.rationale if rule else "",
        says=sentence(f"source: {rule.reference}") if rule else "",
        advice=f"What to do: {CATALOGUE[found.rule or UNEXPLAINED].advice}",
    )


def verdict(found: Divergence, others: dict[int, Divergence], comparison: Comparison) -> str:
    """What a divergence is, and in which kernel; an echo is what the gravest of its roots is."""
    rule = comparison.rulebook.by_id.get(found.rule or "")
    if rule is None:
        return f"this is not explained: {found.why}"
    what = f"a bug of {whose(found.side, comparison)}" if found.side else "intended"
    if found.kind == "root" or rule in comparison.rulebook.echo_rules:
        return f"this is {what}: {rule.title}"
    rules = {others[cause].rule for cause in found.causes}
    which = "which is" if len(rules) == 1 else "the gravest of which is"
    return f"this follows from {steps(found.causes)}, {which} {what}: {rule.title}"


def whose(side: Side, comparison: Comparison) -> str:
    """The kernel that has a bug."""
    words = comparison.words
    return {Side.OLD: words.old_bug, Side.NEW: words.new_bug, Side.BOTH: "both kernels"}[side]


def steps(numbers: Sequence[int]) -> str:
    """Steps by their numbers."""
    return ("step " if len(numbers) == 1 else "steps ") + listed([*map(str, numbers)])


def root_cause(found: Divergence, call: Call, scene: Scene, comparison: Comparison) -> str:
    """Why the kernels part here; what they answer from one state, if theirs differed already."""
    told = ["the kernels treat this very call differently, even from one and the same state"]
    assert scene.step is not None
    step, rules = scene.step, comparison.rulebook
    judged = [case for case in step.cases if judge_case(step, case, rules)[1] == found]
    for case in judged[:1]:
        old, new = case.old.result, case.new.result
        if (old, new) != (found.old, found.new):
            told.append(f"from one state, {answer_words(call, old, new, comparison.words)}")
    told += scene.facts
    told += ways(scene.links)
    return " ".join(map(sentence, told))


def echo_cause(found: Divergence, others: dict[int, Divergence], scene: Scene) -> str:
    """Which earlier steps an echo comes from, and by what it comes."""
    if not found.causes:
        return "No earlier step was found to be the cause."
    told = [f"both kernels treat this call alike; the difference comes from {steps(found.causes)}"]
    if len(found.causes) == 1:
        told.append("if both kernels take that step alike, they agree here")
    causes = set(found.causes)
    near = causes | {step for step, other in others.items() if causes & set(other.causes)}
    later = {step for step in others if step > min(causes)}
    told += ways(scene.links, near) or ways(scene.links, later) or scene.facts
    return " ".join(map(sentence, told))


def ways(links: Iterable[Link], since: Container[int] | None = None) -> list[str]:
    """How a call meets what differs since one of these steps, or since any."""
    return [
        f"since step {link.since} this differs: {link.difference}; this call {link.meets}"
        for link in links
        if since is None or link.since in since
    ][:WAYS_MAX]


def violation_story(
    found: Violation, report: Report, program: Program, scene: Scene | None
) -> Story:
    """The story of a broken invariant."""
    words = report.comparison.words
    kernel = words.side(found.side)
    if scene is None:
        title, answered = "nothing is left when everything is taken away", ""
        did = "After the last step everything is taken away, jails and holders."
        broken = f"with {kernel} it ends otherwise: {found.why}"
    else:
        call = program.calls[found.step]
        title = INVARIANTS[found.invariant].title
        did = f"Step {found.step}: {sentence(call_words(call, scene.who))}"
        answered = sentence(answer_words(call, *report.answers[found.step], words))
        broken = f"from then on jail {found.jid} is wrong with {kernel}: {found.why}"
    return Story(
        verdict=sentence(f"this is a bug of {kernel}: it no longer holds that {title}"),
        did=did,
        answered=answered,
        after=sentence(broken),
        cause=" ".join(violation_cause(found, report, scene)),
        why=sentence("this must hold in any kernel" + (" between any two calls" if scene else "")),
        says="",
        advice=f"What to do: {INVARIANTS[found.invariant].advice}",
    )


def violation_cause(found: Violation, report: Report, scene: Scene | None) -> Iterator[str]:
    """What is known of where a violation comes from."""
    yield from (sentence(fact) for fact in (scene.facts if scene else ()))
    earlier = [d for d in report.divergences if d.step <= found.step]
    if found.side == "both" or not earlier:
        return
    last = earlier[-1]
    if last.step == found.step:
        yield sentence(f"at the same step the kernels differ ({last.rule or 'unexplained'})")
    else:
        first = earlier[0]
        yield sentence(
            f"the kernels differ since step {first.step} ({first.rule or 'unexplained'})"
        )
