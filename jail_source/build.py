"""Which build runs: the text, or the modules compiled from it.

Edited and derived kernels are always made from the text.  With JAILDIFF_SOURCE=1 in the
environment, only the text runs.
"""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

VARIABLE = "JAILDIFF_SOURCE"
OURS = ("jail_kernel", "legacy_model", "new_model", "jaildiff")  # packages with compiled modules


def is_compiled() -> bool:
    """Whether the kernels that run here are compiled."""
    spec = find_spec("jail_kernel.kernel")
    return spec is not None and not str(spec.origin).endswith(".py")


class TextOnly(MetaPathFinder):
    """Finds the text of our modules even if there are compiled ones."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The text, for one of our modules; None for packages and others, found as usual."""
        del target
        if name.partition(".")[0] in OURS and path is not None:
            for folder in path:
                file = Path(folder, f"{name.rpartition('.')[2]}.py")
                if file.is_file():
                    return spec_from_file_location(name, file)
        return None


def use_text_if_asked() -> None:
    """Run only source text if the environment says so."""
    if os.environ.get(VARIABLE):
        sys.meta_path.insert(0, TextOnly())


def run_text_only() -> None:
    """Restart this command on source text, if compiled modules are running."""
    if is_compiled():
        words = [sys.executable, "-m", "jaildiff", *sys.argv[1:]]
        os.execve(sys.executable, words, {**os.environ, VARIABLE: "1"})  # noqa: S606  # it is this very command
