import re
import shutil
from pathlib import Path
from textwrap import dedent

from tests.house.tools import ROOT
from tests.pages import blocks, commands, shell

PAGE = ROOT / "docs" / "add.md"
RULES = ROOT / "fuzz" / "jaildiff" / "differ" / "verdict" / "landed" / "rules.py"


def test_every_place_is_there() -> None:
    """Each file or folder that the first table sends a reader to exists."""
    table, _, _ = PAGE.read_text(encoding="utf-8").partition("\n## ")
    places = re.findall(r"^\| [^|]* \| [^|]*`([^`]*/[^`]*)`[^|]* \|", table, re.MULTILINE)
    assert len(places) > 10
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_the_rule_is_one_of_the_rules() -> None:
    """The example is an entry of rules.py, word for word."""
    page = PAGE.read_text(encoding="utf-8")
    start = page.index("       Rule(")
    end = page.index("\n\n", start)
    rules = RULES.read_text(encoding="utf-8").replace("\n    ", "\n")
    assert dedent(page[start:end]) in rules


def test_the_scenario_is_added(tmp_path: Path) -> None:
    """The commands work; the new program says that the restart is intended."""
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus", ignore=shutil.ignore_patterns("*.zst"))
    lines = [line for block in blocks(PAGE) for line in commands(block)]
    assert len(lines) == 4
    for line in lines:
        answer = shell(line, tmp_path)
        assert answer.returncode == 0, (line, answer.stdout, answer.stderr)
    (written,) = (tmp_path / "corpus" / "scenarios").glob("s999-*.jd")
    assert "    !    root intended dying-jid-reused\n" in written.read_text()
