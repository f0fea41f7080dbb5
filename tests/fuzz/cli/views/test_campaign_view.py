import json
from pathlib import Path

import pytest

from jaildiff.cli.views import campaign_view
from jaildiff.cli.views.campaign_view import news_in, reporter, told_bugs
from jaildiff.findings.counting import rows_of
from jaildiff.search.campaign.journal import FILE
from tests.command import jaildiff
from tests.outcomes import ALL, BUG, INTENDED, KNOWN

FEW = ("--runs", 256, "--seed", 1, "--workers", 1)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a campaign that has ended."""
    folder = tmp_path_factory.mktemp("campaign")
    assert jaildiff(folder, "campaign", "c", *FEW).returncode == 0
    return folder


def test_news() -> None:
    """What is neither intended nor known, whichever verdict it has."""
    assert news_in(rows_of(ALL)) == 3
    assert told_bugs(rows_of([INTENDED, KNOWN])).endswith("(1 class). Nothing new.")
    assert told_bugs(rows_of([BUG])).endswith(" New: 1 class.")


# STATUS


def test_status_of_what_has_ended(ran: Path) -> None:
    """Bugs, news and the exit code of the last run, for people and for machines."""
    told = jaildiff(ran, "campaign", "--status", "c").stdout
    assert "Exit code of the last run: 0." in told
    assert "mistakes of the landed patch" in told
    assert "Nothing new." in told
    state = json.loads(jaildiff(ran, "campaign", "--status", "c", "--json").stdout)
    assert (state["exit"], state["news"], state["running"]) == (0, 0, False)
    assert state["bugs"]["new"]["mistakes"] > 0


def test_status_of_what_was_killed(ran: Path, tmp_path: Path) -> None:
    """Without its last record there is no exit code, and none is claimed."""
    rows = (ran / "c" / FILE).read_text().splitlines(keepends=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / FILE).write_text("".join(row for row in rows if '"exit"' not in row))
    told = jaildiff(tmp_path, "campaign", "--status", "c")
    assert (told.returncode, "Exit code" in told.stdout) == (0, False)
    state = json.loads(jaildiff(tmp_path, "campaign", "--status", "c", "--json").stdout)
    assert state["exit"] is None


# RUNS


def test_going_on_and_ci(ran: Path) -> None:
    """A later run says from where it goes on; what --fail-on names makes it fail, is written and
    annotated, and its exit code is remembered.
    """
    files = ("--sarif", "it.sarif", "--junit", "it.xml", "--github")
    args = ("--runs", 256, "--workers", 1, "--fail-on", "any", *files)
    again = jaildiff(ran, "campaign", "c", *args)
    assert again.returncode == 1
    assert "Going on from 256 programs of seed 1." in again.stderr
    assert "::error file=c/" in again.stdout
    assert json.loads((ran / "it.sarif").read_text())["runs"][0]["results"]
    assert "<testsuites" in (ran / "it.xml").read_text()
    assert "last run: 1." in jaildiff(ran, "campaign", "--status", "c").stdout


def test_a_new_campaign_goes_on_from_nothing(tmp_path: Path) -> None:
    """It does not say so."""
    assert "Going on" not in jaildiff(tmp_path, "campaign", "c", *FEW).stderr


def test_json_ends_with_the_findings(ran: Path) -> None:
    """The last line has the exit code, too; reports before it say that it is running."""
    told = jaildiff(ran, "campaign", "c", "--runs", 256, "--workers", 1, "--json").stdout
    *reports, last = map(json.loads, told.splitlines())
    assert all(report["running"] for report in reports)
    assert (last["running"], last["exit"], last["news"]) == (False, 0, 0)
    assert last["findings"]


class Terminal:
    """Takes lines down."""

    def __init__(self, *, is_terminal: bool) -> None:
        self.is_terminal = is_terminal
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


class Going:
    """A campaign, as far as a report asks for it."""

    elapsed = 0.0


@pytest.mark.parametrize(
    ("is_terminal", "as_json", "expected"),
    [
        (False, False, ["line at 60", "line at 130"]),
        (True, False, []),
        (True, True, [{"at": 60}, {"at": 130}]),
    ],
)
def test_a_report_a_minute(
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_terminal: bool,
    as_json: bool,
    expected: list[object],
) -> None:
    """Whenever the time has passed there is one, in a log or as JSON; a terminal has a bar."""
    going, err = Going(), Terminal(is_terminal=is_terminal)
    told: list[object] = []
    monkeypatch.setattr(campaign_view, "err", err)
    monkeypatch.setattr(campaign_view, "say_json", told.append)
    monkeypatch.setattr(campaign_view, "progress_line", lambda made: f"line at {made.elapsed}")
    monkeypatch.setattr(campaign_view, "progress_json", lambda made: {"at": made.elapsed})
    tell = reporter(going, 60, as_json=as_json)  # type: ignore[arg-type]  # as far as it asks
    for moment in (1, 59, 60, 61, 119, 130, 131):
        going.elapsed = moment
        tell()
    assert [*err.lines, *told] == expected


def test_what_a_report_says(tmp_path: Path) -> None:
    """Programs, ops, classes, those that are judged, bugs and news, after so many seconds."""
    answer = jaildiff(
        tmp_path, "campaign", "c", "--time", 8, "--every", 1, "--seed", 1, "--workers", 1
    )
    (first, *_) = [row for row in answer.stderr.splitlines() if row.startswith("After ")]
    assert first.startswith("After 1 s: ")
    assert " ops, " in first
    assert " judged. " in first
