"""Optional libraries: what to do if one is missing."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, requires


class MissingLibraryError(ModuleNotFoundError):
    """An optional library that is not installed; str() says how to install it."""


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Inside, a library that is missing is a MissingLibraryError; `extra` is the group of
    pyproject.toml that has it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        libraries = " ".join(f"'{library}'" for library in libraries_of(extra) or [str(error.name)])
        message = f"{error.name} is missing; install it with: {sys.executable} -m pip install "
        raise MissingLibraryError(message + libraries, name=error.name) from None


def libraries_of(extra: str) -> list[str]:
    """The libraries of an extra as pip takes them, which works in a clone and in an installed
    package; none if jaildiff is not installed.
    """
    try:
        known = requires("jaildiff") or []
    except PackageNotFoundError:
        known = []  # Run from a folder that was never installed.
    mark = re.compile(rf";.*\bextra == ['\"]{extra}['\"]")
    return [line.partition(";")[0].strip() for line in known if mark.search(line)]
