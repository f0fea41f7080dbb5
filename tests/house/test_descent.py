"""A model that descends from another has what it changed, marked, and inherits the rest."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from jail_source.descent import inherit
from tests.house.parity import Source, descends
from tests.house.tools import ROOT, module_name, packages, sources

DESIGNS = [path for path in packages(ROOT / "proposed_models") if path.name != "proposed_models"]
HEIRS = ("descriptor_model", *(path.relative_to(ROOT).as_posix() for path in DESIGNS))
ANCESTORS = ("new_model", "jail_kernel")  # the nearest first
NOT_KERNEL_CODE = {"__init__.py", "deltas.py"}
each_heir = pytest.mark.parametrize("heir", HEIRS)


def files(heir: str) -> list[str]:
    """Return the names of the files with kernel code."""
    return [path.name for path in sources(heir) if path.name not in NOT_KERNEL_CODE]


def is_inherited(item: ast.AST) -> bool:
    """Tell whether a statement takes a function over: name = inherit(...)."""
    return isinstance(item, ast.Assign) and ast.unparse(item.value).startswith("inherit(")


def own(heir: str, file: str) -> Source:
    """Read one file, without what it takes over."""
    source = Source(f"{heir}/{file}", (ROOT / heir / file).read_text(encoding="utf-8"))
    source.items = [item for item in source.items if not is_inherited(item)]
    return source


def ancestor(file: str) -> Source:
    """Read the file of the nearest ancestor that has one; empty if none has."""
    for package in ANCESTORS:
        path = ROOT / package / file
        if path.exists():
            return Source(f"{package}/{file}", path.read_text(encoding="utf-8"))
    return Source("nowhere", "")


@pytest.mark.parametrize(("heir", "file"), [(h, file) for h in HEIRS for file in files(h)])
def test_marks_and_differences_coincide(heir: str, file: str) -> None:
    """Every difference from the ancestor is marked, every mark is at one."""
    assert descends(ancestor(file), own(heir, file)) == []


@each_heir
def test_marks_and_deltas_coincide(heir: str) -> None:
    """Every mark cites a delta of the package's deltas.py, and every delta is cited."""
    cited = {delta for file in files(heir) for _, delta in own(heir, file).marks.values()}
    deltas = import_module(f"{heir.replace('/', '.')}.deltas").DELTAS
    assert cited == {delta.id for delta in deltas}


@pytest.mark.parametrize(
    "path", sources(*HEIRS), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_what_is_inherited_keeps_its_name(path: Path) -> None:
    """name = inherit(untouched.name, ...), so that a reader finds the text."""
    taken = [item for item in ast.parse(path.read_text()).body if is_inherited(item)]
    for item in taken:
        assert isinstance(item, ast.Assign)
        assert isinstance(item.value, ast.Call)
        assert ast.unparse(item.targets[0]) == ast.unparse(item.value.args[0]).split(".")[-1]


def own_functions(heir: str) -> dict[tuple[str, str], FunctionType]:
    """Return what the package has in place of an ancestor's function, by file and name."""
    return {
        (path.stem, name): value
        for path in sources(heir)
        for name, value in vars(import_module(module_name(path))).items()
        if isinstance(value, FunctionType)
        and (value.__module__ == module_name(path) or is_bound_anew(value))
    }


def is_bound_anew(function: FunctionType) -> bool:
    """Tell whether a function is another one than the module has in which it was written."""
    return vars(import_module(function.__module__)).get(function.__name__) is not function


def called(function: FunctionType) -> Iterator[FunctionType]:
    """Yield the functions whose names stand in a function's text."""
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        codes += (const for const in code.co_consts if isinstance(const, CodeType))
        for name in code.co_names:
            value = function.__globals__.get(name)
            if isinstance(value, FunctionType):
                yield value


def reached(heir: str) -> dict[FunctionType, FunctionType | None]:
    """Return every function that a system call can reach, with one that calls it."""
    found: dict[FunctionType, FunctionType | None] = {}
    handlers = import_module(heir.replace("/", ".")).HANDLERS.values()
    waiting = [(value, None) for value in handlers if isinstance(value, FunctionType)]
    while waiting:
        function, caller = waiting.pop()
        if function not in found:
            found[function] = caller
            waiting += [(value, function) for value in called(function)]  # type: ignore[misc]  # the first have no caller
    return found


@each_heir
def test_no_call_reaches_what_was_changed(heir: str) -> None:
    """Whoever calls a function that has an heir calls the heir."""
    changed = {name: value for (_, name), value in own_functions(heir).items()}
    wrong = [
        f"{caller.__name__ if caller else 'a handler'} calls {function.__module__}.{name}"
        for function, caller in reached(heir).items()
        for name in [function.__name__]
        if name in changed
        and changed[name] is not function
        and function.__module__.partition(".")[0] in ANCESTORS
        and not is_bound_anew(function)
    ]
    assert wrong == []


def test_a_forgotten_heir_is_noticed() -> None:
    """The walk over calls finds a function that calls the ancestor's."""
    proc = import_module("jail_kernel.proc")
    assert proc.exit1 in set(called(proc.exit_))
    heirs = set(called(import_module("descriptor_model.proc").exit_))
    assert proc.exit1 not in heirs
    assert import_module("descriptor_model.proc").exit1 in heirs


def test_an_unmarked_change_is_noticed() -> None:
    """A changed function needs a mark, one that came to be needs New, an equal one is wrong."""
    old = "def f():\n    return 1\n"
    assert descends(Source("a", old), Source("h", old)) == ["h: f is identical, inherit it"]
    changed = "def f():\n    return 2\n"
    assert descends(Source("a", old), Source("h", changed)) == ["h:2: needs Modified or New"]
    marked = "def f():\n    # [Modified: J1]\n    return 2\n"
    assert descends(Source("a", old), Source("h", marked)) == []
    assert descends(Source("a", old), Source("h", "def g():\n    pass\n")) == ["h:1: needs New"]


def test_lost_code_is_marked_in_the_heir() -> None:
    """The ancestor has no marks of its heirs."""
    old = "# [New: D5]\ndef f():\n    a()\n    return 1\n"
    lost = "def f():\n    return 1\n"
    assert descends(Source("a", old), Source("h", lost)) == ["h:1: lost code, needs a mark"]
    marked = "def f():\n    # [Removed: J1]\n    return 1\n"
    assert descends(Source("a", old), Source("h", marked)) == []


def test_an_inherited_function_must_use_the_name() -> None:
    """inherit() refuses to bind what the text does not mention."""
    with pytest.raises(NameError, match="uses no prison_deref"):
        inherit(test_an_inherited_function_must_use_the_name, prison_deref=None)
