"""What must hold of the project's own programs beyond their answers, which are tests themselves."""

import tomllib
from pathlib import Path

import pytest

from jaildiff.programs.op_language import render
from tests.house.tools import ROOT
from tests.programs import CORPUS, corpus_script

FILES = sorted(CORPUS.rglob("*.jd"))


def test_the_corpus_is_among_the_tests() -> None:
    """`pytest` alone holds every program to its answers: the corpus is where it looks for tests."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "corpus" in settings["tool"]["pytest"]["ini_options"]["testpaths"]
    assert len(FILES) >= 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CORPUS)))
def test_a_program_is_complete(path: Path) -> None:
    """A program has a story, its file's name, both answers to each call, and the usual form."""
    found = corpus_script(path)
    assert found.head
    assert found.id == path.stem
    assert [line.number for line in found.lines if line.old is None or line.new is None] == []
    assert render(found) == path.read_text("utf-8")
