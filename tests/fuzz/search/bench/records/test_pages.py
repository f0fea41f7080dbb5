from pathlib import Path

from jaildiff.search.bench.records.pages import with_targets, write_pages
from jaildiff.search.bench.records.plot import plot
from tests.house.tools import ROOT

DOCS = ROOT / "docs"
RECORDS = ROOT / "tests" / "data" / "bench"


def test_the_page_says_what_the_last_record_says() -> None:
    """The table of targets and the plot are those of the records."""
    page = (DOCS / "speed.md").read_text(encoding="utf-8")
    assert with_targets(page, RECORDS) == page
    assert (DOCS / "speed.svg").read_text(encoding="utf-8") == plot(RECORDS)


def test_another_record_is_another_page(tmp_path: Path) -> None:
    """What is between the marks is written anew, and nothing else."""
    (tmp_path / "bench").mkdir()
    (record,) = sorted(RECORDS.glob("[0-9]*.json"))[-1:]
    (tmp_path / "bench" / "9.json").write_bytes(record.read_bytes())
    page = tmp_path / "speed.md"
    page.write_text("before\n<!-- targets -->\nold\n<!-- end of targets -->\nafter\n")
    write_pages(tmp_path / "bench", tmp_path)
    text = page.read_text()
    assert text.startswith("before\n<!-- targets -->\n")
    assert text.endswith("|\n<!-- end of targets -->\nafter\n")
    assert "record 9" in text
    assert "old" not in text
    assert (tmp_path / "speed.svg").is_file()
