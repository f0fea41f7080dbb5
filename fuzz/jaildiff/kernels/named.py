"""Find kernels by name: shipped ones, those in the user's packages, and any of these with edits.

`new+N1-presumed-parent-corrected` is the kernel `new` with one seeded fault or correction
(fuzz/jaildiff/kernels/faults); further ones follow, each after a `+`.  `renamed` and `corrected`,
two designs of the review, are such kernels under names of their own, with a few more edits.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import get_args

from jail_kernel.call import Call
from jaildiff.kernels.edited import Edit, variant
from jaildiff.kernels.fault import Fault, load
from jaildiff.kernels.registry import ARGUED, KERNELS, PROPOSALS, YOURS, Model
from jaildiff.support.errors import InputError, suggestion

GROUP = "jaildiff.kernels"  # the group of entry points; each names a package
NAME = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class EditedDesign:
    """A design from the review that consists of `new` and edits."""

    title: str
    corrections: tuple[str, ...]  # of fuzz/jaildiff/kernels/faults/corrections.toml
    edits: tuple[Edit, ...]  # applied after them


TOO_LONG = Edit(  # The review does not say what happens if the name with the new jid is too long.
    "new_model/jail_set.py",
    "            set_name(k, target.deadpr.parent, target.deadpr, str(deadid))",
    """\
            grows = len(str(deadid)) - len(str(target.jid))
            for tpr in [target.deadpr, *descendants(target.deadpr)]:
                if len(tpr.name) + grows > 255:
                    raise UndefinedByDesign("a name that has no room for the renumbered jail's jid")
            set_name(k, target.deadpr.parent, target.deadpr, str(deadid))""",
)
TOO_LONG_IMPORTS = Edit(
    "new_model/jail_set.py",
    "from jail_kernel.reference import ALIVE, ancestry, prison_deref, prison_hold\n"
    "from jail_kernel.state import Prison\n",
    "from jail_kernel.reference import ALIVE, ancestry, descendants, prison_deref, prison_hold\n"
    "from jail_kernel.state import Prison, UndefinedByDesign\n",
)
WHOLE_NAMES = Edit(  # corrects "renamed-descendants" of the baseline, a mistake of both kernels
    "jail_kernel/jail_params.py",
    """\
    old = len(c_string(pr.buf, name_offset(k, ppr)))
    new = len(namelc)
    name = namelc if ppr is k.prison0 else f"{ppr.name}.{namelc}"
""",
    """\
    name = namelc if ppr is k.prison0 else f"{ppr.name}.{namelc}"
    old, new = len(pr.name), len(name)
""",
)
EDITED = {
    "renamed": EditedDesign(
        "a numeric name follows the renumbering",
        ("N5-numeric-name-corrected",),
        (TOO_LONG, TOO_LONG_IMPORTS),
    ),
    "corrected": EditedDesign(
        "all known mistakes of the landed patch are corrected",
        (
            "N1-presumed-parent-corrected",
            "N2-exhaustion-corrected",
            "N3-failed-create-corrected",
            "N4-foreign-dying-jail-corrected",
        ),
        (WHOLE_NAMES,),
    ),
}
DESIGNS = (*PROPOSALS, *EDITED)  # names; none of these was ever built


@lru_cache(maxsize=64)
def kernel(name: str, modules: tuple[str, ...] = ()) -> Model:
    """The kernel with this name; `modules` are the user's packages to search, too.

    Raises InputError if the kernel or an edit does not exist, or a package contains no kernel.
    """
    base, *edits = name.split("+")
    model = KERNELS.get(base) or PROPOSALS.get(base) or all_kernels(modules).get(base)
    if model is None:
        names = sorted(all_kernels(modules))
        hint = suggestion(base, names)
        raise InputError("", 0, 0, f"no kernel {base!r}{hint}; there are: {', '.join(names)}")
    return edited(model, edits) if edits else model


def all_kernels(modules: Sequence[str] = ()) -> dict[str, Model]:
    """All kernels without edits, by name.  Raises InputError if a package contains no kernel."""
    found = KERNELS | PROPOSALS | {name: edited_design(name) for name in EDITED}
    installed = sorted({point.value for point in entry_points(group=GROUP)})
    for package in dict.fromkeys((*installed, *modules)):
        model = of_package(package)
        if model.name in found:
            message = f"expected a new name for its kernel, found {model.name!r}, which is taken"
            raise InputError(package, 0, 0, message)
        found[model.name] = model
    return found


@cache
def edited_design(name: str) -> Model:
    """The design with this name, as a kernel; it is judged by its own rules if it has some."""
    design, known, new = EDITED[name], load(), KERNELS["new"]
    edits = [edit for id_ in design.corrections for edit in known[id_].edits]
    changed = variant(new, [*edits, *design.edits])
    return replace(
        changed,
        name=name,
        title=design.title,
        key=name,
        parent=new.name,
        shipped_as=name,
        rests_on=ARGUED,
    )


def edited(model: Model, ids: Sequence[str]) -> Model:
    """A kernel with seeded faults or corrections.  Raises InputError if one does not fit it."""
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
    """The fault or correction with this id.  Raises InputError if it is for another kernel."""
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
    """The kernel in a package, made from its HANDLERS and from optional constants.

    - NAME: default, the package's name without `_model`;
    - TITLE: default, the first line of its docstring;
    - DESCENDS_FROM: default, "new";
    - KEY, its column in recordings: default, its name;
    - HAS_DEADID: default, as its ancestor.

    Raises InputError if the package does not contain such a kernel.
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
        rests_on=YOURS,
    )


def import_package(package: str) -> ModuleType:
    """Import a package, also from the working directory.  Raises InputError with the reason."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        return import_module(package)
    except Exception as error:  # foreign code may fail in any way
        what = f"{type(error).__name__}: {error}"
        raise InputError(package, 0, 0, f"cannot be imported: {what}") from error


def text_of(module: ModuleType, name: str, default: str) -> str:
    """A constant of a package that must be text.  Raises InputError."""
    value = getattr(module, name, default)
    if not isinstance(value, str) or not value:
        raise InputError(module.__name__, 0, 0, f"{name}: expected text, found {value!r}")
    return value
