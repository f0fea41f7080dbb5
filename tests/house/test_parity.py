"""The two models differ where a mark says so, and nowhere else."""

from importlib import import_module
from textwrap import dedent, indent

import pytest

from tests.house.parity import Source, compare
from tests.house.tools import ROOT, sources

MODELS = ("legacy_model", "new_model")
NOT_KERNEL_CODE = {"deltas.py"}


def both(file: str) -> tuple[Source, Source]:
    """Read one file of both models; one that a model lacks is empty."""
    paths = [ROOT / model / file for model in MODELS]
    texts = [path.read_text(encoding="utf-8") if path.exists() else "" for path in paths]
    legacy, new = (
        Source(f"{model}/{file}", text) for model, text in zip(MODELS, texts, strict=True)
    )
    return legacy, new


def files() -> list[str]:
    """Return the names of the files that either model has."""
    found = {str(p.relative_to(ROOT / model)) for model in MODELS for p in sources(model)}
    return sorted(found - NOT_KERNEL_CODE)


@pytest.mark.parametrize("file", files())
def test_marks_and_differences_coincide(file: str) -> None:
    """Every difference of the models is marked, every mark is at one, what is equal is shared."""
    assert compare(*both(file)) == []


def test_marks_and_deltas_coincide() -> None:
    """Every mark cites a delta of new_model/deltas.py, and every delta is cited."""
    cited = {i for file in files() for source in both(file) for _, i in source.marks.values()}
    assert cited == {delta.id for delta in import_module("new_model.deltas").DELTAS}


def complaints(legacy: str, new: str) -> list[str]:
    """Compare two bodies of one function f, which is line 1."""
    old, patched = (
        Source(label, f"def f(x):\n{indent(dedent(body), '    ')}")
        for label, body in (("legacy", legacy), ("new", new))
    )
    return compare(old, patched)


BASE = """\
    if x:
        a()
        b()
    else:
        c()
    return x
    """


def test_an_unmarked_difference_fails() -> None:
    """A change without a mark is reported at its first line, also deep in a block."""
    assert complaints(BASE, BASE.replace("a()", "z()")) == ["new:3: needs Modified or New"]
    marked = BASE.replace("    a()", "    # [Modified: D1]\n        # Why.\n        z()")
    assert complaints(BASE, marked) == []


def test_removed_code_is_marked_on_both_sides() -> None:
    """What is gone has a mark in the old text, and the new function says that it lost something."""
    old = BASE.replace("    b()", "    # [Removed: D1]\n        b()")
    new = BASE.replace("        b()\n", "")
    kept = new.replace("    else:", "    # [Removed: D1]\n    else:")
    assert complaints(BASE, kept) == ["legacy:4: needs Modified or Removed"]
    assert complaints(old, new) == ["new:1: lost code, needs a mark"]
    assert complaints(old, kept) == []


def test_a_mark_at_no_difference_fails() -> None:
    """A mark must not outlive its difference."""
    new = BASE.replace("return x", "# [Modified: D1]\n    return y")
    stale = new.replace("    c()", "    # [Modified: D2]\n        c()")
    assert complaints(BASE, stale) == ["new:6: marks no difference"]


def test_a_misspelt_mark_fails() -> None:
    """What only looks like a mark is no mark, and is reported as such."""
    found = complaints(BASE, BASE.replace("return x", "# Modified (D1)\n    return y"))
    assert found == [
        "new:8: needs Modified or New",
        "new:7: not the form of a mark, or not alone on its line",
    ]


def test_an_identical_function_belongs_to_prison() -> None:
    """Docstrings and comments do not make two functions different."""
    old = Source("legacy", 'def f():\n    """Old."""\n    return 1\n')
    new = Source("new", "def f():\n    # New words.\n    return 1\n")
    assert compare(old, new) == ["new: f is identical, it belongs in jail_kernel/"]


def test_whole_functions_come_and_go_with_a_mark() -> None:
    """A function on one side only is marked New or Removed; Modified will not do."""
    old = "# [Removed: D1]\ndef gone():\n    pass\n"
    new = "# [New: D1]\n@cache\ndef come():\n    pass\n"
    assert compare(Source("legacy", old), Source("new", new)) == []
    wrong = [Source("legacy", old), Source("new", new.replace("New", "Modified"))]
    assert compare(*wrong) == ["new:2: needs New"]
    wrong = [Source("legacy", old.replace("Removed", "Modified")), Source("new", new)]
    assert compare(*wrong) == ["legacy:2: needs Removed"]


def test_functions_keep_their_order() -> None:
    """Two texts are read side by side, so no function may wander."""
    f, g = "def f():\n    return {}\n", "def g():\n    return {}\n"
    old = Source("legacy", "# [Removed: D1]\n" + f.format(1) + "# [Removed: D1]\n" + g.format(1))
    new = Source("new", "# [New: D1]\n" + g.format(2) + "# [New: D1]\n" + f.format(2))
    assert any("stands at another place" in complaint for complaint in compare(old, new))
