"""docs/descriptor-mistakes.md says what fuzzing finds, and its programs show it."""

import re
from pathlib import Path

import pytest

from jaildiff.differ.annotate import check
from jaildiff.differ.verdict.mainline.rules import BUGS
from jaildiff.programs.op_language import parse
from tests.mistakes import (
    COMPARED,
    OPS_MAX,
    PAGE,
    PROGRAMS,
    SEED,
    Mistake,
    mistakes,
    shortest,
    shown,
)

TEXT = PAGE.read_text(encoding="utf-8")
ROWS = {
    name: int(ops.replace(",", "")) for ops, name in re.findall(r"\| ([\d,]+) \| (\S+) \|", TEXT)
}
FILES = sorted(PROGRAMS.glob("*.jd"))
SOON = 2_000  # ops


def test_every_mistake_is_listed() -> None:
    """Each rule for a bug is a row, or is named as not found; each row has its program."""
    (missing,) = re.findall(r"not found: (.*)\.", TEXT)
    rules = {rule.id for rule in BUGS}
    assert rules - ROWS.keys() == set(missing.split(", ")) - {"none"}
    assert ROWS.keys() == {path.stem for path in FILES}
    assert f"{SEED}" in TEXT
    assert max(ROWS.values()) <= OPS_MAX


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_programs_show_it(path: Path) -> None:
    """With the answers and verdicts that stand there, and not without its last line."""
    script = parse(path.read_text(encoding="utf-8"), path.name)
    assert check(script, COMPARED) == []
    assert path.stem in {found for _, found in shown(script.program)}
    again = shortest(Mistake(path.stem, 0, script.program))
    assert len(again.calls) == len(script.program.calls)


def test_what_is_found_soon() -> None:
    """A run of the first ops of the seed finds the same rows after as many ops."""
    assert {one.id: one.ops for one in mistakes(SEED, SOON) if one.ops <= SOON} == {
        name: ops for name, ops in ROWS.items() if ops <= SOON
    }
