import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError

import pytest
from packaging.requirements import Requirement

from jaildiff.support import extras
from jaildiff.support.extras import MissingLibraryError, libraries_of, needs

EXTRAS = ("atheris", "ci", "dask", "hypothesis", "report")


@pytest.mark.parametrize("extra", EXTRAS)
def test_libraries(extra: str) -> None:
    """Each extra that a message may name has libraries, and pip understands them."""
    found = libraries_of(extra)
    assert found
    assert all(Requirement(library).marker is None for library in found)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is a command that installs the library itself, with this very interpreter."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingLibraryError) as caught, needs("dask"):
        import_module("distributed")
    text = f"distributed is missing; install it with: {sys.executable} -m pip install 'distributed"
    assert str(caught.value).startswith(text)


def test_without_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that was never installed the library is named without its version."""

    def missing(_: str) -> list[str]:
        raise PackageNotFoundError

    monkeypatch.setattr(extras, "requires", missing)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingLibraryError, match=r"pip install 'distributed'$"), needs("dask"):
        import_module("distributed")


def test_nothing_is_missing() -> None:
    """What is there is used."""
    with needs("ci"):
        import_module("junitparser")
