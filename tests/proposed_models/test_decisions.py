"""Every decision of a design has a test, whose docstring is the decision."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from jaildiff.kernels.registry import PROPOSALS
from tests.house.tools import ROOT, functions, parse

BULLET = re.compile(r"^- ", re.MULTILINE)
each_design = pytest.mark.parametrize("package", [m.package for m in PROPOSALS.values()])


def plain(text: str) -> str:
    """A text in one line."""
    return " ".join(text.split())


def doc_of(package: str) -> str:
    """The docstring of a package."""
    doc = import_module(package).__doc__
    assert doc is not None
    return doc


def decisions(package: str) -> list[str]:
    """What the docstring of a package lists."""
    return [plain(found) for found in BULLET.split(doc_of(package))[1:]]


def claims(package: str) -> set[str]:
    """What the tests of a package claim."""
    path = Path(ROOT, "tests", "proposed_models", f"test_{package.partition('.')[2]}.py")
    docs = (ast.get_docstring(function) for function in functions(parse(path)))
    return {plain(doc) for doc in docs if doc}


@each_design
def test_every_decision_is_tested(package: str) -> None:
    """Each decision in the docstring is what a test claims, word for word."""
    assert len(decisions(package)) >= 3
    assert set(decisions(package)) - claims(package) == set()


@each_design
def test_the_source_is_quoted_in_a_line(package: str) -> None:
    """The docstring says who proposed it, and quotes no more than a line."""
    sources = [line for line in doc_of(package).split("\n") if line.startswith("Source: ")]
    assert len(sources) == 1
    assert "review D28150" in sources[0]
    assert sources[0].count('"') == 2
