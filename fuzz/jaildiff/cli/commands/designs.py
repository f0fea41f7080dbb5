"""`jaildiff designs`: the designs of the review side by side."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from jaildiff.cli.exit_codes import INTERRUPTED
from jaildiff.cli.options import as_json, extra, output
from jaildiff.cli.progress import progress_bar
from jaildiff.cli.terminal import complain, out, say_json
from jaildiff.kernels.named import kernel
from jaildiff.kernels.registry import ARGUED, LEGACY
from jaildiff.search.designs.blocks import Block, Heading, Listing, Table
from jaildiff.search.designs.fork_lock import ORDERS, results
from jaildiff.search.designs.fork_lock_page import fork_lock_blocks
from jaildiff.search.designs.jid_space import jid_spaces
from jaildiff.search.designs.managers import manager_lines, survey_managers
from jaildiff.search.designs.mistakes import mistakes_of
from jaildiff.search.designs.page import answer_blocks, blocks, campaign_programs
from jaildiff.search.designs.questions import QUESTIONS, Answer, answers
from jaildiff.search.designs.survey import FOLDERS, SURVEYED, Case, Survey, cases, survey
from jaildiff.search.designs.tables import (
    Found,
    all_tables,
    answer_table,
    survey_tables,
    verdict_lines,
)
from jaildiff.support.files import write_atomic

FORK_LOCK = "fork-lock"
Answers = dict[str, list[Answer]]


@click.command()
@click.option(
    "--runs",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Number of idioms of jail managers, and of generated programs.",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Seed of the generated programs."
)
@click.option(
    "--corpus",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("corpus"),
    show_default=True,
    help="Folder with the scenarios.",
)
@click.option(
    "--ask",
    type=click.Choice([*QUESTIONS, FORK_LOCK]),
    help="Answer only this question of the review.",
)
@click.option("--html", type=output, help="Write the page as HTML.")
@click.option("--markdown", type=output, help="Write the page as Markdown.")
@as_json
def designs(
    runs: int,
    seed: int,
    corpus: Path,
    ask: str | None,
    html: Path | None,
    markdown: Path | None,
    as_json: bool,
) -> int:
    """Compare the designs that the review discussed, and the one that landed, with 14.

    \b
    upward         the dying jail moves to the next automatic jid
    dead-bit       a jail that dies gets a bit in its jid, and is found by name alone
    invisible      a dying jail cannot be seen or named
    no-fixed-jids  a create may not name a jid
    renamed        as new, and a numeric name follows the renumbering
    corrected      as new, and every known mistake is corrected

    All but new are argued: they were never built, so no recording speaks for them.  Each runs the
    scenarios of the corpus, recorded idioms of jail managers and generated programs, and the tools
    of impact --profile all with the programs of 14.

    \b
    jaildiff designs --ask jails-42-to-50
    jaildiff designs --ask fork-lock
    jaildiff run --kernels legacy,upward corpus/designs/questions/jails-42-to-50.jd

    Exit codes: 0 done, 2 usage or bad input, 3 internal error, 130 interrupted.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark
    pages = Pages(html, markdown)
    if ask == FORK_LOCK:
        return show_fork_lock(pages, as_json=as_json)
    asked = {q: list(answers(q, corpus)) for q in (QUESTIONS if ask is None else (ask,))}
    if ask is None:
        return compare_designs(
            list(cases(corpus, runs, seed)), (runs, seed), asked, pages, as_json=as_json
        )
    pages.write(answer_blocks(asked))
    if as_json:
        say_json(answers_json(asked))
    else:
        show_answers(asked)
    return 0


@dataclass(frozen=True, slots=True)
class Pages:
    """Write the requested files."""

    html: Path | None
    markdown: Path | None

    def write(self, blocks: Iterable[Block]) -> None:
        """Write the page, in each form."""
        if self.html is None and self.markdown is None:
            return
        with extra("report"):
            from jaildiff.search.designs.render import html_page, markdown_page  # noqa: PLC0415  # it needs a library of reports
        found = list(blocks)
        if self.html is not None:
            write_atomic(self.html, html_page(found))
        if self.markdown is not None:
            write_atomic(self.markdown, markdown_page(found))


