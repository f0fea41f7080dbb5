import shutil
from pathlib import Path

from tests.house.tools import ROOT
from tests.pages import blocks, commands, shell

PAGE = ROOT / "docs" / "add-a-scenario.md"


def test_every_command_works(tmp_path: Path) -> None:
    """The page is followed word for word; the new program says that the restart is intended."""
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus", ignore=shutil.ignore_patterns("*.zst"))
    lines = [line for block in blocks(PAGE) for line in commands(block)]
    assert len(lines) == 4
    for line in lines:
        answer = shell(line, tmp_path)
        assert answer.returncode == 0, (line, answer.stdout, answer.stderr)
    (written,) = (tmp_path / "corpus" / "scenarios").glob("s999-*.jd")
    assert "    !    root intended dying-jid-reused\n" in written.read_text()
