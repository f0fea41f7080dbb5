from pathlib import Path

import pytest

from jaildiff.support.errors import InputError
from tests import speed_against as module
from tests.house.tools import ROOT
from tests.speed_against import COLD, against, rates_of, timed, tree


@pytest.mark.parametrize("commit", ["no-such-commit", "--output=x"])
def test_no_such_commit(commit: str) -> None:
    """What is no commit is refused by name, and never taken for an option."""
    with pytest.raises(InputError, match=f"found '{commit}'"), tree(commit):
        pass


def test_trees_take_turns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each turn measures both, and the ratios say how many times as fast it is here."""
    rates = iter([100.0, 150.0, 100.0, 250.0, 100.0, 200.0])
    order = []

    def measured(root: Path) -> dict[str, float]:
        order.append(root == ROOT)
        return {"cold": next(rates)}

    monkeypatch.setattr(module, "rates_of", measured)
    monkeypatch.setattr(module, "tree", lambda _: FakeTree(tmp_path))
    found = against("HEAD", 3)
    assert order == [False, True] * 3
    assert found["ratio"] == {"cold": {"median": 2.0, "low": 1.5, "high": 2.5}}


def test_what_comes_later_is_the_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the long run, "later" leaves out as many programs as the short one had."""

    def measured(_root: Path, programs: int) -> tuple[int, float]:
        return (100, 2.0) if programs == COLD else (1100, 7.0)

    monkeypatch.setattr(module, "timed", measured)
    assert rates_of(ROOT) == {"cold": 50.0, "first minute": 1100 / 7, "later": 200.0}


class FakeTree:
    """A folder that stands for the tree of a commit."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        pass


def test_a_tree_is_measured_by_its_own_command_line(tmp_path: Path) -> None:
    """The one that is here counts ops; one without the command says what is wrong with it."""
    ops, seconds = timed(ROOT, 3)
    assert ops > 3
    assert seconds > 0
    (tmp_path / "fuzz" / "jaildiff").mkdir(parents=True)
    (tmp_path / "fuzz" / "jaildiff" / "__main__.py").write_text(
        "raise SystemExit('no such command')\n"
    )
    (tmp_path / "fuzz" / "jaildiff" / "__init__.py").touch()
    with pytest.raises(InputError, match="its fuzz failed"):
        timed(tmp_path, 3)