def compare_designs(
    chosen: list[Case], asked_for: tuple[int, int], asked: Answers, pages: Pages, *, as_json: bool
) -> int:
    """Everything about all designs; `asked_for` is the number of programs and the seed."""
    runs, seed = asked_for
    surveys = [Survey(design) for design in SURVEYED]
    if not surveyed(chosen, surveys, quiet=as_json):
        return cut_short(surveys, as_json=as_json)
    spaces = {name: list(jid_spaces(kernel(name))) for name in (LEGACY.name, *SURVEYED)}
    found = Found(surveys, survey_managers(SURVEYED), spaces, asked)
    command = f"jaildiff designs --runs {runs} --seed {seed} --markdown designs.md"
    pages.write(blocks(found, campaign_programs(chosen), command))
    if as_json:
        say_json({"runs": runs, "seed": seed} | summary(found) | answers_json(asked))
        return 0
    for table in all_tables(found):
        show_table(table)
    for line in manager_lines(found.managers):
        out.paragraph(line)
    show_answers(asked)
    return 0


def cut_short(surveys: list[Survey], *, as_json: bool) -> int:
    """What was found before an interrupt, without a page."""
    if as_json:
        say_json({"interrupted": True, "designs": [design_json(one) for one in surveys]})
        return INTERRUPTED
    for table in survey_tables(surveys):
        show_table(table)
    complain("interrupted: some programs were not run, and no page was written")
    return INTERRUPTED


def show_fork_lock(pages: Pages, *, as_json: bool) -> int:
    """The page about the locks."""
    if as_json:
        say_json({"fork_lock": [asdict(one) for order in ORDERS for one in results(order)]})
        return 0
    found = list(fork_lock_blocks())
    pages.write(found)
    for block in found:
        show_block(block)
    return 0


def surveyed(chosen: list[Case], surveys: list[Survey], *, quiet: bool) -> bool:
    """Run the programs, with a bar on a terminal; False if that was interrupted."""
    bar = progress_bar(quiet=quiet, after="{task.completed:,} of {task.total:,} programs")
    try:
        with bar:
            task = bar.add_task("comparing", total=len(chosen))
            survey(chosen, surveys, lambda done: bar.update(task, completed=done))
    except KeyboardInterrupt:
        return False
    return True


def show_block(block: Block) -> None:
    """A part of a page, on a terminal."""
    match block:
        case Heading(_, text):
            out.say(text, "bold")
        case Listing(lines):
            for line in lines:
                out.say(f"    {line}")
        case Table():
            show_table(block)
        case _:
            out.paragraph(block)


def show_table(table: Table) -> None:
    """A table with its title."""
    out.say(table.title, "bold")
    out.paragraph(table.about)
    out.table(table.heads, table.rows)
    out.say("")


def show_answers(asked: Answers) -> None:
    """The questions of the review, with programs."""
    for question, found in asked.items():
        out.say(f"{QUESTIONS[question].text} (asked by {QUESTIONS[question].asked_by})", "bold")
        for answer in found:
            show_table(answer_table(answer))
            for line in verdict_lines(answer):
                out.paragraph(line)
    out.say(f"Every kernel here but legacy and new is {ARGUED}: no recording speaks for it.", "dim")


def summary(found: Found) -> dict[str, object]:
    """Everything for machines."""
    return {
        "designs": [design_json(one) for one in found.surveys],
        "managers": [asdict(one) for one in found.managers],
        "jids": {name: [asdict(space) for space in each] for name, each in found.spaces.items()},
    }


def design_json(one: Survey) -> dict[str, object]:
    """The effects of one design, each count with its witness."""
    found = mistakes_of(one)
    return {
        "design": one.design,
        "title": kernel(one.design).title,
        "rests_on": kernel(one.design).rests_on,
        "effects": [
            key._asdict()
            | {"programs": {group: count.number(group) for group in (*FOLDERS, "campaign")}}
            | {"witness": str(count.witness)}
            for key, count in sorted(one.counts.items(), key=lambda item: item[0].rank)
        ],
        "has": {name: str(place) for name, place in found.has.items()},
        "removes": {name: str(place) for name, place in found.removes.items()},
    }


def answers_json(asked: Answers) -> dict[str, object]:
    """The answers for machines."""
    return {"questions": {q: [asdict(one) for one in found] for q, found in asked.items()}}
