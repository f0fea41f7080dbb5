import json
from pathlib import Path

import pytest

from jaildiff.findings.reports.parts.results import Design, Explored, read_designs, read_explored
from jaildiff.support.errors import InputError

EXPLORED = {
    "text": "tiny: one jid",
    "statement": "Closed.",
    "states": 3,
    "transitions": 40,
    "classes": 2,
    "more": [],
}
EFFECT = {"effect": "breaks", "surface": "jid", "severity": "high", "rule": "a"}
DESIGN = {
    "design": "upward",
    "title": "a dying jail moves",
    "rests_on": "argued",
    "effects": [EFFECT, EFFECT | {"severity": "low"}, EFFECT | {"effect": "improves"}],
    "has": {"one": "a:1"},
    "removes": {},
}


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


def test_a_search_is_read(tmp_path: Path) -> None:
    """What `explore --json` says of it as a whole; the rest is not looked at."""
    found = read_explored(written(tmp_path / "a.json", EXPLORED))
    assert found == Explored("tiny: one jid", "Closed.", 3, 40, 2)


def test_designs_are_read(tmp_path: Path) -> None:
    """A rule counts once for an effect, however many surfaces and severities it has."""
    (found,) = read_designs(written(tmp_path / "a.json", {"designs": [DESIGN]}))
    rules = {"breaks": 1, "changes": 0, "improves": 1, "undefined": 0}
    assert found == Design("upward", "a dying jail moves", "argued", rules, 1, 0)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ([], "expected an object, found []"),
        (EXPLORED | {"states": -1}, 'expected "states": a number, found -1'),
        (EXPLORED | {"states": True}, 'expected "states": a number, found True'),
        (EXPLORED | {"statement": None}, 'expected "statement": text, found None'),
        (EXPLORED | {"text": "\ud800"}, "expected \"text\": text, found '\\ud800'"),
    ],
)
def test_another_file_is_no_search(tmp_path: Path, value: object, complaint: str) -> None:
    """The file is named, what was expected, and what makes such a file."""
    path = written(tmp_path / "a.json", value)
    with pytest.raises(InputError) as caught:
        read_explored(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: {complaint}")
    assert "`jaildiff explore --json`" in said


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({}, 'expected "designs": a list, found None'),
        ({"designs": [1]}, "expected an object, found 1"),
        ({"designs": [DESIGN | {"has": []}]}, "expected an object, found []"),
        (
            {"designs": [DESIGN | {"effects": [EFFECT | {"effect": "x"}]}]},
            "expected \"effect\": breaks, changes, improves, undefined, found 'x'",
        ),
    ],
)
def test_another_file_has_no_designs(tmp_path: Path, value: object, complaint: str) -> None:
    """The same for designs."""
    path = written(tmp_path / "a.json", value)
    with pytest.raises(InputError) as caught:
        read_designs(path)
    assert str(caught.value).startswith(f"{path}: {complaint}")


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    """With what was expected."""
    (tmp_path / "a.json").write_text("{,")
    with pytest.raises(InputError, match=r"a\.json: expected JSON"):
        read_explored(tmp_path / "a.json")
