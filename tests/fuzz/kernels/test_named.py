from pathlib import Path
from textwrap import dedent

import pytest

from jail_kernel.call import JailSet
from jaildiff.kernels.fault import load
from jaildiff.kernels.named import all_kernels, kernel
from jaildiff.kernels.registry import KERNELS, LEGACY, NEW, ancestry
from jaildiff.support.errors import InputError

FIX = "N1-presumed-parent-corrected"
WHOLE = "from new_model import HANDLERS\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a test may write a package; it is found there."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def written(folder: Path, name: str, text: str) -> str:
    """Write a package with this text; its name."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(dedent(text), encoding="utf-8")
    return name


def test_shipped_kernels() -> None:
    """Each is found by its name."""
    assert [kernel(name) for name in KERNELS] == [*KERNELS.values()]


def test_an_edited_kernel() -> None:
    """It answers as its base but for the edit, descends from it, and is judged as it."""
    fixed = kernel(f"new+{FIX}")
    assert (fixed.name, fixed.parent, fixed.shipped_as) == (f"new+{FIX}", "new", "new")
    assert fixed.handlers[JailSet] is not NEW.handlers[JailSet]
    assert ancestry(fixed) == [f"new+{FIX}", "new", "legacy"]
    assert "changed: " in fixed.title


def test_several_edits() -> None:
    """They are joined by more plus signs."""
    ids = [fault.id for fault in load().values() if fault.gone]
    assert kernel("+".join(("new", *ids))).name.count("+") == len(ids)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nev", r"no kernel 'nev' \(did you mean 'new'\?\); there are: corrected, dead-bit, "),
        ("new+N1-presumed-parent-correctd", f"no edit .* of the kernel new.*{FIX}"),
        (f"legacy+{FIX}", f"the edit '{FIX}' is of the kernel new, not of legacy"),
        ("new+rule-by-jid-only", "is of the rules, not of new"),
        (f"new+{FIX}+{FIX}", "found it 0 times"),
        ("", "no kernel ''"),
    ],
)
def test_what_is_no_kernel(name: str, message: str) -> None:
    """The message names what is there, and the nearest."""
    with pytest.raises(InputError, match=message):
        kernel(name)


def test_a_package(package: Path) -> None:
    """A package with handlers is a kernel; what it does not say follows from its ancestor."""
    module = written(package, "plain_model", f'"""A copy."""\n{WHOLE}')
    found = kernel("plain", (module,))
    assert (found.title, found.key, found.parent) == ("A copy", "plain", "new")
    assert (found.has_deadid, found.shipped_as, found.package) == (True, "new", "plain_model")


def test_nobody_has_recorded_a_kernel_of_yours(package: Path) -> None:
    """A kernel from a package does not rest on the recordings of its ancestor."""
    found = kernel("alone", (written(package, "alone_model", WHOLE),))
    assert (found.rests_on, NEW.rests_on) == ("yours", "recorded")


def test_a_package_says_what_it_is(package: Path) -> None:
    """Name, title, ancestor, key and counter."""
    text = """
        from legacy_model import HANDLERS
        NAME, TITLE, DESCENDS_FROM, KEY, HAS_DEADID = "mine", "Mine.", "legacy", "k", False
        """
    found = kernel("mine", (written(package, "said", text),))
    assert (found.name, found.title, found.parent, found.key) == ("mine", "Mine.", "legacy", "k")
    assert (found.has_deadid, found.shipped_as) == (LEGACY.has_deadid, "legacy")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected HANDLERS"),
        ("HANDLERS = {}", "HANDLERS: expected one for JailSet, JailGet"),
        ("import nowhere_to_be_found", "cannot be imported: ModuleNotFoundError.*nowhere"),
        ("raise SystemError('no')", "cannot be imported: SystemError: no"),
        (f"{WHOLE}NAME = 'a b'", "NAME: expected letters"),
        (f"{WHOLE}NAME = 'new'", "expected a new name for its kernel, found 'new'"),
        (f"{WHOLE}TITLE = 3", "TITLE: expected text, found 3"),
        (f"{WHOLE}DESCENDS_FROM = 'old'", "DESCENDS_FROM: no kernel 'old'"),
    ],
)
def test_what_is_no_kernel_package(
    package: Path, text: str, message: str, request: pytest.FixtureRequest
) -> None:
    """The package is named, and why."""
    number = request.node.callspec.indices["text"]
    module = written(package, f"broken{number}", text)
    with pytest.raises(InputError, match=message) as raised:
        all_kernels((module,))
    assert raised.value.path == module
