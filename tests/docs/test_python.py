import doctest
import subprocess
import sys
from importlib import import_module

import pytest

import jaildiff
from tests.house.tools import ROOT

HEAVY = {"click", "rich", "hypothesis", "pandas", "matplotlib"}


def failures(source: str, name: str) -> tuple[int, int]:
    """How many examples fail, and how many there are."""
    test = doctest.DocTestParser().get_doctest(source, {}, name, name, 0)
    result = doctest.DocTestRunner().run(test)
    return result.failed, result.attempted


def test_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of docs/python.md comes true."""
    monkeypatch.chdir(ROOT)
    failed, tried = failures((ROOT / "docs" / "python.md").read_text(encoding="utf-8"), "python.md")
    assert failed == 0
    assert tried >= 10


@pytest.mark.parametrize("name", ["jaildiff", *sorted(jaildiff.__all__)])
def test_docstrings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples in the public docstrings come true."""
    monkeypatch.chdir(ROOT)
    text = (jaildiff if name == "jaildiff" else getattr(jaildiff, name)).__doc__ or ""
    assert failures(text, name)[0] == 0


def test_every_public_name_is_there() -> None:
    """`__all__` is sorted as people look for names, and names nothing that is not there."""
    assert all(hasattr(jaildiff, name) for name in jaildiff.__all__)
    assert len(set(jaildiff.__all__)) == len(jaildiff.__all__)


def test_the_package_starts_light() -> None:
    """`import jaildiff` loads neither the command line nor a library of tests."""
    heavy = {"click", "rich", "hypothesis", "pandas"}
    code = f"import sys, jaildiff; print(*({heavy} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == ""


def test_the_rooms_are_not_hidden() -> None:
    """No public name stands in the way of a room of the same name."""
    for room in ("programs", "kernels", "differ", "search"):
        assert getattr(jaildiff, room) is import_module(f"jaildiff.{room}")
