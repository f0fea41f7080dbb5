"""docs/descriptor-mistakes.md says what fuzzing finds, and its programs show it."""

import re
from textwrap import dedent

import pytest

from fuzz.differ.annotate import check
from fuzz.differ.verdict.mainline.rules import BUGS
from fuzz.programs.op_language import Script, parse
from tests.house.tools import ROOT
from tests.mistakes import COMPARED, OPS_MAX, SEED, Mistake, mistakes, shortest, shown

PAGE = (ROOT / "docs" / "descriptor-mistakes.md").read_text(encoding="utf-8")
ROWS = {
    name: int(ops.replace(",", "")) for ops, name in re.findall(r"\| ([\d,]+) \| (\S+) \|", PAGE)
}
BLOCKS = dict(re.findall(r"^## (\S+)\n\n((?:    .*\n|\n)+)", PAGE, re.MULTILINE))
SOON = 2_000  # ops


def written(name: str) -> Script:
    """The program of a mistake."""
    return parse(dedent(BLOCKS[name]).strip() + "\n", "docs/descriptor-mistakes.md")


def test_every_mistake_is_listed() -> None:
    """Each rule for a bug is a row, or is named as not found; each row has its program."""
    (missing,) = re.findall(r"not found: (.*)\.", PAGE)
    rules = {rule.id for rule in BUGS}
    assert rules - ROWS.keys() == set(missing.split(", ")) - {"none"}
    assert ROWS.keys() == BLOCKS.keys()
    assert f"{SEED}" in PAGE
    assert max(ROWS.values()) <= OPS_MAX


@pytest.mark.parametrize("name", BLOCKS)
def test_programs_show_it(name: str) -> None:
    """With the answers and verdicts that stand there, and not without its last line."""
    script = written(name)
    assert check(script, COMPARED) == []
    assert name in {found for _, found in shown(script.program)}
    again = shortest(Mistake(name, 0, script.program))
    assert len(again.calls) == len(script.program.calls)


def test_what_is_found_soon() -> None:
    """A run of the first ops of the seed finds the same rows after as many ops."""
    assert {one.id: one.ops for one in mistakes(SEED, SOON) if one.ops <= SOON} == {
        name: ops for name, ops in ROWS.items() if ops <= SOON
    }
