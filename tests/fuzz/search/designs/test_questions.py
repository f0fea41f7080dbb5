from pathlib import Path

import pytest

from jaildiff.search.designs.questions import QUESTIONS, Answer, answers
from jaildiff.support.errors import InputError
from tests.programs import CORPUS


def rows(found: Answer) -> dict[str, dict[str, str]]:
    """What each kernel says, by what is asked."""
    return {what: dict(zip(found.kernels, said, strict=True)) for what, said in found.rows}


@pytest.fixture(scope="module")
def duplicates() -> dict[str, dict[str, dict[str, str]]]:
    """The programs about duplicate jids, by name."""
    return {found.program: rows(found) for found in answers("duplicate-jids", CORPUS)}


def test_jails_42_to_50() -> None:
    """They become 43 to 51 where the dying jail moves up, and there alone; the differ says so."""
    (found,) = answers("jails-42-to-50", CORPUS)
    said = list(rows(found).values())
    assert [row["legacy"] for row in said] == [str(jid) for jid in range(42, 51)]
    assert [row["new"] for row in said] == [str(jid) for jid in range(42, 51)]
    assert [row["upward"] for row in said] == [str(jid) for jid in range(43, 52)]
    assert any("bug automatic-jids-shifted" in line for line in found.rules["upward"])
    assert not any("bug" in line for line in found.rules["new"])
    assert found.about.startswith("Fifty jails")


def test_processes_of_two_jails(duplicates: dict[str, dict[str, dict[str, str]]]) -> None:
    """Where jids are duplicate, a killed process of the dying jail and one of the live jail are
    shown in one and the same jail.
    """
    said = duplicates["duplicate-jids-processes"]
    killed, running = said["at the end, process 2 is"], said["at the end, process 3 is"]
    assert (killed["invisible"], running["invisible"]) == ("jail 8, killed", "jail 8, running")
    assert killed["new"] == "jail 999999, killed"
    assert killed["dead-bit"] == f"jail {8 | 1 << 30}, killed"


def test_waiting_for_the_end(duplicates: dict[str, dict[str, dict[str, str]]]) -> None:
    """A script that waits until jls -d no longer lists the jail goes on at once."""
    said = duplicates["duplicate-jids-waiting"]
    by_jid = next(row for what, row in said.items() if "jid=8)" in what)
    assert by_jid["new"].startswith("8 {dying=true")
    assert by_jid["invisible"] == by_jid["dead-bit"] == 'ENOENT "jail 8 not found"'


def test_looking_for_the_dying(duplicates: dict[str, dict[str, dict[str, str]]]) -> None:
    """By its name a dying jail is found in dead-bit as long as no live jail has the name, and never
    in invisible.
    """
    said = [
        row
        for what, row in duplicates["duplicate-jids-asking"].items()
        if what.endswith('jail_get(DYING, name="web")')
    ]
    assert said[0]["dead-bit"].startswith(f"{8 | 1 << 30} {{dying=true")
    assert said[0]["invisible"] == 'ENOENT "jail \\"web\\" not found"'
    assert said[1]["dead-bit"] == said[1]["invisible"] == '8 {name="web"}'


def test_no_such_question() -> None:
    """The questions that there are are named."""
    with pytest.raises(InputError, match=", ".join(QUESTIONS)):
        list(answers("why", CORPUS))


def test_no_programs(tmp_path: Path) -> None:
    """The folder that is missing is named."""
    with pytest.raises(InputError, match="questions"):
        list(answers("duplicate-jids", tmp_path))
