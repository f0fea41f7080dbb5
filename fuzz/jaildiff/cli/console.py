"""What people see: findings, programs, judgements, rules, measurements, as lines and tables."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.styled import Styled

from jail_kernel.call import Result
from jaildiff.cli.terminal import out
from jaildiff.differ.annotate import divergence_text, violation_text
from jaildiff.differ.comparison import Words
from jaildiff.differ.diff import Report
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.differ.verdict.rule import Rule, Verdict
from jaildiff.differ.walk import Violation
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.catalogue import Named
from jaildiff.findings.command_calls import side_by_side
from jaildiff.findings.counting import count_bugs, counts_text, rows_of
from jaildiff.findings.evidence import Claim
from jaildiff.findings.finding import Finding
from jaildiff.findings.story.glossary import Word
from jaildiff.findings.story.story import tell
from jaildiff.kernels.bug_kinds import BugKind, Definition
from jaildiff.kernels.snapshot import answer_rows
from jaildiff.programs.commands.command import Op
from jaildiff.programs.op_language import call_text
from jaildiff.programs.program import Program
from jaildiff.recordings.judge_program import Judgement

ORDER = ("unexplained", "bug", "known bug", "intended")
if TYPE_CHECKING:
    from jaildiff.search.hunt.hunt_run import Job

STYLE = {"intended": "green", "bug": "red", "unexplained": "bold magenta", "known bug": "yellow"}
NAMED = 5  # programs named in a group with the same judgement


def status(finding: Finding) -> str:
    """The verdict, with a known bug told from a new one."""
    return "known bug" if finding.verdict == Verdict.BUG and finding.known else finding.verdict


def show_findings(findings: Iterable[Finding]) -> None:
    """One line for each rule: what it is, which kernel has it, how often it was seen."""
    by_rule: dict[tuple[str, str, str | None], list[Finding]] = defaultdict(list)
    for finding in findings:
        by_rule[status(finding), finding.rule or "unexplained", finding.side].append(finding)
    rows = []
    for verdict, rule, side in sorted(
        by_rule, key=lambda key: (ORDER.index(key[0]), key[2] or "", key[1])
    ):
        group = by_rule[verdict, rule, side]
        what = Group(rule, Styled(group[0].title, "dim"))
        seen = f"{sum(finding.count for finding in group):,}"
        rows.append((Styled(verdict, STYLE[verdict]), side or "-", what, seen, str(len(group))))
    heads = ("verdict", "kernel", Group("rule", "what"), "seen", "classes")
    out.table(heads, rows)


def show_job(job: "Job", seed: int, seconds: float) -> None:
    """How a fuzzing run ended."""
    hunt = job.hunt
    show_findings(hunt.findings.values())
    count = Counter(status(finding) for finding in hunt.findings.values())
    rate = hunt.ops / seconds if seconds else 0
    out.say(
        f"{job.replayed} corpus programs and {hunt.programs - job.replayed:,} generated ones, "
        f"{hunt.ops:,} ops in {seconds:.1f} s ({rate:,.0f} ops/s), seed {seed}"
        + (", interrupted" if job.interrupted else "")
    )
    if job.cut_short:
        out.say("The time ran out before the whole corpus was replayed.")
    if job.guide:
        paid = ", ".join(f"{kind} {number}" for kind, number in job.guide.kept.most_common())
        out.say(f"Programs kept to be changed, by what was new in them: {paid or 'none'}")
    for kind in ORDER:
        out.say(f"{count[kind]:5} classes {kind}", STYLE[kind] if count[kind] else "dim")
    out.say(counts_text(count_bugs(rows_of(hunt.findings.values())), hunt.comparison))
    for line in job.changed:
        out.say(line, "bold red")
    out.say(f"Witnesses: {job.out}/RULE-FINGERPRINT.jd; see one with: jaildiff run FILE")
    out.say(f"A page for people: jaildiff report {job.out}")


def show_report(
    program: Program,
    report: Report,
    baseline: Baseline,
    *,
    short: bool = False,
    calls: bool = False,
) -> None:
    """A program side by side: each op, both answers, and the verdict.  `short` tells each story in
    one paragraph.  `calls` shows below each command what it does.
    """
    out.say(f"{program.id}  (JAIL_MAX {program.jail_max})", "bold")
    if report.comparison.argued:
        out.say(report.comparison.argued, "bold")
    divergences = {divergence.step: divergence for divergence in report.divergences}
    words = report.comparison.words
    sides = (side.removeprefix("the ") for side in (words.old, words.new))
    rows: list[tuple[str | Styled, ...]] = []
    for step, ((old, new), call) in enumerate(zip(report.answers, program.calls, strict=False)):
        divergence = divergences.get(step)
        style = STYLE[divergence.verdict] if divergence else ""
        rows += step_rows(step, call, old, new, style)
        for doing, mine, theirs in side_by_side(old, new) if calls else ():
            rows.append(("", f"    {doing}", mine, "=" if mine == theirs else theirs))
    out.table(("step", "op", *sides), rows)
    heads: list[tuple[str, str, Divergence | Violation]] = [
        (f"step {d.step}: {divergence_text(d)}  {d.fingerprint}", STYLE[d.verdict], d)
        for d in report.divergences
    ]
    heads += [
        (f"step {v.step}: {violation_text(v)}  {v.fingerprint}", STYLE["bug"], v)
        for v in report.violations
    ]
    told: set[str] = set()
    for (head, colour, found), story in zip(heads, tell(program, report), strict=True):
        out.say(head, colour)
        known = known_words(baseline, found.fingerprint)
        # A rule's general text is printed once.
        lines = [known, *(line for line in story.sentences if line not in told)]
        if short:
            lines = [f"{story.short(told)} {known}".rstrip()]
        for line in filter(None, lines):
            out.paragraph(line)
        told.update(story.general)
    if heads:
        out.say("What a word means: jaildiff rules glossary", "dim")


def step_rows(
    step: int, call: Op, old: Result, new: Result, style: str
) -> Iterator[tuple[str | Styled, ...]]:
    """An op with both answers; those of a command have several lines."""
    one, other = answer_rows(old), answer_rows(new)
    answers = zip_longest(
        one.split("\n"), ("=" if one == other else other).split("\n"), fillvalue=""
    )
    head = (str(step), call_text(call))
    for mine, theirs in answers:
        yield (*head, Styled(mine, style), Styled(theirs, style))
        head = ("", "")


def known_words(baseline: Baseline, fingerprint: str) -> str:
    """Say that a mistake is known: the entry of the baseline, and the reason."""
    entry = baseline.entry(fingerprint)
    if entry is None:
        return ""
    where = f"{baseline.where}:{entry.line}" if entry.line else baseline.where
    return f"Known as {entry.mistake} ({where}, {entry.fingerprint}): {entry.reason}."


def what_it_is(fault: Mapping[str, Any] | None, words: Words) -> str:
    """Say which kernel was recorded, given the one fault behind all disagreements."""
    if fault is None:
        return f"It is {words.new}."
    if is_old(fault, words):
        return f"It is {words.old}."
    known = f": {fault['description']} ({fault['name']})" if fault["name"] else ""
    if fault["kind"] is None:
        return f"It is {words.new}, corrected{known}."
    return f"It is not {words.new}: {fault['kind']}, {fault['call'] or 'at the end'}{known}."


def is_old(fault: Mapping[str, Any] | None, words: Words) -> bool:
    """Whether the old kernel does all that was recorded."""
    return fault is not None and fault["description"] == words.old


def show_judgements(
    judgements: Sequence[Judgement], summary: Mapping[str, Any], words: Words
) -> None:
    """The judgement of a recorded kernel: the verdict, then each cause, then the sums.

    What tells the old kernel from the new one is no bug of it, and is not listed.
    """
    fault = summary["fault"]
    out.say(what_it_is(fault, words), "bold red" if fault and fault["kind"] else "green")
    for group in [] if is_old(fault, words) else by_cause(judgements):
        show_cause(group)
    out.say(
        f"{summary['programs']} programs: {summary['agree_with_new']} agree with {words.new}, "
        f"{summary['agree_with_legacy']} with {words.old}, "
        f"{summary['agree_with_neither']} with neither"
    )


def by_cause(judgements: Sequence[Judgement]) -> list[list[Judgement]]:
    """The disagreeing programs, grouped by judgement.  The largest group comes first, and in each
    the shortest program.
    """
    groups: dict[tuple[object, ...], list[Judgement]] = defaultdict(list)
    for one in sorted(judgements, key=lambda one: (one.step or 0, one.program)):
        if one.verdict is not None:
            groups[one.verdict, one.bug_kind, one.call, one.surface, one.why].append(one)
    return sorted(groups.values(), key=lambda group: -len(group))


def show_cause(group: Sequence[Judgement]) -> None:
    """One judgement, and the programs that have it."""
    first = group[0]
    assert first.verdict is not None
    said = f"{first.verdict} {first.bug_kind or ''}".strip()
    where = f"{first.call or 'the end'}, {first.surface}"
    programs = "1 program" if len(group) == 1 else f"{len(group):,} programs"
    out.say(f"{said} ({where}), in {programs}", STYLE[first.verdict])
    out.paragraph(first.why)
    for one in group[:NAMED]:
        out.paragraph(f"{one.program}: step {one.step}")
    if len(group) > NAMED:
        out.paragraph(f"and {len(group) - NAMED:,} more; --json names them all")


def show_rules(rules: Iterable[Rule[Any]]) -> None:
    """All rules, one line each."""
    rows = [
        (
            Group(rule.id, Styled(rule.title, "dim")),
            Styled(rule.verdict, STYLE[rule.verdict]),
            rule.side or "-",
            rule.bug_kind or "-",
            rule.severity,
        )
        for rule in rules
    ]
    out.table((Group("rule", "what"), "verdict", "kernel", "kind", "severity"), rows)


def show_kinds(definitions: Mapping[BugKind, Definition]) -> None:
    """Each kind of bug: what it is, an example, and how it differs from the others."""
    for kind, definition in definitions.items():
        out.say(str(kind), "bold")
        out.say(f"    {definition.meaning}")
        out.say(f"    For example: {definition.example}")
        out.say(f"    Told by: {definition.told_by}")


def show_rule(rule: Rule[Any]) -> None:
    """One rule in full."""
    out.say(rule.title, "bold")
    kind = f"{rule.bug_kind}, in the {rule.side} kernel" if rule.bug_kind else "-"
    rows = (
        ("id", rule.id),
        ("verdict", rule.verdict),
        ("bug", kind),
        ("surface", rule.surface),
        ("severity", rule.severity),
        ("why", rule.rationale),
        *(("" if place else "what to do", one.line) for place, one in enumerate(rule.advice)),
        ("reference", rule.reference),
        ("witness", f"corpus/{rule.witness}"),
    )
    out.table(("", ""), rows)


def show_named(named: Named) -> None:
    """An invariant in full."""
    out.say(named.title, "bold")
    rows = (
        ("id", named.id),
        ("verdict", "a kernel that breaks it has a bug"),
        ("severity", named.severity),
        ("why", named.why),
        ("what to do", named.advice),
    )
    out.table(("", ""), rows)


def show_glossary(words: Iterable[Word]) -> None:
    """Words with their meanings."""
    out.table(("word", "meaning"), [(word.word, word.meaning) for word in words])


def show_claims(claims: Iterable[Claim]) -> None:
    """The claims, and the evidence for each."""
    rows = [(claim.about, Group(claim.says, Group(*claim.lines))) for claim in claims]
    out.table(("about", Group("claim", "evidence")), rows)


def show_numbers(numbers: Mapping[str, object]) -> None:
    """The measurements of `bench`."""
    out.table(("measure", "value"), [*flat(numbers, "")])


def flat(numbers: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    """Nested numbers with their full names.  Several turns give the median and the range, a curve
    gives its last point.
    """
    for key, value in numbers.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping) and value.keys() == {"median", "low", "high"}:
            median, low, high = (digits(value[each]) for each in ("median", "low", "high"))
            yield name, f"{median} ({low} to {high})"
        elif isinstance(value, Mapping):
            yield from flat(value, f"{name} ")
        elif isinstance(value, list):
            yield f"{prefix}classes", digits(value[-1][2] if value else 0)
        elif isinstance(value, int | float):
            yield name, digits(value)


def digits(number: float) -> str:
    """A number for people: whole and large numbers have no fraction."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.{2 if number < 1000 else 0}f}"
