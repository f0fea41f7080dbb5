import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaildiff.findings.reports.ci_outcome import Outcome
from jaildiff.findings.reports.github import annotations, job_summary
from tests.outcomes import ALL, BUG, CHANGED, NASTY, UNEXPLAINED, VIOLATION, told

# A workflow command as the runner reads it: :: name, blank, properties, ::, data.
COMMAND = re.compile(r"::(error|warning|notice) file=([^,:]*),line=(\d+),title=([^,:]*)::(.*)")


def read(outcome: Outcome) -> list[tuple[str, str, int, str, str]]:
    """The annotations as a runner understands them."""
    found = []
    for line in annotations(outcome):
        command = COMMAND.fullmatch(line)
        assert command, line
        level, file, number, title, data = command.groups()
        found.append((level, unquote(file), int(number), unquote(title), unquote(data)))
    return found


def test_annotation() -> None:
    """A finding is told at its witness, in full."""
    (line,) = annotations(told(BUG))
    assert line == (
        "::warning file=findings/dying-jid-reused-0000000000000001.jd,line=12,"
        "title=jaildiff%3A bug failed-create-renumbers 0000000000000002::"
        "a create that fails renumbers. What the patch is for.%0A"
        "step 4: p1: jail_set(CREATE, jid=1, persist)%0A"
        'old kernel: EEXIST "jail 1 already exists"%0A'
        "new kernel: 1%0A"
        "differs: jail 1: state"
    )


@pytest.mark.parametrize(
    ("fail_on", "expected"),
    [
        ("bug", ["error", "error", "warning"]),
        ("unexplained", ["error"]),
        ("any", ["error", "error", "warning", "warning", "notice"]),
    ],
)
def test_only_what_fails(fail_on: str, expected: list[str]) -> None:
    """What does not fail the run takes no room; of what does the loudest comes first."""
    assert [level for level, *_ in read(told(*ALL, fail_on=fail_on))] == expected


def test_unexplained() -> None:
    """What no rule explains is told as such."""
    ((_, _, _, title, _),) = read(told(UNEXPLAINED))
    assert title == "jaildiff: unexplained unexplained 0000000000000005"


def test_changed() -> None:
    """A program that answers otherwise than it says is annotated at its line."""
    assert read(told(changed=(CHANGED,))) == [
        (
            "error",
            "corpus/a.jd",
            4,
            "jaildiff: a program answers otherwise than it says",
            "expected old '7', found '0'",
        )
    ]


@given(st.one_of(st.just(NASTY), st.text()))
def test_untrusted_text(text: str) -> None:
    """Whatever an answer or a file is called, one finding is one command, and says all of it."""
    place = replace(CHANGED.place, file=f"{text}.jd")
    outcome = told(replace(VIOLATION, why=text), changed=(replace(CHANGED, place=place),))
    (changed, violation) = read(outcome)
    assert changed[1].isprintable()
    assert all(row.isprintable() for row in violation[4].split("\n"))
    assert violation[4].count("\n") == 1


# WHAT GITHUB SHOWS


def many(number: int) -> Outcome:
    """An outcome with so many errors, and a warning."""
    errors = [
        replace(UNEXPLAINED, fingerprint=f"{index:016x}", program=f"{index}.jd")
        for index in range(100, 100 + number)
    ]
    return told(*errors, BUG)


def test_no_more_than_github_shows() -> None:
    """Ten of each level; how many there are beyond that is said in a line that is no command."""
    *commands, last = annotations(many(12))
    assert len(commands) == 11
    assert last == "jaildiff: 2 more errors, which GitHub would not show; the summary has all"
    assert not COMMAND.fullmatch(last)
    assert all(COMMAND.fullmatch(line) for line in annotations(many(10)))


def test_a_summary_has_all() -> None:
    """Every annotation is a row of a block, below how many classes fail."""
    rows = job_summary(many(12)).splitlines()
    assert rows[:5] == [
        "### jaildiff",
        "",
        "13 classes of differences; 13 of them fail the run.",
        "",
        "```text",
    ]
    assert rows[-1] == "```"
    assert sum(row.startswith("error ") for row in rows) == 12
    assert sum(row.startswith("warning ") for row in rows) == 1


def test_a_summary_of_nothing() -> None:
    """There is no block without rows."""
    assert job_summary(told()).splitlines() == [
        "### jaildiff",
        "",
        "0 classes of differences; 0 of them fail the run.",
    ]


def test_a_summary_has_an_end() -> None:
    """GitHub takes a megabyte: after a thousand rows only their number is told."""
    text = job_summary(many(1005))
    assert "and 6 more\n" in text
    assert len(text) < 1 << 20


@given(st.one_of(st.just(NASTY), st.text(), st.text("`~\n ")))
def test_a_summary_is_no_markup(text: str) -> None:
    """Whatever is in a finding or the name of a file, the block ends where it should."""
    found = replace(BUG, title=text, why=text, program=f"{text}.jd")
    rows = job_summary(told(found)).split("\n")
    fence = rows[4].removesuffix("text")
    assert set(fence) == {"`"}
    assert [number for number, row in enumerate(rows) if row.startswith(fence)] == [4, 6]
    assert all(row.isprintable() for row in rows)
