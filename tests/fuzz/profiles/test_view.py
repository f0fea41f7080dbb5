"""What a trial of tools is shown as."""

import json

import pytest

from fuzz.profiles.loading import chosen, profiles
from fuzz.profiles.profile import Impact
from fuzz.profiles.trial import Verdict, judge
from fuzz.profiles.view import (
    HEADS,
    as_json,
    changes,
    markdown,
    overall,
    rows,
    summary,
    table,
    text,
)
from tests.house.tools import ROOT


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    """All shipped profiles, tried."""
    return [judge(profile) for profile in chosen("all")]


def verdict(name: str) -> Verdict:
    """One of them."""
    return judge(profiles()[name])


def test_the_page_is_what_the_models_say(verdicts: list[Verdict]) -> None:
    """docs/profiles.md is written by `jaildiff impact --profile all --markdown`."""
    assert markdown(verdicts) == (ROOT / "docs/profiles.md").read_text(encoding="utf-8")


def test_one_line_says_how_much() -> None:
    """A tool that is not affected is told so; of others it is counted."""
    assert summary(verdict("bastille")) == "Bastille: not affected"
    assert summary(verdict("iocage")).endswith(": 1 thing breaks, 1 changes")


def test_one_line_says_who(verdicts: list[Verdict]) -> None:
    """All tools are counted, and those that are affected are named."""
    line = overall(verdicts)
    assert line.startswith(f"Of {len(verdicts)} tools, 15 breaks for 1 (iocage);")
    assert sum(one.impact is Impact.NOTHING for one in verdicts) > len(verdicts) / 2


def test_a_tool_is_told_in_its_commands() -> None:
    """What it types, what it saw on 14 and sees on 15, since when, what to do, and the sources."""
    lines = [line.strip() for line in text(verdict("iocage"))]
    start = lines.index("breaks, always: stop, restart")
    assert lines[start + 1] == "$ jail -q -f /var/run/jail.ioc-web.conf -r ioc-web"
    assert lines[start + 2] == "14: works"
    assert lines[start + 3].startswith("15: fails: jail: the 'allow.dying' parameter")
    assert lines[start + 4] == "since jail(8) of 15.0"
    assert "tried on 14 and on 15: nothing breaks or changes any more" in lines
    assert "- allow.dying;" in lines
    assert any(line.startswith("read: freebsd/iocage@5f62ad20ccd7 ") for line in lines)


def test_what_was_not_read_is_said() -> None:
    """A profile that rests on memory in part says in which."""
    assert any(line.startswith("  not read: ") for line in text(verdict("qjail")))


def test_a_fix_shows_what_it_changes() -> None:
    """Lines of files, and words of commands, that go and that come."""
    for name, expected in (("cbsd", '- allow.dying = "1";'), ("tredly", "- allow.dying")):
        profile = profiles()[name]
        assert list(changes(profile, profile.fixes[0])) == [expected]


def test_the_table_begins_with_the_worst(verdicts: list[Verdict]) -> None:
    """What breaks comes first, what is the same comes last; every tool has a row."""
    impacts = [row[1] for row in rows(verdicts)]
    assert impacts == sorted(impacts, key=list(map(str, Impact)).index)
    assert len(impacts) == len(verdicts)
    assert {len(row) for row in rows(verdicts)} == {len(HEADS)}


def test_json_holds_everything(verdicts: list[Verdict]) -> None:
    """It survives the way out, with what differs, its fixes and what the profile rests on."""
    shown = json.loads(json.dumps([as_json(one) for one in verdicts]))
    (iocage,) = [one for one in shown if one["profile"] == "iocage"]
    assert (iocage["impact"], iocage["basis"], iocage["not_read"]) == ("breaks", "source", "")
    assert [effect["acts"] for effect in iocage["effects"]] == [["stop", "restart"], ["start"]]
    assert [fix["helps"] for fix in iocage["fixes"]] == [True]


def test_marks_of_markdown_are_inert() -> None:
    """A cell cannot end its column or become a link."""
    assert table(["a"], [["x|y [z](u) <b>"]]).splitlines()[2] == r"| x\|y \[z\](u) \<b\> |"
