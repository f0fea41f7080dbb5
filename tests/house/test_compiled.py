"""What is not written in modules that mypyc compiles, because it would do something else there."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tools import ROOT, name, parse

EXTENDED = {"StrEnum", "NamedTuple", "Exception", "KernelPanic"}  # mypyc leaves these to Python


def setting(variable: str) -> set[str]:
    """A literal of setup.py."""
    for node in parse(ROOT / "setup.py").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == variable:
            return set(ast.literal_eval(node.value))
    raise LookupError(variable)


def compiled() -> list[Path]:
    """The modules that mypyc compiles."""
    left_out = setting("NOT_COMPILED")
    found = {path for pattern in setting("COMPILED") for path in ROOT.glob(pattern)}
    return sorted(path for path in found if path.name not in left_out)


def lazy(tree: ast.Module) -> Iterator[int]:
    """The lines that take one item from a generator expression, of which mypyc makes a list."""
    named = {
        ast.unparse(node.targets[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.GeneratorExp)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "next":
            items = node.args[0]
            if isinstance(items, ast.GeneratorExp) or ast.unparse(items) in named:
                yield node.lineno


def foreign(tree: ast.Module) -> Iterator[int]:
    """The lines of classes that extend one from a library; mypyc gets their memory wrong."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and not ours(node.module):
            names = {alias.asname or alias.name for alias in node.names} - EXTENDED
            for other in tree.body:
                if isinstance(other, ast.ClassDef) and names & {*map(ast.unparse, other.bases)}:
                    yield other.lineno


def cached(tree: ast.Module) -> Iterator[int]:
    """The lines of properties that only the source computes once."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if ast.unparse(decorator).rpartition(".")[2] == "cached_property":
                    yield node.lineno


def ours(module: str | None) -> bool:
    """Whether a module is one of the project's."""
    package = (module or "").partition(".")[0]
    return any((root / package).is_dir() for root in (ROOT, ROOT / "fuzz"))


def test_nothing_relies_on_a_lazy_generator() -> None:
    """A search for the first of something is a loop."""
    assert [f"{name(path)}:{line}" for path in compiled() for line in lazy(parse(path))] == []


def test_no_class_extends_one_of_a_library() -> None:
    """Such a class lives in a module that stays source."""
    assert [f"{name(path)}:{line}" for path in compiled() for line in foreign(parse(path))] == []


def test_no_property_is_cached() -> None:
    """Compiled, it would be computed each time."""
    assert [f"{name(path)}:{line}" for path in compiled() for line in cached(parse(path))] == []


def test_every_pattern_finds_something() -> None:
    """setup.py names no module that is gone."""
    assert [pattern for pattern in setting("COMPILED") if not list(ROOT.glob(pattern))] == []


def test_each_is_found() -> None:
    """A search by a lazy generator, an heir of a library's class, a property that is cached."""
    assert list(lazy(ast.parse("spared = (x for x in y)\nfirst = next(spared)"))) == [2]
    assert list(foreign(ast.parse("from random import Random\nclass Dice(Random): ..."))) == [2]
    text = "class Pair:\n    @functools.cached_property\n    def total(self): ..."
    assert list(cached(ast.parse(text))) == [3]
