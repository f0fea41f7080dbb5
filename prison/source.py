"""Where the text of a module is, and which of text and compiled module runs.

A build can hold compiled modules beside the text (setup.py).  The text is what kernels are edited
and inherited from, and with JAILDIFF_SOURCE=1 in the environment nothing but the text runs.
"""

import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

VARIABLE = "JAILDIFF_SOURCE"
OURS = ("prison", "legacy_model", "new_model", "fuzz")  # packages with compiled modules


def is_compiled() -> bool:
    """Whether the kernels that run are compiled."""
    origin = getattr(sys.modules.get("prison.kernel"), "__file__", None) or ".py"
    return not str(origin).endswith(".py")


@cache
def path_of(module: str) -> Path:
    """The file with the text of a module."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin)
    return path if path.suffix == ".py" else path.with_name(f"{path.name.partition('.')[0]}.py")


@cache
def interpreted(module: str) -> ModuleType:
    """A module made from its text, beside the compiled one that everybody else imports."""
    spec = spec_from_file_location(module, path_of(module))
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


class TextOnly(MetaPathFinder):
    """Finds the text of our modules, whatever is compiled."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's text, if it is one of ours; packages are found as ever."""
        del target
        if name.partition(".")[0] in OURS and path is not None:
            for folder in path:
                file = Path(folder, f"{name.rpartition('.')[2]}.py")
                if file.is_file():
                    return spec_from_file_location(name, file)
        return None


def use_text_if_asked() -> None:
    """Run nothing compiled if the environment says so."""
    if os.environ.get(VARIABLE):
        sys.meta_path.insert(0, TextOnly())


def run_text_only() -> None:
    """Begin this command anew without compiled modules, if there are any."""
    if is_compiled():
        words = [sys.executable, "-m", "fuzz", *sys.argv[1:]]
        os.execve(sys.executable, words, {**os.environ, VARIABLE: "1"})  # noqa: S606  # it is this very command
