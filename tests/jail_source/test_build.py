import importlib.machinery
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jail_source import build
from jail_source.build import TextOnly, is_compiled, run_text_only
from tests.house.tools import ROOT


@pytest.mark.parametrize(("file", "compiled"), [("kernel.py", False), ("kernel.so", True)])
def test_what_runs_is_known(monkeypatch: pytest.MonkeyPatch, file: str, *, compiled: bool) -> None:
    """A kernel is compiled if it comes from a file that is no text."""
    spec = importlib.machinery.ModuleSpec("jail_kernel.kernel", None, origin=file)
    monkeypatch.setattr(build, "find_spec", lambda _: spec)
    assert is_compiled() == compiled


def test_only_texts_of_ours_are_found(tmp_path: Path) -> None:
    """A module of ours has its text for its origin; of others nothing is said."""
    (tmp_path / "lookup.py").touch()
    finder = TextOnly()
    found = finder.find_spec("jail_kernel.lookup", [str(tmp_path)])
    assert found is not None
    assert found.origin == str(tmp_path / "lookup.py")
    assert finder.find_spec("jail_kernel.other", [str(tmp_path)]) is None
    assert finder.find_spec("somebody.lookup", [str(tmp_path)]) is None
    assert finder.find_spec("jail_kernel", None) is None


@pytest.mark.parametrize(("asked", "expected"), [("1", True), ("", False)])
def test_the_environment_asks_for_texts(asked: str, *, expected: bool) -> None:
    """With JAILDIFF_SOURCE=1 our finder comes first."""
    script = "import jaildiff, sys; print(type(sys.meta_path[0]).__name__ == 'TextOnly')"
    env = os.environ | {build.VARIABLE: asked}
    words = [sys.executable, "-c", script]
    said = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert said.stdout == f"{expected}\n"


def test_texts_are_asked_for_before_anything_else_is_loaded() -> None:
    """What was loaded before the finder is there could be compiled."""
    script = (
        "import jaildiff, sys; print([name for name in sys.modules if name.startswith(OURS)][:2])"
    )
    words = [sys.executable, "-c", f"OURS = {build.OURS}; {script}"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "['jaildiff']\n"


def test_a_command_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same words and nothing compiled; where nothing is compiled it goes on."""
    begun: list[tuple[object, ...]] = []
    monkeypatch.setattr(os, "execve", lambda *words: begun.append(words))
    monkeypatch.setattr(sys, "argv", ["jaildiff", "judge", "a b"])
    run_text_only()
    assert begun == []
    monkeypatch.setattr(build, "is_compiled", lambda: True)
    run_text_only()
    ((program, words, env),) = begun
    assert (program, words) == (sys.executable, [sys.executable, "-m", "jaildiff", "judge", "a b"])
    assert isinstance(env, dict)
    assert env[build.VARIABLE] == "1"
