"""The page with all tables and answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module

from jaildiff.kernels.named import kernel
from jaildiff.kernels.registry import ARGUED, PROPOSALS
from jaildiff.programs.op_language import call_text
from jaildiff.programs.program import Program
from jaildiff.search.designs.blocks import Block, Heading, Listing
from jaildiff.search.designs.jid_space import first_restarts
from jaildiff.search.designs.managers import manager_lines
from jaildiff.search.designs.questions import QUESTIONS, Answer
from jaildiff.search.designs.survey import CAMPAIGN, Case, Survey
from jaildiff.search.designs.tables import Found, all_tables, answer_table, verdict_lines


def blocks(found: Found, programs: Mapping[str, Program], command: str) -> Iterator[Block]:
    """The whole page.  `programs` are the generated ones, by name; `command` wrote the page."""
    yield Heading(1, "The designs of review D28150")
    yield from opening(found.surveys)
    yield f"Written by: {command}"
    for table in all_tables(found):
        yield Heading(2, table.title)
        yield table
    yield Heading(2, "What these tools see")
    yield Listing(tuple(manager_lines(found.managers)))
    yield from answer_blocks(found.answers)
    yield Heading(2, "What each design decides")
    yield "The review leaves these open; each has a test."
    for name, model in PROPOSALS.items():
        yield Heading(3, f"{name} ({ARGUED})")
        yield Listing(tuple((import_module(model.package).__doc__ or "").strip().split("\n")))
    yield Heading(2, "Programs that are not in the corpus")
    restarts = map(first_restarts, map(kernel, found.spaces))
    for program in (*witnesses(found.surveys, programs), *restarts):
        yield Heading(3, program.id)
        yield Listing(
            tuple(f"{step}: {call_text(call)}" for step, call in enumerate(program.calls))
        )


def opening(surveys: Sequence[Survey]) -> Iterator[str]:
    """What is compared with what, and how far to trust it."""
    argued = [one.design for one in surveys if kernel(one.design).rests_on == ARGUED]
    yield (
        "Each design is compared with the kernel of 14 (legacy).  "
        f"{', '.join(argued)} are {ARGUED}: they were never built, so no recording speaks for "
        "them.  What they do follows from the review and, where that says nothing, from the "
        "decisions listed below."
    )


def answer_blocks(answers: Mapping[str, Sequence[Answer]]) -> Iterator[Block]:
    """The questions of the review."""
    for question, found in answers.items():
        yield from question_blocks(question, found)


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
