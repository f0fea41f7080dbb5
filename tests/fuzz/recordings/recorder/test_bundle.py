"""The recorder as one file."""

import ast
import subprocess
import sys
from pathlib import Path

from jaildiff.recordings.recorder.bundle import MODULES, bundle, without_own_imports
from tests.house.tools import ROOT, imports

OLDEST = (3, 9)


def test_the_file_needs_only_python_3_9() -> None:
    """It is written in the language of that version, and imports the standard library alone."""
    tree = ast.parse(bundle(), feature_version=OLDEST)
    names = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_every_module_is_in_it() -> None:
    """And none needs one that comes behind it, or anything else of jaildiff."""
    folder = ROOT / "fuzz" / "jaildiff" / "recordings" / "recorder"
    assert {path.stem for path in folder.glob("*.py")} == {*MODULES, "__init__", "bundle"}
    for number, module in enumerate(MODULES):
        before = {f"jaildiff.recordings.recorder.{name}" for name in MODULES[:number]}
        own = {name for name in imports(folder / f"{module}.py") if name.startswith("jaildiff")}
        assert own <= before


def test_it_runs_alone(tmp_path: Path) -> None:
    """Without jaildiff on the path it shows what it would do, and refuses this system."""
    (tmp_path / "record.py").write_text(bundle())
    (tmp_path / "programs.jsonl").write_text('{"id": "p", "ops": [{"op": "exit", "pid": 1}]}\n')
    command = [sys.executable, "-I", "-S", "record.py", "programs.jsonl"]
    for words, code, out in (
        (["--dry-run"], 0, "# p: can be performed\n    p1: exit({})\n"),
        ([], 4, ""),
    ):
        answer = subprocess.run(
            [*command, *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (answer.returncode, answer.stdout) == (code, out)


def test_what_is_left_out() -> None:
    """Imports of neighbours, also over several lines, of the future, and for types only."""
    text = (
        "from __future__ import annotations\nimport os\n"
        "from jaildiff.recordings.recorder.jids import (\n    Jids,\n)\n"
        "if TYPE_CHECKING:\n    from typing import Any\nX = 1\n"
    )
    assert without_own_imports(text) == "import os\nX = 1\n"
