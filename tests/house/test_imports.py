"""Imports point one way: jail_kernel <- models <- the rooms of jaildiff, each on earlier ones."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jaildiff.cli.commands import COMMANDS
from tests.house.tools import (
    PACKAGES,
    ROOT,
    definitions,
    imports,
    module_name,
    name,
    sources,
    within,
)

MAY_IMPORT = {
    "jail_kernel": ("jail_kernel",),
    "legacy_model": ("jail_kernel", "legacy_model"),
    "new_model": ("jail_kernel", "new_model"),
    "descriptor_model": ("jail_kernel", "jail_source.descent", "new_model", "descriptor_model"),
    "proposed_models": ("jail_kernel", "jail_source.descent", "new_model", "proposed_models"),
    "jail_source": ("jail_source",),
    "jail_userland": ("jail_kernel.call", "jail_userland"),
}
OURS = {*PACKAGES, "jaildiff"}
REGISTRY = "jaildiff.kernels.registry"
HEAVY = ("atheris", "hypothesis", "jinja2", "matplotlib", "numpy", "pandas")

# A room imports itself and the rooms before it.
ROOMS = (
    "support",
    "programs",
    "kernels",
    "hosts",
    "differ",
    "findings",
    "impact",
    "profiles",
    "search",
    "selftest",
    "cli",
)
# Recordings stand beside findings and search: they see neither, and both do not see them.
RECORDINGS, BELOW_RECORDINGS, ABOVE_RECORDINGS = "recordings", ROOMS[:5], ROOMS[-2:]

VERDICT = "jaildiff.differ.verdict"
VERDICT_SEES = ("jail_kernel.call", "jail_kernel.jail_get")
# What a rule found is held against what the manual says of every new jail, and that is written down
# where the kernels have it: the permissions, the values of prison0, the limit on jids.
EXCUSED = {
    f"{VERDICT}.expectations": {
        "jail_kernel.allow",
        "jail_kernel.jail_conf",
        "jail_kernel.kernel",
        "jail_kernel.state",
    }
}


def room_of(module: str) -> str | None:
    """Return the room in which a module is; None outside of jaildiff, and above the rooms."""
    top, room = [*module.split("."), ""][:2]
    return room if top == "jaildiff" and room in (*ROOMS, RECORDINGS) else None


def may_see(room: str) -> set[str]:
    """Return the rooms that a room may import."""
    if room == RECORDINGS:
        return {RECORDINGS, *BELOW_RECORDINGS}
    seen = set(ROOMS[: ROOMS.index(room) + 1])
    return seen | {RECORDINGS} if room in ABOVE_RECORDINGS else seen


def upward(folder: str = "fuzz") -> Iterator[str]:
    """Yield the imports by which a module sees a room that is not below it."""
    for path in sources(folder):
        room = room_of(module_name(path))
        if room is None:
            continue
        allowed = may_see(room)
        for module in sorted(imports(path)):
            if within(module, "jaildiff") and room_of(module) not in allowed:
                yield f"{name(path)} imports {module}"


def seen_by_verdicts() -> dict[str, set[str]]:
    """Return what verdicts import of jail_kernel beyond calls and what jail_get reads."""
    found = {
        module_name(path): {
            module
            for module in imports(path)
            if within(module, "jail_kernel") and not within(module, *VERDICT_SEES)
        }
        for path in sources(f"fuzz/{VERDICT.replace('.', '/')}")
    }
    return {module: seen for module, seen in found.items() if seen}


def twice(folder: Path) -> list[str]:
    """Return the public names that two modules below a folder define, and where."""
    where: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        for public in definitions(path):
            where.setdefault(public, []).append(path.relative_to(folder).as_posix())
    return sorted(
        f"{public}: {', '.join(places)}" for public, places in where.items() if len(places) > 1
    )


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
    """A kernel package imports the standard library, itself, its ancestor and, if a model, prison;
    the userland knows calls, and no kernel.
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
    models = ("legacy_model", "new_model", "descriptor_model", "proposed_models")
    heirs = map(module_name, sources("descriptor_model", "proposed_models"))
    assert importers_of(*models) <= {REGISTRY, *heirs}


def test_rooms_import_only_downwards() -> None:
    """A room knows itself and the rooms below it; recordings stand beside findings and search."""
    assert list(upward()) == []


def test_every_room_is_known() -> None:
    """A new folder of jaildiff takes its place among the rooms."""
    rooms = {path.parent.name for path in (ROOT / "fuzz" / "jaildiff").glob("*/__init__.py")}
    assert rooms == {*ROOMS, RECORDINGS}


def test_nothing_imports_the_command_line() -> None:
    """jaildiff.cli is the top: only `python -m jaildiff` may start it."""
    assert importers_of("jaildiff.cli") <= {"jaildiff.__main__"}


def test_verdicts_see_only_what_user_space_sees() -> None:
    """A rule judges calls and results, so it cannot be right by accident of implementation."""
    assert seen_by_verdicts() == EXCUSED


