"""Kernels by name: shipped ones, those of packages of one's own, and any of them with edits.

`new+N1-presumed-parent-corrected` is the kernel `new` with one seeded fault or correction
(fuzz/kernels/faults); several are joined by more `+`.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import get_args

from fuzz.kernels.edited import variant
from fuzz.kernels.fault import Fault, load
from fuzz.kernels.registry import KERNELS, Model
from fuzz.support.errors import InputError, suggestion
from prison.call import Call

GROUP = "jaildiff.kernels"  # of entry points; each names a package
NAME = re.compile(r"[A-Za-z0-9_.-]+")


@lru_cache(maxsize=64)
def kernel(name: str, modules: tuple[str, ...] = ()) -> Model:
    """The kernel of that name; `modules` are packages to look in besides the shipped ones.

    Raises InputError if there is no such kernel or edit, or if a package holds no kernel.
    """
    base, *edits = name.split("+")
    model = all_kernels(modules).get(base) if base not in KERNELS else KERNELS[base]
    if model is None:
        names = sorted(all_kernels(modules))
        hint = suggestion(base, names)
        raise InputError("", 0, 0, f"no kernel {base!r}{hint}; there are: {', '.join(names)}")
    return edited(model, edits) if edits else model


def all_kernels(modules: Sequence[str] = ()) -> dict[str, Model]:
    """Every kernel that has a name of its own.  Raises InputError if a package holds none."""
    found = dict(KERNELS)
    installed = sorted({point.value for point in entry_points(group=GROUP)})
    for package in dict.fromkeys((*installed, *modules)):
        model = of_package(package)
        if model.name in found:
            message = f"expected a new name for its kernel, found {model.name!r}, which is taken"
            raise InputError(package, 0, 0, message)
        found[model.name] = model
    return found


def edited(model: Model, ids: Sequence[str]) -> Model:
    """A kernel with seeded faults or corrections.  Raises InputError if one is not for it."""
    known = load()
    chosen = [fault_of(model, known, id_) for id_ in ids]
    edits = [edit for fault in chosen for edit in fault.edits]
    name = "+".join((model.name, *ids))
    try:
        changed = variant(model, edits)
    except InputError as error:
        raise InputError("", 0, 0, f"kernel {name}: {error.message}") from None
    title = f"{model.name}, changed: {'; '.join(fault.title for fault in chosen)}"
    return replace(changed, name=name, title=title, parent=model.name)


def fault_of(model: Model, known: Mapping[str, Fault], id_: str) -> Fault:
    """The fault or correction of that id, if it is one of this kernel."""
    fault = known.get(id_)
    if fault is None:
        fits = [name for name, found in known.items() if found.model == model.name]
        hint = suggestion(id_, fits)
        raise InputError("", 0, 0, f"no edit {id_!r} of the kernel {model.name}{hint}")
    if fault.model != model.name:
        whose = "of the rules" if fault.model == "rules" else f"of the kernel {fault.model}"
        raise InputError("", 0, 0, f"the edit {id_!r} is {whose}, not of {model.name}")
    return fault


@lru_cache(maxsize=64)
def of_package(package: str) -> Model:
    """The kernel in a package: its HANDLERS, and what else it says of itself.

    NAME (default: the package's, without `_model`), TITLE (the first line of its docstring),
    DESCENDS_FROM ("new"), KEY (whose answers it gives in recordings; its name), HAS_DEADID (as its
    ancestor).  Raises InputError if it is no such package.
    """
    module = import_package(package)
    parent = text_of(module, "DESCENDS_FROM", "new")
    if parent not in KERNELS:
        message = f"DESCENDS_FROM: no kernel {parent!r}; there are: {', '.join(KERNELS)}"
        raise InputError(package, 0, 0, message)
    name = text_of(module, "NAME", package.rpartition(".")[2].removesuffix("_model"))
    if not NAME.fullmatch(name):
        raise InputError(package, 0, 0, f"NAME: expected letters, digits, - _ or ., found {name!r}")
    first_line = (module.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    handlers = getattr(module, "HANDLERS", None)
    if not isinstance(handlers, Mapping):
        raise InputError(package, 0, 0, "expected HANDLERS, a handler for each kind of call")
    missing = [kind.__name__ for kind in get_args(Call) if not callable(handlers.get(kind))]
    if missing:
        raise InputError(package, 0, 0, f"HANDLERS: expected one for {', '.join(missing)} too")
    return replace(
        KERNELS[parent],
        name=name,
        title=text_of(module, "TITLE", first_line or name),
        key=text_of(module, "KEY", name),
        handlers=handlers,
        has_deadid=bool(getattr(module, "HAS_DEADID", KERNELS[parent].has_deadid)),
        package=package,
        parent=parent,
    )


def import_package(package: str) -> ModuleType:
    """The package, also from the working directory.  Raises InputError with the reason."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        return import_module(package)
    except Exception as error:  # somebody else's code may fail in any way
        what = f"{type(error).__name__}: {error}"
        raise InputError(package, 0, 0, f"cannot be imported: {what}") from error


def text_of(module: ModuleType, name: str, default: str) -> str:
    """A text that a package says of itself."""
    value = getattr(module, name, default)
    if not isinstance(value, str) or not value:
        raise InputError(module.__name__, 0, 0, f"{name}: expected text, found {value!r}")
    return value
