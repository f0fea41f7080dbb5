import re
from html import unescape

from jaildiff.differ.comparison import LANDED
from jaildiff.profiles.for_users import for_users
from tests.house.tools import ROOT

PAGE = (ROOT / "docs" / "freebsd-14-to-15.html").read_text(encoding="utf-8")


def test_it_tells_users_what_is_found_today() -> None:
    """Each line about the example and about a tool is in the page; else: make report."""
    text = unescape(PAGE)
    shown = re.sub("<[^>]*>", "", text)
    told = for_users(LANDED)
    for matter in told.matters:
        assert f"<h3>{matter.heading}</h3>" in text
        assert [line.text for line in matter.lines if line.text not in shown] == []
    assert told.tools_summary in text
    assert [cell for row in told.tools for cell in row if f">{cell}</t" not in text] == []


def test_it_needs_nothing_else() -> None:
    """It is one small file, without scripts, and loads nothing."""
    assert len(PAGE) < 2_000_000
    assert "<script" not in PAGE
    assert re.findall(r'(?:src|href)="(?!#)', PAGE) == []


def test_its_picture_is_small() -> None:
    """README shows it."""
    assert (ROOT / "docs" / "report.png").stat().st_size < 150_000
    assert "docs/report.png" in (ROOT / "README.md").read_text(encoding="utf-8")
