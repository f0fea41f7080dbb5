"""descriptor_model has what the work on descriptors changed, marked, and inherits the rest."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from descriptor_model import HANDLERS
from prison.descent import inherit
from tests.house.parity import Source, descends
from tests.house.tools import ROOT, module_name, sources

HEIR = "descriptor_model"
ANCESTORS = ("new_model", "prison")  # the nearest first
NOT_KERNEL_CODE = {"__init__.py", "deltas.py"}


def files() -> list[str]:
    """Return the names of the files with kernel code."""
    return [path.name for path in sources(HEIR) if path.name not in NOT_KERNEL_CODE]


def is_inherited(item: ast.AST) -> bool:
    """Tell whether a statement takes a function over: name = inherit(...)."""
    return isinstance(item, ast.Assign) and ast.unparse(item.value).startswith("inherit(")


def heir(file: str) -> Source:
    """Read one file, without what it takes over."""
    source = Source(f"{HEIR}/{file}", (ROOT / HEIR / file).read_text(encoding="utf-8"))
    source.items = [item for item in source.items if not is_inherited(item)]
    return source


def ancestor(file: str) -> Source:
    """Read the file of the nearest ancestor that has one; empty if none has."""
    for package in ANCESTORS:
        path = ROOT / package / file
        if path.exists():
            return Source(f"{package}/{file}", path.read_text(encoding="utf-8"))
    return Source("nowhere", "")


@pytest.mark.parametrize("file", files())
def test_marks_and_differences_coincide(file: str) -> None:
    """Every difference from the ancestor is marked, every mark is at one."""
    assert descends(ancestor(file), heir(file)) == []


def test_marks_and_deltas_coincide() -> None:
    """Every mark cites a delta of descriptor_model/deltas.py, and every delta is cited."""
    cited = {delta for file in files() for _, delta in heir(file).marks.values()}
    assert cited == {delta.id for delta in import_module("descriptor_model.deltas").DELTAS}


@pytest.mark.parametrize("path", sources(HEIR), ids=lambda path: path.name)
def test_what_is_inherited_keeps_its_name(path: Path) -> None:
    """name = inherit(untouched.name, ...), so that a reader finds the text."""
    taken = [item for item in ast.parse(path.read_text()).body if is_inherited(item)]
    for item in taken:
        assert isinstance(item, ast.Assign)
        assert isinstance(item.value, ast.Call)
        assert ast.unparse(item.targets[0]) == ast.unparse(item.value.args[0]).split(".")[-1]


def own_functions() -> dict[tuple[str, str], FunctionType]:
    """Return what the package has in place of an ancestor's function, by file and name."""
    return {
        (path.stem, name): value
        for path in sources(HEIR)
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


def reached() -> dict[FunctionType, FunctionType | None]:
    """Return every function that a system call can reach, with one that calls it."""
    found: dict[FunctionType, FunctionType | None] = {}
    waiting = [(value, None) for value in HANDLERS.values() if isinstance(value, FunctionType)]
    while waiting:
        function, caller = waiting.pop()
        if function not in found:
            found[function] = caller
            waiting += [(value, function) for value in called(function)]  # type: ignore[misc]  # the first have no caller
    return found


def test_no_call_reaches_what_was_changed() -> None:
    """Whoever calls a function that has an heir calls the heir."""
    own = {name: value for (_, name), value in own_functions().items()}
    wrong = [
        f"{caller.__name__ if caller else 'a handler'} calls {function.__module__}.{name}"
        for function, caller in reached().items()
        for name in [function.__name__]
        if name in own
        and own[name] is not function
        and function.__module__.partition(".")[0] in ANCESTORS
        and not is_bound_anew(function)
    ]
    assert wrong == []


def test_a_forgotten_heir_is_noticed() -> None:
    """The walk over calls finds a function that calls the ancestor's."""
    proc = import_module("prison.proc")
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
