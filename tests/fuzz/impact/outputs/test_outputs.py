"""The same matter in every form, and what is hostile inert in each."""

import json
from pathlib import Path

import pytest

from jaildiff.impact.describe.findings import Impact
from jaildiff.impact.describe.judging import Effect
from jaildiff.impact.outputs.html import html_of
from jaildiff.impact.outputs.machine import impact_json
from jaildiff.impact.outputs.markdown import markdown_of
from jaildiff.impact.outputs.rows import heading, notes, rows
from tests.impacts import DYING, PLAIN, STATIC, told

HOSTILE = '"<img src=x onerror=alert(1)>[l](http://e)|`x`"'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Impact:
    """What is told of a jail with a name that is markup."""
    return told(tmp_path_factory.mktemp("x"), STATIC.replace("web", HOSTILE))


def test_the_rows_have_an_order(tmp_path: Path) -> None:
    """What is done, both sides, why, since when, where, what instead, what else."""
    impact = told(tmp_path, STATIC)
    labels = [label for label, _ in rows(impact.findings[0])]
    assert labels == [
        "You do",
        "On 14",
        "On 15",
        "Why",
        "Since",
        "Written in",
        "On 14 you can",
        "The same",
    ]
    assert heading(impact.findings[0]) == "Improves, while something lingers, for web"


def test_what_has_to_be_done_is_told_from_what_can_be(tmp_path: Path) -> None:
    """What breaks is to be written in another way; what improves only can be, to have it on 14."""
    for one in told(tmp_path, DYING).findings:
        other = "Write instead" if one.effect is Effect.IMPROVES else "On 14 you can"
        assert other not in dict(rows(one))
    assert any("Write instead" in dict(rows(one)) for one in told(tmp_path, DYING).findings)
    (better,) = told(tmp_path, STATIC).findings
    assert ("On 14 you can", better.instead[0]) in list(rows(better))


def test_what_is_not_modelled_and_does_not_start_is_noted(tmp_path: Path) -> None:
    """At the end, in a line each."""
    text = PLAIN + "a { allow.vmm; }\nb { path = rel; }\n"
    noted = list(notes(told(tmp_path, text)))
    assert noted[1:] == [
        "Does not start, on 14 nor on 15: b (jail: b: path rel: not an absolute pathname).",
        "Not modelled, and so without effect here: allow.vmm.",
    ]


def test_json_can_be_written_and_read(hostile: Impact) -> None:
    """All of it is plain values."""
    value = json.loads(json.dumps(impact_json(hostile)))
    assert value["findings"][0]["effect"] == "improves"
    assert value["findings"][0]["places"][0].endswith("jail.conf:5")


def test_markup_is_text_in_a_page(hostile: Impact) -> None:
    """A name cannot become an element, and the page loads nothing."""
    page = html_of([hostile])
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert "http://" not in page.replace("http://e", "")
    assert "<script" not in page


def test_markup_is_text_in_markdown(hostile: Impact) -> None:
    """Neither HTML nor a link nor the end of a code span."""
    text = markdown_of(hostile)
    assert "<img" not in text
    assert "](http://e)" not in text


def test_the_same_configuration_gives_the_same_page(tmp_path: Path) -> None:
    """Byte for byte."""
    first, second = (html_of([told(tmp_path, STATIC)]) for _ in range(2))
    assert first == second
