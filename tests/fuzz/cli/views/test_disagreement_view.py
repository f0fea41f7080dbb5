"""Disagreements of a model and a recording for people."""

import pytest

from jaildiff.cli.views.disagreement_view import differing, show_disagreement
from jaildiff.recordings.follow import Disagreement
from tests.programs import NESTED

HOST = [0, "0", 0, "alive", 3, 3, 1, 5, True]


def disagreement(what: str, recorded: object, modelled: object) -> Disagreement:
    """A disagreement after two calls."""
    return Disagreement("D01", 1, what, recorded, modelled, (NESTED[0], "p1: exit()"))


def test_the_calls_and_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    """The program up to there, and a table of what differs."""
    found = disagreement("results", {"errno": "EINVAL"}, {"errno": None})
    show_disagreement(found)
    rows = [" ".join(row.split()) for row in capsys.readouterr().out.splitlines()]
    assert rows[:2] == ["D01: disagrees at step 1 in results", NESTED[0]]
    assert rows[-2:] == ["recorded modelled", "errno EINVAL -"]


@pytest.mark.parametrize(
    ("what", "recorded", "modelled", "rows"),
    [
        ("results", {"ret": 1, "errno": None}, {"ret": 2, "errno": None}, [("ret", "1", "2")]),
        (
            "results",
            {"ret": 1, "values": {"name": "a", "path": "/"}},
            {"ret": 1, "values": {"name": "b", "path": "/"}},
            [("values name", "a", "b")],
        ),
        ("states", [HOST], [[*HOST[:4], 2, *HOST[5:]]], [("jail 0 pr_ref", "3", "2")]),
        (
            "procs",
            {"1": [0, "running"], "2": [5, "killed"]},
            {"1": [0, "running"]},
            [("process 2 jail", "5", "-"), ("process 2 state", "killed", "-")],
        ),
        ("last", [5, 999998], [5, 999999], [("lastdeadid", "999998", "999999")]),
        ("fds", {"2": {"3": ["own", 5]}}, {}, [("descriptor of process 2 3", '["own", 5]', "-")]),
        ("panic", "panic: stop", None, [("", "panic: stop", "-")]),
    ],
)
def test_only_what_differs_is_shown(
    what: str, recorded: object, modelled: object, rows: list[tuple[str, str, str]]
) -> None:
    """Each value has the name that the kernel or the recording has for it."""
    assert [*differing(disagreement(what, recorded, modelled))] == rows


@pytest.mark.parametrize("malformed", [5, [[1, "a"]], {"x": 1}, None])
@pytest.mark.parametrize("what", ["states", "procs", "last", "fds", "final", "results"])
def test_what_has_another_form_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str], what: str, malformed: object
) -> None:
    """A recording may hold anything there, and is still shown."""
    show_disagreement(disagreement(what, malformed, "as modelled"))
    assert "as modelled" in capsys.readouterr().out


def test_another_order_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """If all values are alike, both sides are shown whole."""
    jail = [1, "a", *HOST[2:]]
    show_disagreement(disagreement("states", [HOST, jail], [jail, HOST]))
    assert '[[1, "a"' in capsys.readouterr().out
