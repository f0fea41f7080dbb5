"""A model with small changes to its source text, loaded beside the original.

Edited modules, and all modules that import them directly or indirectly, are loaded afresh; all
others are shared with the original.  This has two uses.  A call that an edit cannot reach keeps
its original handler, so the differ sees at once that it cannot differ (`Model.steps_as`).  And
kernels, prisons and calls are never edited, so every model can step every kernel.
"""

import ast
import importlib.abc
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, ModuleType

from jail_kernel.call import JailSet
from jail_source.text import path_of
from jaildiff.kernels.registry import KERNELS, Model
from jaildiff.support.errors import InputError

# Models share these objects.
SHARED = ("jail_kernel.call", "jail_kernel.state", "jail_kernel.kernel")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to the text of a file; `old` must occur in it exactly once."""

    file: str
    old: str
    new: str

    @property
    def module(self) -> str:
        """The dotted name under which the file is imported."""
        path = self.file.removeprefix("fuzz/").removesuffix(".py")
        return path.replace("/", ".").removesuffix(".__init__")


def variant(model: Model, edits: Sequence[Edit]) -> Model:
    """The model with these edits.  Raises InputError if one does not apply."""
    own = model.handlers[JailSet].__module__.partition(".")[0]
    packages = ["jail_kernel", *ancestors_of(own), own]
    fresh = load_edited(edits, [module for package in packages for module in modules_of(package)])
    return replace(model, handlers=fresh[own].HANDLERS) if own in fresh else model


def ancestors_of(package: str) -> list[str]:
    """The packages of shipped kernels that a kernel's package imports."""
    texts = (path_of(name).read_text(encoding="utf-8") for name in modules_of(package))
    used = {name.partition(".")[0] for text in texts for name in imported_names(text)}
    return [model.package for model in KERNELS.values() if model.package in used - {package}]


def modules_of(package: str) -> list[str]:
    """The names of a package and of all modules in it."""
    path = import_module(package).__path__
    return [package, *(f"{package}.{found.name}" for found in pkgutil.iter_modules(path))]


def load_edited(edits: Sequence[Edit], modules: Sequence[str]) -> dict[str, ModuleType]:
    """Fresh copies, by name, of the edited modules and those among `modules` that import them.

    Everybody else goes on importing the originals.  Raises InputError if an edit does not apply.
    """
    for edit in edits:
        if edit.module in SHARED or edit.module not in modules:
            raise InputError("", 0, 0, f"{edit.file} cannot be edited")
    paths = {name: path_of(name) for name in modules}
    texts = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    for edit in edits:
        texts[edit.module] = applied(edit, texts[edit.module])
    for edit in edits:
        check_python(edit.file, texts[edit.module])
    known = frozenset(modules)
    uses = {name: imported_names(texts[name], known) & known - {name} for name in modules}
    fresh = dependents({edit.module for edit in edits}, uses)
    loaded: dict[str, ModuleType] = {}
    with replaced_packages({name.rpartition(".")[0] or name for name in fresh}):
        for name in in_order(fresh, uses):
            loaded[name] = load_module(name, paths[name], texts[name])
    return loaded


def applied(edit: Edit, text: str) -> str:
    """The text of a file after one edit."""
    count = text.count(edit.old)
    if count != 1 or edit.old == edit.new:
        first = edit.old.strip().partition("\n")[0]
        raise InputError("", 0, 0, f"{edit.file}: expected once {first!r}, found it {count} times")
    return text.replace(edit.old, edit.new)


def check_python(file: str, text: str) -> None:
    """Raise InputError if an edited file is no longer valid Python."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError("", 0, 0, f"{file}: with the edit it is no Python: {error}") from None


@cache
def imported_names(text: str, modules: frozenset[str] = frozenset()) -> frozenset[str]:
    """Every module that a text imports.

    `from a import b` counts as a.b if that is one of `modules`, and otherwise as a.
    """
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in modules else node.module)
    return frozenset(names)


def dependents(edited: set[str], uses: Mapping[str, AbstractSet[str]]) -> set[str]:
    """The edited modules and all that import them, directly or indirectly."""
    found = edited
    while more := {name for name, used in uses.items() if used & found} - found:
        found = found | more
    return found


def in_order(names: Iterable[str], uses: Mapping[str, AbstractSet[str]]) -> list[str]:
    """The names, each after those that it uses."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for used in sorted(uses[name] & set(names)):
            visit(used)
        ordered[name] = None

    for name in sorted(names):
        visit(name)
    return list(ordered)


@contextmanager
def replaced_packages(packages: set[str]) -> Iterator[None]:
    """Inside the block, let imports find new modules in sys.modules; then put the originals back.

    `from package import module` would find the original first, as an attribute of its package.
    So each package is replaced by an empty one for the time being.
    """
    kept = sys.modules.copy()
    for package in packages:
        bare = ModuleType(package)
        bare.__path__ = kept[package].__path__
        sys.modules[package] = bare
    try:
        yield
    finally:
        sys.modules.update(kept)


@cache
def compiled(path: str, text: str) -> CodeType:
    """The code of a text, cached: most modules of a variant are the same as in the last one."""
    return importlib.abc.InspectLoader.source_to_code(text, path)


def load_module(name: str, path: Path, text: str) -> ModuleType:
    """Run a module's text and leave it in sys.modules until `replaced_packages` ends."""
    spec = importlib.util.spec_from_loader(name, TextLoader(str(path), text))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001  # an edit may break anything
        said = f"{type(error).__name__}: {error}"
        raise InputError("", 0, 0, f"{path.name} cannot be loaded with the edit: {said}") from None
    return module


class TextLoader(importlib.abc.SourceLoader):
    """Loads a module from a text; the path serves tracebacks only."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002  # one loader, one module
        """The original's path."""
        return self.path

    def get_data(self, path: str | bytes) -> bytes:
        """The edited text.  Other paths are refused, so no compiled copy is read or written."""
        if path != self.path:
            raise OSError(path)
        return self.text.encode()

    def source_to_code(  # type: ignore[override]  # its arguments are as any caller passes them
        self, data: bytes, path: str, *, _optimize: int = -1
    ) -> CodeType:
        """The code, compiled only once for each text."""
        return compiled(path, data.decode())
