"""The recorder as one file, which runs without jaildiff."""

import ast
from importlib.resources import files

PACKAGE = "jaildiff.recordings.recorder"
MODULES = (
    "packing",
    "system",
    "actor",
    "jids",
    "ops",
    "folders",
    "recorder",
    "main",
)  # each needs only those before
HEAD = '''#!/usr/bin/env python3
"""Record what the kernel of a FreeBSD machine answers to programs of jaildiff.

Python 3.9 or newer, as root, on a machine or in a jail that was made for it:

    python3 record.py -o recording.jsonl programs.jsonl

This file was put together from the modules of jaildiff's recorder by `jaildiff record --kit`.
"""

from __future__ import annotations
'''


def bundle() -> str:
    """The text of the file."""
    parts = [HEAD]
    for module in MODULES:
        text = files(PACKAGE).joinpath(f"{module}.py").read_text(encoding="utf-8")
        parts.append(f"\n# ---- {module}\n\n{without_own_imports(text)}")
    return "".join(parts)


def without_own_imports(text: str) -> str:
    """A module without what a bundle has once: imports of neighbours and of the future."""
    rows = text.splitlines()
    gone: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt) and (is_own_import(node) or is_for_types(node)):
            gone |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    return "\n".join(row for number, row in enumerate(rows, 1) if number not in gone) + "\n"


def is_own_import(node: ast.stmt) -> bool:
    """Whether this imports a neighbour, or from the future."""
    if not isinstance(node, ast.ImportFrom):
        return False
    return node.module == "__future__" or str(node.module).startswith(PACKAGE)


def is_for_types(node: ast.stmt) -> bool:
    """Whether this is `if TYPE_CHECKING:`, which does nothing at run time."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