def test_a_room_has_no_name_twice() -> None:
    """Whoever looks for a public name of a room finds one."""
    assert {
        room: found
        for room in (*ROOMS, RECORDINGS)
        if (found := twice(ROOT / "fuzz" / "jaildiff" / room))
    } == {}


def loaded_by(*args: str) -> set[str]:
    """The modules that a command of jaildiff loads."""
    code = (
        "import sys\nfrom jaildiff.cli.main import main\n"
        f"sys.argv[1:] = {args!r}\n"
        "try:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return set(answer.stderr.split())


def test_help_loads_no_command() -> None:
    """What --help and a completion need: the table of commands, click and the terminal."""
    ours = {name for name in loaded_by("--help") if name.partition(".")[0] in OURS}
    assert "jaildiff.cli.main" in ours
    assert len(ours) <= 20


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_starts_light(command: str) -> None:
    """No command loads a library of a report, a test or an engine before it needs it."""
    loaded = loaded_by(command, "--help")
    assert f"jaildiff.cli.commands.{command}" in loaded
    assert not loaded.intersection(HEAVY)


def test_imports_are_found_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative, nested and from-imports all give the dotted name of the module imported."""
    monkeypatch.setattr("tests.house.tools.ROOT", tmp_path)
    (tmp_path / "fuzz" / "jaildiff" / "rules").mkdir(parents=True)
    for known in (
        "fuzz/jaildiff/cli.py",
        "fuzz/jaildiff/rules/__init__.py",
        "fuzz/jaildiff/rules/table.py",
    ):
        (tmp_path / known).touch()
    path = tmp_path / "fuzz" / "jaildiff" / "rules" / "names.py"
    path.write_text(
        "import os.path as p\n"
        "from . import table\n"
        "from .table import ROWS\n"
        "def f():\n"
        "    from .. import cli\n"
        "    from jail_kernel.state import Prison\n"
    )
    assert imports(path) == {"os.path", "jaildiff.rules.table", "jaildiff.cli", "jail_kernel.state"}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the jaildiff folder of another project, with three rooms in it."""
    monkeypatch.setattr("tests.house.tools.ROOT", tmp_path)
    for room in ("support", "search", "recordings"):
        (tmp_path / "fuzz" / "jaildiff" / room).mkdir(parents=True)
        (tmp_path / "fuzz" / "jaildiff" / room / "__init__.py").touch()
        (tmp_path / "fuzz" / "jaildiff" / room / "thing.py").write_text(
            "SIZE = 1\n\n\ndef make():\n    pass\n"
        )
    return tmp_path / "fuzz" / "jaildiff"


def test_an_import_upwards_is_found(house: Path) -> None:
    """From support to search is wrong, also inside a function; the other way round is right."""
    (house / "search" / "other.py").write_text("from jaildiff.support.thing import make\n")
    assert list(upward()) == []
    (house / "support" / "other.py").write_text(
        "def f():\n    from jaildiff.search.thing import make\n"
    )
    (house / "support" / "third.py").write_text("import jaildiff\n")
    assert list(upward()) == [
        "fuzz/jaildiff/support/other.py imports jaildiff.search.thing",
        "fuzz/jaildiff/support/third.py imports jaildiff",
    ]


def test_an_import_sideways_is_found(house: Path) -> None:
    """Recordings and search do not see each other; self-test and command line see both."""
    (house / "search" / "other.py").write_text("from jaildiff.recordings import thing\n")
    (house / "recordings" / "other.py").write_text("from jaildiff.search import thing\n")
    assert list(upward()) == [
        "fuzz/jaildiff/recordings/other.py imports jaildiff.search.thing",
        "fuzz/jaildiff/search/other.py imports jaildiff.recordings.thing",
    ]
    assert may_see("cli") - may_see("selftest") == {"cli"}
    assert {"recordings", "search"} <= may_see("selftest")


def test_a_verdict_that_sees_more_is_found(house: Path) -> None:
    """The state of a kernel is none of a rule's business, whatever module of verdicts asks."""
    verdict = house / "differ" / "verdict"
    verdict.mkdir(parents=True)
    (verdict / "other.py").write_text(
        "from jail_kernel.call import Call\nfrom jail_kernel import state\n"
    )
    (house.parent.parent / "jail_kernel").mkdir()
    (house.parent.parent / "jail_kernel" / "state.py").touch()
    assert seen_by_verdicts() == {"jaildiff.differ.verdict.other": {"jail_kernel.state"}}


def test_a_name_that_stands_twice_is_found(house: Path) -> None:
    """Functions, classes and values count; private names and type variables do not."""
    assert twice(house / "support") == []
    (house / "support" / "inner").mkdir()
    (house / "support" / "inner" / "other.py").write_text(
        'from jaildiff.support.thing import make\n\nSIZE: int = 2\n_own = 1\nT = TypeVar("T")\n'
    )
    (house / "support" / "third.py").write_text(
        'class make:\n    SIZE = 1\n\n\n_own = 1\nT = TypeVar("T")\n'
    )
    assert twice(house / "support") == [
        "SIZE: inner/other.py, thing.py",
        "make: thing.py, third.py",
    ]
