"""Where a module's source text is, and the module that it makes."""

from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


@cache
def path_of(module: str) -> Path:
    """The file with a module's source text."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin)
    return path if path.suffix == ".py" else path.with_name(f"{path.name.partition('.')[0]}.py")


@cache
def interpreted(module: str) -> ModuleType:
    """A module loaded from its text, beside the compiled one that everybody else imports."""
    spec = spec_from_file_location(module, path_of(module))
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
