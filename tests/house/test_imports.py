"""Imports point one way: prison <- models <- registry of models <- the rest <- command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tools import PACKAGES, ROOT, imports, module_name, name, sources, within

MAY_IMPORT = {
    "prison": ("prison",),
    "legacy_model": ("prison", "legacy_model"),
    "new_model": ("prison", "new_model"),
    "userland": ("prison.call", "userland"),
}
REGISTRY = "fuzz.kernels.registry"
JUDGES = ("fuzz.differ.verdict.landed_patch", "fuzz.differ.verdict.predicates")
RULES_MAY_IMPORT = ("prison.call", "prison.jail_get")
HEAVY = ("atheris", "hypothesis", "jinja2", "matplotlib", "numpy", "pandas")


def importers_of(*targets: str) -> set[str]:
    """Return the modules, of all packages, that import a target from outside it."""
    return {
        module_name(path)
        for path in sources(*PACKAGES)
        if not within(module_name(path), *targets)
        and any(within(module, *targets) for module in imports(path))
    }


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_kernel_packages_import_only_downwards(package: str) -> None:
    """A kernel package imports the standard library, itself and, if a model, prison; the userland
    knows calls, and no kernel.
    """
    wrong = [
        f"{name(path)} imports {module}"
        for path in sources(package)
        for module in sorted(imports(path))
        if not within(module, *MAY_IMPORT[package], *sys.stdlib_module_names)
    ]
    assert wrong == []


def test_only_the_registry_knows_the_models() -> None:
    """Everything but the registry takes a model as an argument, engines included."""
    assert importers_of("legacy_model", "new_model") <= {REGISTRY}


def test_rules_see_only_what_user_space_sees() -> None:
    """A rule judges calls and results, so it cannot be right by accident of implementation."""
    wrong = [
        f"{name(path)} imports {module}"
        for path in sources("fuzz")
        if module_name(path) in JUDGES
        for module in sorted(imports(path))
        if within(module, "prison") and not within(module, *RULES_MAY_IMPORT)
    ]
    assert wrong == []


def test_nothing_imports_the_command_line() -> None:
    """fuzz.cli is the top: only `python -m fuzz` may start it."""
    assert importers_of("fuzz.cli") <= {"fuzz.__main__"}


def test_the_command_line_starts_light() -> None:
    """Importing fuzz.cli loads no library of a report, a test or an engine."""
    code = f"import sys, fuzz.cli.main; print(*(m for m in {HEAVY} if m in sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout.strip(), answer.stderr) == (0, "", "")


def test_imports_are_found_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative, nested and from-imports all give the dotted name of the module imported."""
    monkeypatch.setattr("tests.house.tools.ROOT", tmp_path)
    (tmp_path / "fuzz" / "rules").mkdir(parents=True)
    for known in ("fuzz/cli.py", "fuzz/rules/__init__.py", "fuzz/rules/table.py"):
        (tmp_path / known).touch()
    path = tmp_path / "fuzz" / "rules" / "names.py"
    path.write_text(
        "import os.path as p\n"
        "from . import table\n"
        "from .table import ROWS\n"
        "def f():\n"
        "    from .. import cli\n"
        "    from prison.state import Prison\n"
    )
    assert imports(path) == {"os.path", "fuzz.rules.table", "fuzz.cli", "prison.state"}
