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
    """Turn a failed import inside the block into a MissingLibraryError.

    `extra` is the group of pyproject.toml that lists the library.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        libraries = " ".join(f"'{library}'" for library in libraries_of(extra) or [str(error.name)])
        message = f"{error.name} is missing; install it with: {sys.executable} -m pip install "
        raise MissingLibraryError(message + libraries, name=error.name) from None


def libraries_of(extra: str) -> list[str]:
    """The requirements of an extra, in pip's notation; none if jaildiff is not installed.

    They come from the installed metadata, so this works in a clone and with a wheel alike.
    """
    try:
        known = requires("jaildiff") or []
    except PackageNotFoundError:
        known = []  # Run from a folder that was never installed.
    mark = re.compile(rf";.*\bextra == ['\"]{extra}['\"]")
    return [line.partition(";")[0].strip() for line in known if mark.search(line)]
