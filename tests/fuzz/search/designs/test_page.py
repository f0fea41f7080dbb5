from html.parser import HTMLParser

import pytest

from jaildiff.differ.verdict.rule import Severity
from jaildiff.kernels.named import kernel
from jaildiff.search.designs.blocks import NOTHING, Block, Heading, Listing, Table
from jaildiff.search.designs.effect import Effect
from jaildiff.search.designs.jid_space import jid_spaces
from jaildiff.search.designs.managers import survey_managers
from jaildiff.search.designs.page import blocks, campaign_programs
from jaildiff.search.designs.questions import answers
from jaildiff.search.designs.render import html_page, markdown_page
from jaildiff.search.designs.survey import (
    CAMPAIGN,
    SCENARIOS,
    SURVEYED,
    Count,
    Key,
    Survey,
    cases,
    survey,
)
from jaildiff.search.designs.tables import Found, all_tables, cell
from tests.programs import CORPUS

EVIL = '<script>alert("x")</script> | `a` \x1b[31m'


@pytest.fixture(scope="module")
def found() -> list[Block]:
    """The page of a small survey."""
    chosen = [case for case in cases(CORPUS, 3, 1) if case.group != "scenarios"]
    surveys = [Survey(design) for design in SURVEYED]
    survey(chosen, surveys)
    spaces = {name: list(jid_spaces(kernel(name))) for name in ("legacy", *SURVEYED)}
    asked = {"jails-42-to-50": list(answers("jails-42-to-50", CORPUS))}
    found = Found(surveys, survey_managers(("no-fixed-jids",)), spaces, asked)
    return list(blocks(found, campaign_programs(chosen), "jaildiff designs"))


def test_every_cell_has_a_witness(found: list[Block]) -> None:
    """Whatever is counted names a program and a step, and a table has no empty cell."""
    tables = [block for block in found if isinstance(block, Table)]
    for table in tables:
        for row in table.rows:
            assert all(row[1:]), row
    counted = [cell for table in tables for row in table.rows for cell in row if "; see " in cell]
    assert counted
    assert all(cell == NOTHING or ":" in cell.rsplit(" ", 1)[-1] for cell in counted)


def test_a_cell_says_what_it_counts() -> None:
    """Each number has its noun, so that no legend is needed; what is not seen is left out."""
    one = Survey(
        "new",
        {
            Key(Effect.BREAKS, "errno", Severity.HIGH, rule): Count(
                {SCENARIOS: {"s33": 13, name: 2}, CAMPAIGN: {"seed-1": 5}}
            )
            for rule, name in (("a", "s33"), ("b", "s34"))
        },
    )
    assert cell(one, list(one.counts)) == "2 rules; scenarios 2, generated 1; see s33:2"
    assert cell(one, []) == NOTHING


def test_argued_is_said(found: list[Block]) -> None:
    """The page says of each proposal that it is argued, and lists its decisions."""
    text = markdown_page(found)
    for design in ("upward", "dead-bit", "invisible", "no-fixed-jids"):
        assert f"### {design} (argued)" in text
    assert "they were never built, so no recording speaks for them" in text
    assert "A removal of a dying jail finds no jail" in text


def test_html_is_escaped_and_whole() -> None:
    """Nothing in a cell, a heading or a listing is taken for markup; control characters show."""
    table = Table("t", EVIL, (EVIL,), ((EVIL,),))
    page = html_page([Heading(1, EVIL), EVIL, Listing((EVIL,)), table])
    assert "<script>" not in page
    assert "\x1b" not in page

    opened: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # it is given
            opened.add(tag)

    Tags().feed(page)
    assert opened <= {
        *("html", "meta", "title", "style", "h1", "p", "pre", "table", "tr", "th", "td")
    }


def test_markdown_is_escaped() -> None:
    """A cell ends no row, and a listing closes no fence."""
    page = markdown_page([Table("t", "about", ("a",), ((EVIL,),)), Listing(("```", EVIL))])
    assert "<script>" not in page.split("````")[0]
    assert page.count("\n| ") == 3
    assert "````text\n```" in page


def test_tables_have_full_rows(found: list[Block]) -> None:
    """Every row has as many cells as there are heads."""
    for table in (block for block in found if isinstance(block, Table)):
        assert {len(row) for row in table.rows} == {len(table.heads)}


def test_six_tables() -> None:
    """Overview, tools, mistakes, jids, surfaces, rules."""
    assert len(all_tables(Found([], [], {}, {}))) == 6
