"""What a trial of tools is shown as."""

import json
from dataclasses import replace

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.describe.judging import Effect
from jaildiff.profiles.loading import chosen, profiles
from jaildiff.profiles.page import page, table
from jaildiff.profiles.trial import Verdict
from jaildiff.profiles.view import HEADS, as_impact, in_short, overall, proof, rows, verdict_json
from tests.profiles import tried


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    """All shipped profiles, tried."""
    return [tried(profile, LANDED) for profile in chosen("all")]


def verdict(name: str) -> Verdict:
    """One of them."""
    return tried(profiles()[name], LANDED)


def test_the_page_has_every_tool(verdicts: list[Verdict]) -> None:
    """The page begins with the summary, and has a row and a section for each tool."""
    lines = page(verdicts).splitlines()
    assert lines[2] == overall(verdicts)
    for name, profile in profiles().items():
        assert sum(line.startswith(f"| {name} |") for line in lines) == 1
        assert f"## {profile.title} (profile {name})" in lines


def test_one_line_says_how_much() -> None:
    """A tool that is not affected is told so, and by how many commands; of others it is counted."""
    bastille = as_impact(verdict("bastille"))
    assert bastille.title == "Bastille (profile bastille)"
    assert bastille.summary.startswith("Not affected: 1 jail, ")
    assert bastille.commands > 20
    assert as_impact(verdict("iocage")).summary == "1 thing breaks, 1 changes, for ioc-web"


def test_one_line_says_who(verdicts: list[Verdict]) -> None:
    """All tools are counted, and those that are affected are named."""
    line = overall(verdicts)
    assert line.startswith(f"FreeBSD 15 breaks 1 of {len(verdicts)} tools (iocage), changes ")
    same = sum(one.effect is None for one in verdicts)
    assert same > len(verdicts) / 2
    assert line.endswith(f", and makes no difference to {same}.")


def test_the_line_names_other_kernels(verdicts: list[Verdict]) -> None:
    """The summary names the kernels if they are not those of 14 and 15."""
    (calm, *_) = (one for one in verdicts if one.effect is None)
    assert overall([calm]) == "FreeBSD 15 makes no difference to 1 of 1 tools."
    other = calm._replace(kernels=("legacy", "fixed"))
    who = "FreeBSD 15 with the kernel fixed, after 14 with legacy,"
    assert overall([other]) == f"{who} makes no difference to 1 of 1 tools."


def test_fixes_reports_and_sources_are_told() -> None:
    """What to do, for whom and how it was tried; who wrote of it; what was read, and what not."""
    remarks = as_impact(verdict("iocage")).remarks
    assert remarks[0].startswith("For authors: Leave allow.dying out of the generated ")
    assert remarks[0].endswith(" Tried on 14 and on 15: nothing breaks or changes any more.")
    assert remarks[1].startswith("Users notice: Every stop says that ")
    assert remarks[2] == "Reported: freebsd/iocage#87, freebsd/iocage#102."
    assert any(line.startswith("Read: freebsd/iocage@5f62ad20ccd7 ") for line in remarks)
    some = verdict("pot")
    remembered = some._replace(profile=replace(some.profile, memory="the stop."))
    assert as_impact(remembered).remarks[-1] == "Not read: the stop."


def test_a_fix_that_does_not_help_is_told_so() -> None:
    """What is left, and what is worse than before."""
    (one,) = verdict("iocage").fixes
    left = replace(verdict("iocage").findings[0], before="works", after="fails: no")
    shown = proof(one._replace(left=(left,), worse=("stop",)))
    assert shown == "Tried, and does not help: breaks: fails: no; stop."


def test_the_table_begins_with_the_worst(verdicts: list[Verdict]) -> None:
    """What breaks comes first, what is the same comes last; every tool has a row."""
    impacts = [row[1] for row in rows(verdicts)]
    assert impacts == sorted(impacts, key=[*Effect, "nothing"].index)
    assert len(impacts) == len(verdicts)
    assert {len(row) for row in rows(verdicts)} == {len(HEADS)}
    (iocage,) = [row for row in rows(verdicts) if row[0] == "iocage"]
    assert iocage[2:4] == ("stop, restart", "fails, because jail(8) warns about allow.dying")
    assert iocage[-1] == "leave out 'allow.dying;' in /var/run/jail.ioc-web.conf"


def test_what_has_no_short_reason_is_shown_as_it_is() -> None:
    """What a command ends with, or what is new in what it prints."""
    (one, *_) = verdict("iocage").findings
    assert in_short(replace(one, reasons=("x",), after="fails: no")) == "fails: no"
    assert in_short(replace(one, reasons=("x",), before="exit 0", after="exit 0; z")) == "z"


def test_json_holds_everything(verdicts: list[Verdict]) -> None:
    """It survives the way out, with what differs, its fixes and what the profile rests on."""
    shown = json.loads(json.dumps([verdict_json(one) for one in verdicts]))
    (iocage,) = [one for one in shown if one["profile"] == "iocage"]
    assert (iocage["impact"], iocage["basis"], iocage["not_read"]) == ("breaks", "source", "")
    assert [finding["effect"] for finding in iocage["findings"]] == ["breaks", "changes"]
    assert [fix["helps"] for fix in iocage["fixes"]] == [True]
    assert [one["impact"] for one in shown].count("nothing") == len(
        [one for one in shown if not one["affected"]]
    )


def test_marks_of_markdown_are_inert() -> None:
    """A cell cannot end its column or become a link."""
    (line,) = table(["a"], [["x|y [z](u) <b>"]]).splitlines()[2:]
    assert line == r"| x&#124;y \[z\](u) &#60;b&#62; |"
