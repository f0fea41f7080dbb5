"""No command writes through a link that a folder brought along."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jaildiff.cli import main as cli
from jaildiff.search.campaign.journal import FILE, LOCK
from jaildiff.search.libfuzzer.seeds import write_seeds
from tests.house.tools import ROOT

WITNESS = ROOT / "corpus/rules/failed-create-renumbers.jd"


class Place:
    """A working folder, and beside it what is the user's and must stay as it is."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.mine = folder / "mine"
        self.mine.mkdir()
        (self.mine / "file").write_text("mine\n")
        shutil.copy(WITNESS, self.mine / "program.jd")
        self.capsys = capsys

    def link(self, name: str, target: str = ".") -> Path:
        """A link to something of the user's, or to what is not there yet."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(self.mine / target)
        return path

    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> tuple[int, str]:
        """The exit code of a command, and what it complains of."""
        monkeypatch.chdir(self.folder)
        monkeypatch.setattr(sys, "argv", ["jaildiff", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, self.capsys.readouterr().err


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    """When a test is over, all that is the user's must be as it was."""
    made = Place(tmp_path, capsys)
    before = pictures(made.mine)
    yield made
    assert pictures(made.mine) == before


def pictures(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


@pytest.fixture
def run(place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    return lambda *words: place.run(monkeypatch, *words)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        (LOCK, "file"),
        (LOCK, "none"),
        (FILE, "file"),
        (FILE, "none"),
        ("corpus", "."),
        ("corpus", "none"),
    ],
)
def test_a_campaign_folder_with_a_link_is_refused(
    place: Place, run: Callable[..., tuple[int, str]], name: str, target: str
) -> None:
    """Lock, journal and corpus are no links, whether these lead somewhere or not."""
    link = place.link(f"campaign/{name}", target)
    code, err = run("campaign", link.parent, "--runs", "1", "--seed", "1")
    assert code == 2
    assert str(link) in err
    assert link.is_symlink()


def test_a_journal_with_a_second_name_is_refused(
    place: Place, run: Callable[..., tuple[int, str]]
) -> None:
    """A hard link is a link: the file may be somebody else's."""
    (place.folder / "campaign").mkdir()
    lock = place.folder / "campaign" / LOCK
    lock.hardlink_to(place.mine / "file")
    code, err = run("campaign", lock.parent, "--runs", "1", "--seed", "1")
    assert (code, f"{lock}: expected a file of ours" in err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("campaign", "link", "--runs", "1", "--seed", "1"),
        ("fuzz", "--runs", "50", "--seed", "1", "--out", "link"),
        ("explore", "tiny", "--depth", "4", "--out", "link"),
        ("merge", "link", WITNESS),
        ("report", ROOT / "tests", "--out", "link"),
    ],
    ids=lambda words: words[0],
)
def test_a_folder_that_is_a_link_is_refused(
    place: Place,
    run: Callable[..., tuple[int, str]],
    words: tuple[str | Path, ...],
) -> None:
    """No command writes into a folder behind a link, and each says why."""
    place.link("link")
    if words[0] == "report":
        pytest.importorskip("pandas", reason="the extra `report` is not installed")
        assert run("fuzz", "--runs", "50", "--seed", "1", "--out", "found")[0] < 2
        words = ("report", "found", *words[2:])
    code, err = run(*words)
    assert code == 2
    assert "link: this folder is a symbolic link" in err


def test_links_in_place_of_findings_are_replaced(
    place: Place, run: Callable[..., tuple[int, str]]
) -> None:
    """Witness, index and page take the place of a link; what it led to stays."""
    pytest.importorskip("pandas", reason="the extra `report` is not installed")
    words = ("fuzz", "--runs", "50", "--seed", "1", "--corpus", place.mine, "--out", "found")
    assert run(*words)[0] < 2
    names = sorted(path.name for path in (place.folder / "found").iterdir())
    shutil.rmtree(place.folder / "found")
    for name in (*names, "report.html", "report.md", "report.csv"):
        place.link(f"found/{name}", "file")
    (place.folder / "found" / "findings.jsonl").unlink()
    place.link("found/findings.jsonl", "none")
    assert run(*words)[0] < 2
    assert run("report", "found") == (0, "")
    assert not any(path.is_symlink() for path in (place.folder / "found").iterdir())


def test_links_in_a_corpus_are_replaced(place: Place, run: Callable[..., tuple[int, str]]) -> None:
    """What `merge` keeps, and what it takes away, is never what a link leads to."""
    assert run("merge", "new", place.mine)[0] == 2  # It says that `file` is no program.
    (name,) = (path.name for path in (place.folder / "new").iterdir())
    place.link(f"out/{name}", "program.jd")
    place.link(f"out/{'0' * 32}.jd", "program.jd")
    run("merge", "out", place.mine)
    (kept,) = (place.folder / "out").iterdir()
    assert (kept.name, kept.is_symlink()) == (name, False)


@pytest.mark.parametrize(
    "words",
    [
        ("minimize", WITNESS, "--out", "link"),
        ("run", WITNESS, "--sarif", "link"),
        ("run", WITNESS, "--junit", "link"),
        ("selftest", "--fault", "attach-takes-two-references", "--plot", "link"),
    ],
    ids=lambda words: words[0] + words[-2],
)
@pytest.mark.parametrize("target", ["file", "none"])
def test_a_link_in_place_of_a_file_is_replaced(
    place: Place,
    run: Callable[..., tuple[int, str]],
    words: tuple[str | Path, ...],
    target: str,
) -> None:
    """A file that a user asks for takes the place of the link."""
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    if words[0] == "selftest":
        words = (*words, "--seeds", "1", "--clean-ops", "0", "--corpus", ROOT / "corpus")
    link = place.link("link", target)
    assert run(*words)[0] < 2
    assert not link.is_symlink()
    assert link.stat().st_size > 0


def test_rewriting_a_link_leaves_what_it_leads_to(
    place: Place, run: Callable[..., tuple[int, str]]
) -> None:
    """`run --rewrite` on a folder changes files in it, and none outside of it."""
    (place.mine / "program.jd").write_text("jaildiff 1\np1: exit()\n")
    before = pictures(place.mine)
    link = place.link("programs/program.jd", "program.jd")
    assert run("run", "--rewrite", link.parent)[0] == 0
    assert "both" in link.read_text()
    assert pictures(place.mine) == before
    shutil.copy(WITNESS, place.mine / "program.jd")


def test_an_archive_of_seeds_replaces_a_link(place: Place) -> None:
    """The engine's seeds are a file like any other."""
    link = place.link("seeds.zip", "file")
    assert write_seeds(place.mine, link) == 1
    assert not link.is_symlink()
