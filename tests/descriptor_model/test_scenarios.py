"""Programs that people would write with descriptors, and what both kernels make of them."""

from pathlib import Path

import pytest

from fuzz.differ.annotate import annotate, check
from fuzz.differ.comparison import Named, comparison
from fuzz.differ.diff import diff
from fuzz.programs.op_language import render
from tests.programs import DESCRIPTORS, corpus_script

FILES = sorted(DESCRIPTORS.rglob("*.jd"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_answers_and_verdicts(path: Path) -> None:
    """Every program answers and is judged as its file says, and is as rewriting leaves it."""
    found = corpus_script(path)
    compared = comparison(Named(*found.kernels))
    assert check(found, compared) == []
    assert found.id == path.stem
    assert found.head
    report = diff(found.program, compared)
    assert render(annotate(found, report)) == path.read_text("utf-8")


def test_there_are_enough() -> None:
    """At least fifteen stories, and all about this kernel."""
    stories = [path for path in FILES if path.parent.name == "scenarios"]
    assert len(stories) >= 15
    assert {corpus_script(path).kernels[1] for path in FILES} == {"descriptors"}
