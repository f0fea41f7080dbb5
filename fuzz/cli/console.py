"""What people see: tables on a terminal.  Markup in untrusted text is never interpreted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fuzz.differ.annotate import divergence_text, violation_text
from fuzz.differ.diff import Report
from fuzz.differ.verdict.divergence import Divergence
from fuzz.differ.verdict.rule import Rule, Verdict
from fuzz.differ.walk import Violation
from fuzz.findings.baseline import Baseline
from fuzz.findings.catalogue import Named
from fuzz.findings.evidence import Claim
from fuzz.findings.finding import Finding
from fuzz.findings.glossary import Word
from fuzz.findings.story.story import tell
from fuzz.findings.triage import mistakes, mistakes_text
from fuzz.kernels.snapshot import answer_line
from fuzz.programs.op_language import call_text
from fuzz.programs.program import Program
from fuzz.recordings.follow import Disagreement
from fuzz.recordings.judge_program import Judgement
from fuzz.support.printable import printable

ORDER = ("unexplained", "bug", "known bug", "intended")
if TYPE_CHECKING:
    from fuzz.search.hunt.hunt_run import Job

STYLE = {"intended": "green", "bug": "red", "unexplained": "bold magenta", "known bug": "yellow"}


class Terminal(Console):
    """A console without markup.  Colour is rich's choice: none in a pipe, none with NO_COLOR."""

    def on_broken_pipe(self) -> None:
        """The reader has gone; the command line knows what that means."""
        raise BrokenPipeError


out = Terminal(highlight=False, markup=False)
err = Terminal(stderr=True, highlight=False, markup=False)


