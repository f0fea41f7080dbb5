"""The tables and answers as a page: Markdown and HTML from the same blocks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from markupsafe import Markup, escape

from fuzz.designs.jid_space import JidSpace, first_restarts
from fuzz.designs.questions import QUESTIONS, Answer
from fuzz.designs.survey import CAMPAIGN, Case, Survey
from fuzz.designs.tables import Table, all_tables, answer_table, verdict_lines
from fuzz.findings.reports.escaping import markdown, markdown_block
from fuzz.kernels.named import kernel
from fuzz.kernels.registry import ARGUED, PROPOSALS
from fuzz.programs.op_language import call_text
from fuzz.programs.program import Program
from fuzz.support.printable import printable

STYLE = """\
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid #bbb; padding: .25rem .5rem; text-align: left; vertical-align: top; }
pre { background: #f4f4f4; overflow-x: auto; padding: .5rem; }"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is that of the page."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines as they are."""

    lines: tuple[str, ...]


Block = Heading | Listing | Table | str  # a text is a paragraph


def blocks(
    surveys: Sequence[Survey],
    spaces: Mapping[str, Sequence[JidSpace]],
    answers: Mapping[str, Sequence[Answer]],
    programs: Mapping[str, Program],
) -> Iterator[Block]:
    """The whole page; `programs` are those of the campaign, by name."""
    yield Heading(1, "The designs of review D28150")
    yield from opening(surveys)
    for table in all_tables(surveys, spaces):
        yield Heading(2, table.title)
        yield table
    for question, found in answers.items():
        yield from question_blocks(question, found)
    yield Heading(2, "What each design decides")
    yield "The review leaves these open; each has a test."
    for name, model in PROPOSALS.items():
        yield Heading(3, f"{name} ({ARGUED})")
        yield Listing(tuple((import_module(model.package).__doc__ or "").strip().split("\n")))
    yield Heading(2, "Programs that are not in the corpus")
    for program in (*witnesses(surveys, programs), *map(first_restarts, map(kernel, spaces))):
        yield Heading(3, program.id)
        yield Listing(
            tuple(f"{step}: {call_text(call)}" for step, call in enumerate(program.calls))
        )


def opening(surveys: Sequence[Survey]) -> Iterator[str]:
    """What is compared with what, and how far it is to be trusted."""
    argued = [one.design for one in surveys if kernel(one.design).rests_on == ARGUED]
    yield (
        "Each design is compared with the kernel of 14 (legacy).  "
        f"{', '.join(argued)} are {ARGUED}: they were never built, so no recording speaks for "
        "them.  What they do follows from the review and, where that says nothing, from the "
        "decisions listed below."
    )


def question_blocks(question: str, found: Sequence[Answer]) -> Iterator[Block]:
    """One question, with its answers."""
    asked = QUESTIONS[question]
    yield Heading(2, asked.text)
    yield f"Asked by {asked.asked_by}.  Each program is in corpus/designs/questions."
    for answer in found:
        yield Heading(3, answer.program)
        yield answer_table(answer)
        yield Listing(tuple(verdict_lines(answer)))


def witnesses(surveys: Iterable[Survey], programs: Mapping[str, Program]) -> Iterator[Program]:
    """The generated programs that a cell names."""
    counts = (count for one in surveys for count in one.counts.values())
    named = {count.witness.program for count in counts if count.witness.group == CAMPAIGN}
    return (programs[name] for name in sorted(named))


def campaign_programs(cases: Iterable[Case]) -> dict[str, Program]:
    """The generated programs, by name."""
    return {case.name: case.program for case in cases if case.group == CAMPAIGN}


def markdown_page(found: Iterable[Block]) -> str:
    """The page as Markdown."""
    return "\n\n".join(map(markdown_of, found)) + "\n"


def markdown_of(block: Block) -> str:
    """One block."""
    match block:
        case Heading(level, text):
            return f"{'#' * level} {markdown(text)}"
        case Listing(lines):
            return str(markdown_block(list(lines)))
        case Table():
            rule = tuple("---" for _ in block.heads)
            rows = (block.heads, rule, *block.rows)
            drawn = ("| " + " | ".join(map(markdown, row)) + " |" for row in rows)
            return f"{markdown(block.about)}\n\n" + "\n".join(drawn)
    return str(markdown(block))


def html_page(found: Sequence[Block]) -> str:
    """The page as HTML, without anything from elsewhere."""
    title = next(block.text for block in found if isinstance(block, Heading))
    head = Markup('<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{}</title>\n')
    style = Markup("<style>\n{}\n</style>\n").format(Markup(STYLE))  # noqa: S704  # it is ours
    return head.format(title) + style + Markup("\n").join(map(html_of, found)) + "\n"


def html_of(block: Block) -> Markup:
    """One block."""
    match block:
        case Heading(level, text):
            return Markup("<h{0}>{1}</h{0}>").format(level, printable(text))
        case Listing(lines):
            return Markup("<pre>{}</pre>").format("\n".join(map(printable, lines)))
        case Table():
            rows = [html_row("th", block.heads), *(html_row("td", row) for row in block.rows)]
            table = Markup("<table>\n{}\n</table>").format(Markup("\n").join(rows))
            return Markup("<p>{}</p>\n").format(printable(block.about)) + table
    return Markup("<p>{}</p>").format(printable(block))


def html_row(tag: str, cells: Iterable[str]) -> Markup:
    """One row of a table."""
    made = (Markup("<{0}>{1}</{0}>").format(Markup(tag), escape(printable(c))) for c in cells)  # noqa: S704  # ours
    return Markup("<tr>{}</tr>").format(Markup("").join(made))
