from pathlib import Path

import pytest

from jaildiff.support.errors import InputError
from tests.mutation.mutants import mutants
from tests.mutation.run import read
from tests.mutation.survivors import held, load

ENTRY = """
[[survivor]]
file = "jail_kernel/a.py"
function = "f"
was = "return 0"
becomes = ["return 1", "return -1"]
why = "nobody asks"
"""
ONE, OTHER = (
    ("jail_kernel/a.py", "f", "return 0", "return 1"),
    ("jail_kernel/a.py", "f", "return 0", "-"),
)


def written(path: Path, text: str) -> Path:
    """A file with that text."""
    (path / "survivors.toml").write_text(text)
    return path / "survivors.toml"


def test_an_entry_explains_each_change_of_its_line(tmp_path: Path) -> None:
    """One line, several changes of it, one reason."""
    known = load(written(tmp_path, ENTRY))
    assert known == {
        ("jail_kernel/a.py", "f", "return 0", "return 1"): "nobody asks",
        ("jail_kernel/a.py", "f", "return 0", "return -1"): "nobody asks",
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[survivor", "expected TOML"),
        ("[other]", "expected only"),
        (ENTRY + ENTRY, "entry 2: a second 'return 1'"),
        (ENTRY.replace('why = "nobody asks"', ""), "entry 1: expected the keys"),
        (ENTRY.replace("nobody asks", ""), "entry 1: expected texts"),
        (ENTRY.replace('["return 1", "return -1"]', "[]"), "entry 1: expected texts"),
        (ENTRY.replace('["return 1", "return -1"]', '"return 1"'), "entry 1: expected texts"),
        (ENTRY.replace('"return -1"', "-1"), "entry 1: expected texts"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    """What is missing, empty, doubled or of a wrong type is named with its file."""
    with pytest.raises(InputError, match=r"survivors\.toml") as caught:
        load(written(tmp_path, text))
    assert complaint in str(caught.value)


def test_what_survives_without_a_reason_is_unexplained() -> None:
    """A survivor is explained by its own name only."""
    assert held({ONE: "why"}, [ONE, OTHER, OTHER], ["jail_kernel/a.py"]) == ([OTHER], [])


def test_a_reason_for_what_does_not_survive_is_stale() -> None:
    """If its file was tried, an explanation must be of a survivor."""
    assert held({ONE: "why"}, [], ["jail_kernel/a.py"]) == ([], [ONE])
    assert held({ONE: "why"}, [], ["jail_kernel/b.py"]) == ([], [])


def test_the_list_is_of_mutants_that_exist() -> None:
    """Every mutant that is explained is still one of the source as it is now."""
    known = load()
    files = {file for file, *_ in known}
    found = {mutant.name for file in files for mutant in mutants(file, read(file))}
    assert sorted(known.keys() - found) == []