def table(*columns: str) -> Table:
    """A plain table with these headings."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def status(finding: Finding) -> str:
    """The verdict, with a known bug told from a new one."""
    return "known bug" if finding.verdict == Verdict.BUG and finding.known else finding.verdict


def show_findings(findings: Iterable[Finding]) -> None:
    """One line for each rule: what it is, which kernel has it, how often it was seen."""
    by_rule: dict[tuple[str, str, str | None], list[Finding]] = defaultdict(list)
    for finding in findings:
        by_rule[status(finding), finding.rule or "unexplained", finding.side].append(finding)
    shown = table("verdict", "kernel", "what", "seen", "classes")
    for verdict, rule, side in sorted(
        by_rule, key=lambda key: (ORDER.index(key[0]), key[2] or "", key[1])
    ):
        group = by_rule[verdict, rule, side]
        what = Text(f"{group[0].title}\n").append(rule, "dim")
        seen = sum(finding.count for finding in group)
        shown.add_row(
            Text(verdict, STYLE[verdict]), side or "-", what, f"{seen:,}", str(len(group))
        )
    out.print(shown)


def show_job(job: "Job", seed: int, seconds: float) -> None:
    """How a fuzzing run ended."""
    hunt = job.hunt
    show_findings(hunt.findings.values())
    count = Counter(status(finding) for finding in hunt.findings.values())
    rate = hunt.ops / seconds if seconds else 0
    out.print(
        f"{job.replayed} corpus programs and {hunt.programs - job.replayed:,} generated ones, "
        f"{hunt.ops:,} ops in {seconds:.1f} s ({rate:,.0f} ops/s), seed {seed}"
        + (", interrupted" if job.interrupted else "")
    )
    if job.guide:
        paid = ", ".join(f"{kind} {number}" for kind, number in job.guide.kept.most_common())
        out.print(f"Programs kept to be changed, by what was new in them: {paid or 'none'}")
    for kind in ORDER:
        out.print(Text(f"{count[kind]:5} classes {kind}", STYLE[kind] if count[kind] else "dim"))
    out.print(mistakes_text(mistakes(hunt.baseline, hunt.findings)), soft_wrap=True)
    for line in job.changed:
        out.print(Text(line, "bold red"))
    out.print(f"Witnesses: {job.out}/RULE-FINGERPRINT.jd; see one with: jaildiff run FILE")
    out.print(f"A page for people: jaildiff report {job.out}")


def show_report(
    program: Program, report: Report, baseline: Baseline, *, short: bool = False
) -> None:
    """A program side by side: each op, both answers, and what is said of it; each story in one
    paragraph if it is to be short.
    """
    out.print(Text(f"{printable(program.id)}  (JAIL_MAX {program.jail_max})", "bold"))
    divergences = {divergence.step: divergence for divergence in report.divergences}
    words = report.comparison.words
    sides = (side.removeprefix("the ") for side in (words.old, words.new))
    shown = table("step", "op", *sides)
    for step, ((old, new), call) in enumerate(zip(report.answers, program.calls, strict=False)):
        divergence = divergences.get(step)
        style = STYLE[divergence.verdict] if divergence else ""
        one, other = answer_line(old), answer_line(new)
        shown.add_row(
            str(step),
            Text(call_text(call)),
            Text(one, style),
            Text("=" if one == other else other, style),
        )
    out.print(shown)
    heads: list[tuple[Text, Divergence | Violation]] = [
        (Text(f"step {d.step}: {divergence_text(d)}  {d.fingerprint}", STYLE[d.verdict]), d)
        for d in report.divergences
    ]
    heads += [
        (Text(f"step {v.step}: {violation_text(v)}  {v.fingerprint}", STYLE["bug"]), v)
        for v in report.violations
    ]
    told: set[str] = set()
    for (head, found), story in zip(heads, tell(program, report), strict=True):
        out.print(head)
        lines = [known_words(baseline, found.fingerprint)]
        # What a rule says wherever it is met is said once.
        lines += [story.short] if short else [line for line in story.sentences if line not in told]
        for line in filter(None, lines):
            out.print(Text(indented(printable(line), out.width)), soft_wrap=True)
        told.update(story.general)
    if heads:
        out.print(Text("What a word means: jaildiff rules glossary", "dim"))


def known_words(baseline: Baseline, fingerprint: str) -> str:
    """That a mistake is known, under which entry of the baseline, and why."""
    entry = baseline.entry(fingerprint)
    if entry is None:
        return ""
    where = f"{baseline.where}:{entry.line}" if entry.line else baseline.where
    return f"Known as {entry.mistake} ({where}, {entry.fingerprint}): {entry.reason}."


def indented(line: str, width: int) -> str:
    """A sentence below a heading, its later lines further in."""
    first, others = " " * 4, " " * 6
    return fill(line, width, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)


def show_disagreement(found: Disagreement) -> None:
    """Where a model and a recording part, side by side, with the program up to there."""
    out.print(
        Text(
            f"{printable(found.program)}: disagrees at step {found.step} in {found.what}",
            "bold red",
        )
    )
    for call in found.calls:
        out.print(Text(f"    {call}"))
    shown = table("recorded", "modelled")
    shown.add_row(printable(str(found.recorded)), printable(str(found.modelled)))
    out.print(shown)


def what_it_is(fault: Mapping[str, Any] | None) -> str:
    """Which kernel was recorded, given the one fault behind all that disagrees."""
    if fault is None:
        return "It is the new kernel."
    if fault["name"] == "legacy":
        return "It is the old kernel."
    known = f": {printable(fault['description'])} ({fault['name']})" if fault["name"] else ""
    if fault["kind"] is None:
        return f"It is the new kernel, corrected{known}."
    return f"It is not the new kernel: {fault['kind']}, {fault['call'] or 'at the end'}{known}."


def show_judgements(judgements: Sequence[Judgement], summary: Mapping[str, Any]) -> None:
    """A kernel that was judged by its recording: the verdict, each program, the sums."""
    fault = summary["fault"]
    out.print(Text(what_it_is(fault), "bold red" if fault and fault["kind"] else "green"))
    for judged in judgements:
        if judged.verdict is not None:
            said = f"{judged.verdict} {judged.bug_kind or ''}".strip()
            where = f"{judged.call or 'the end'}, {judged.surface}"
            line = f"{printable(judged.program)}: step {judged.step} ({where}): {said}"
            out.print(Text(line, STYLE[judged.verdict]))
            out.print(Text(f"    {printable(judged.why)}"))
    out.print(
        "{programs} programs: {agree_with_new} agree with the new kernel, {agree_with_legacy} "
        "with the old one, {agree_with_neither} with neither".format(**summary)
    )


def show_rules(rules: Iterable[Rule[Any]]) -> None:
    """All rules, a line each."""
    shown = table("rule", "verdict", "kernel", "kind", "severity", "title")
    for rule in rules:
        shown.add_row(
            rule.id,
            Text(rule.verdict, STYLE[rule.verdict]),
            rule.side or "",
            rule.bug_kind or "",
            rule.severity,
            rule.title,
        )
    out.print(shown)


def show_rule(rule: Rule[Any]) -> None:
    """One rule in full."""
    out.print(Text(rule.title, "bold"))
    shown = table("", "")
    kind = f"{rule.bug_kind}, in the {rule.side} kernel" if rule.bug_kind else "-"
    for key, value in (
        ("id", rule.id),
        ("verdict", rule.verdict),
        ("bug", kind),
        ("surface", rule.surface),
        ("severity", rule.severity),
        ("why", rule.rationale),
        ("what to do", "\n".join(one.line for one in rule.advice)),
        ("reference", rule.reference),
        ("witness", f"corpus/{rule.witness}"),
    ):
        shown.add_row(key, Text(value))
    out.print(shown)


def show_named(named: Named) -> None:
    """An invariant in full."""
    out.print(Text(named.title, "bold"))
    shown = table("", "")
    for key, value in (
        ("id", named.id),
        ("verdict", "a kernel that breaks it has a bug"),
        ("severity", named.severity),
        ("why", named.why),
        ("what to do", named.advice),
    ):
        shown.add_row(key, Text(value))
    out.print(shown)


def show_glossary(words: Iterable[Word]) -> None:
    """Words with their meanings."""
    shown = table("word", "meaning")
    for word in words:
        shown.add_row(word.word, word.meaning)
    out.print(shown)


def show_claims(claims: Iterable[Claim]) -> None:
    """What is claimed, and the evidence for it."""
    shown = table("about", "claim and evidence")
    for claim in claims:
        shown.add_row(claim.about, Text("\n".join([claim.says, *claim.lines])))
    out.print(shown)


def show_numbers(numbers: Mapping[str, object]) -> None:
    """What `bench` measured."""
    shown = table("measure", "value")
    for name, number in flat(numbers, ""):
        shown.add_row(name, f"{number:,.2f}" if isinstance(number, float) else f"{number:,}")
    out.print(shown)


def flat(numbers: Mapping[str, object], prefix: str) -> Iterator[tuple[str, int | float]]:
    """Nested numbers with their full names; of a curve, the last point."""
    for key, value in numbers.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from flat(value, f"{name} ")
        elif isinstance(value, list):
            yield f"{prefix}classes", value[-1][2] if value else 0
        elif isinstance(value, int | float):
            yield name, value
