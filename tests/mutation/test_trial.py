"""A small sample of mutants, each of which a certain part of the test must notice."""

from itertools import islice

import pytest

from jaildiff.kernels.edited import Edit
from jaildiff.programs.json_form import program_to_json
from jaildiff.programs.loading import read_programs
from tests.mutation import harness, trial
from tests.mutation.harness import Row
from tests.mutation.run import read
from tests.mutation.trial import attempt
from tests.programs import trace

SLICE = 60


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The first recordings of two files."""
    entries = [
        entry for name in ("cases", "wrap") for entry in islice(read_programs(trace(name)), SLICE)
    ]
    return [(program_to_json(entry.program), entry.recorded or {}) for entry in entries]


def change(file: str, old: str, new: str) -> Edit:
    """A mutant made by hand."""
    text = read(file)
    assert text.count(old) == 1
    return Edit(file, text, text.replace(old, new))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("new_model/jail_set.py", "        pr.state = ALIVE\n", "        pass\n"),
        ("jail_kernel/reference.py", "    pr.ref += 1\n", "    pr.ref += 2\n"),
        ("jail_kernel/kernel.py", "self.lastdeadid = 0", "self.lastdeadid = 1"),
        ("jail_kernel/step.py", "handlers[type(call)](k, call)", "Result(None, 1)"),
        ("jail_kernel/freeze.py", "cred.ref = ref", "cred.ref = 1"),
    ],
)
def test_recordings_notice(rows: list[Row], file: str, old: str, new: str) -> None:
    """A model of either kind, the kernel under all of them, and the freezer are held to them."""
    part, number = attempt(change(file, old, new), rows, thorough=True)
    assert part == "traces"
    assert 0 <= number < len(rows)


def test_what_cannot_be_loaded_is_noticed() -> None:
    """A file that fails when it is imported fails at once, wherever it belongs."""
    for file in ("jail_kernel/reference.py", "jail_kernel/state.py"):
        assert attempt(Edit(file, read(file), read(file) + "1 / 0\n"), []) == ("load", 0)


def test_the_corpus_notices() -> None:
    """Without recordings a changed answer is noticed by a scenario or a witness."""
    edit = change("new_model/deadid.py", "k.lastdeadid - 1", "k.lastdeadid - 2")
    assert attempt(edit, [])[0] == "corpus"


def test_fuzzing_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without recordings and corpus generated programs show that a reference is lost."""
    monkeypatch.setattr(harness, "SCRIPTS", ())
    edit = change(
        "new_model/jail_set.py", "prison_deref(k, pr, ref=True)\n        return", "return"
    )
    assert attempt(edit, [])[0] == "fuzz"


def test_what_hangs_is_cut(monkeypatch: pytest.MonkeyPatch, rows: list[Row]) -> None:
    """An endless loop fails the part in which it is."""
    monkeypatch.setattr(harness, "SECONDS", 0.3)
    edit = change(
        "jail_kernel/reference.py", "        if ppr is k.prison0:\n            return\n", ""
    )
    assert attempt(edit, rows)[0] == "traces"


def test_what_is_right_passes(monkeypatch: pytest.MonkeyPatch, rows: list[Row]) -> None:
    """A change of nothing passes all parts: what the others fail at is their mutation."""
    monkeypatch.setattr(harness, "PROGRAMS", 20)
    for file in ("jail_kernel/reference.py", "jail_kernel/kernel.py", "jail_kernel/freeze.py"):
        edit = Edit(file, read(file), read(file) + "# Nothing.\n")
        assert attempt(edit, rows[::8]) == ("survived", 0)


def test_a_broken_test_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """If not the mutant but the test fails, that is said, and nothing is concluded."""
    monkeypatch.setattr(trial, "work", None)
    with pytest.raises(RuntimeError, match="the test itself failed"):
        attempt(change("jail_kernel/jid.py", "+ 1", "+ 2"), [])
