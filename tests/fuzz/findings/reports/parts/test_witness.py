from pathlib import Path

import pytest

from jaildiff.differ.annotate import annotate
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.findings.reports.parts.witness import arrow_at, causes_before, read_witness
from jaildiff.programs.op_language import parse, render

PROGRAM = """\
jaildiff 1
file /etc/jail.conf
    web {
        persist;
    }

$ jail -c web
$ jail -d -m web
"""


def test_what_commands_find_is_shown(tmp_path: Path) -> None:
    """Files stand above the first op, and what a command printed stands in one row."""
    script = parse(PROGRAM, "x.jd")
    text = render(annotate(script, diff(script.program, LANDED)))
    (tmp_path / "x.jd").write_text(text)
    row = {"program": "x.jd", "step": 1, "kind": "root", "causes": [], "old": "", "new": ""}
    found = read_witness(tmp_path, row)
    first, last = found.rows
    assert first.notes == ("file /etc/jail.conf", "    web {", "        persist;", "    }")
    assert (first.call, first.old) == ("$ jail -c web", "exit 0  1> web: created")
    assert last.new.startswith("exit 0  1> web: updated  2> jail: the 'allow.dying'")


@pytest.mark.parametrize(
    ("causes", "arrow"),
    [
        ((), ["", "", "", "", ""]),
        ((3,), ["", "", "", "first", "to"]),
        ((1, 3), ["", "first", "past", "cause", "to"]),
    ],
)
def test_an_arrow_is_whole(causes: tuple[int, ...], arrow: list[str]) -> None:
    """It begins at the first cause, goes by what has no part in it, and ends at the finding."""
    assert [arrow_at(number, 4, causes) for number in range(5)] == arrow


def test_nothing_follows_from_what_comes_later() -> None:
    """Whatever a file says: a cause that is not before the finding is none."""
    assert causes_before({"causes": [5, 4, 1, 0]}, 4) == (0, 1)
