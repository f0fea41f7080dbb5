import re

import pytest

from jaildiff.differ.annotate import check
from jaildiff.differ.comparison import LANDED
from jaildiff.programs.op_language import parse, render
from tests.house.tools import ROOT

PAGE = (ROOT / "docs" / "op-language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```jd\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_come_true(example: str) -> None:
    """Every program on the page is written as jaildiff writes it, and answers as it says."""
    script = parse(example, "op-language.md")
    assert all(line.old is not None for line in script.lines)
    assert check(script, LANDED) == []
    assert render(script) == example


def test_the_page_has_examples() -> None:
    """None of the above holds for want of programs."""
    assert len(EXAMPLES) >= 4
