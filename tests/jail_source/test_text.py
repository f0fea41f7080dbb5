import importlib.machinery
import sys
from pathlib import Path

import pytest

from jail_kernel import lookup
from jail_source import text
from jail_source.text import interpreted, path_of
from tests.house.tools import ROOT


def test_the_text_of_a_module() -> None:
    """It is the file that was imported, or stands beside what was."""
    assert path_of("jail_kernel.lookup") == ROOT / "jail_kernel" / "lookup.py"


def test_the_text_beside_a_compiled_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a compiled module's file begins with that of the text."""
    spec = importlib.machinery.ModuleSpec("a.b", None, origin="/a/b.cpython-311-x86_64.so")
    monkeypatch.setattr(text, "find_spec", lambda _: spec)
    path_of.cache_clear()
    assert path_of("a.b") == Path("/a/b.py")
    path_of.cache_clear()


def test_a_text_makes_a_module_of_its_own() -> None:
    """It has the same functions, made anew, and stands in nobody's way."""
    made = interpreted("jail_kernel.lookup")
    assert made is not lookup
    assert made.named.__code__.co_code == lookup.named.__code__.co_code
    assert sys.modules["jail_kernel.lookup"] is lookup
