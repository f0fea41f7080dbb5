import json
from pathlib import Path

import pytest

from jaildiff.cli.main import cli
from jaildiff.kernels.named import DESIGNS
from jaildiff.search.designs.survey import Case, Survey, survey
from tests.command import jaildiff
from tests.house.tools import ROOT

CORPUS = ("--corpus", ROOT / "corpus")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with a few scenarios, so that a survey takes no time."""
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("rules", "known", "designs", "traces"):
        (folder / name).symlink_to(ROOT / "corpus" / name)
    (folder / "scenarios").mkdir()
    for path in sorted((ROOT / "corpus" / "scenarios").glob("s0*.jd"))[:4]:
        (folder / "scenarios" / path.name).symlink_to(path)
    return folder


@pytest.mark.timeout(400)
def test_the_table(tmp_path: Path, small: Path) -> None:
    """A line for each design, marked as argued; the tools and the questions follow."""
    done = jaildiff(tmp_path, "designs", "--runs", 2, "--seed", 3, "--corpus", small)
    assert (done.returncode, done.stderr) == (0, "")
    for design in DESIGNS:
        assert any(line.split()[:2] == [design, "argued"] for line in done.stdout.splitlines())
    assert "What happens to jails 42 to 50?" in done.stdout
    assert "no recording speaks for it" in done.stdout
    assert any(line.startswith("libioc ") for line in done.stdout.splitlines())


@pytest.mark.timeout(400)
def test_json_and_pages(tmp_path: Path, small: Path) -> None:
    """For machines everything is there with its witness; both pages are written beside it."""
    options = ("--runs", 1, "--corpus", small, "--json", "--html", "d.html", "--markdown", "d.md")
    done = jaildiff(tmp_path, "designs", *options)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert [one["design"] for one in found["designs"]] == ["new", *DESIGNS]
    assert {one["rests_on"] for one in found["designs"][1:]} == {"argued"}
    assert all(effect["witness"] for one in found["designs"] for effect in one["effects"])
    assert set(found["jids"]) == {"legacy", "new", *DESIGNS}
    assert {one["tool"] for one in found["managers"]} >= {"libioc", "zjail", "puppet-jails-jid"}
    assert set(found["questions"]) == {"jails-42-to-50", "duplicate-jids"}
    assert (tmp_path / "d.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (tmp_path / "d.md").read_text(encoding="utf-8").startswith("# The designs")


def test_an_interrupt_keeps_what_was_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The tables show what was counted by then; no page is written; the exit code is 130."""
    page = tmp_path / "page.md"

    def stopped(cases: list[Case], surveys: list[Survey], _tick: object) -> None:
        survey([case for case in cases if case.name == "s01-static-jid-restart"], surveys)
        raise KeyboardInterrupt

    monkeypatch.setattr("jaildiff.cli.commands.designs.survey", stopped)
    monkeypatch.chdir(ROOT)
    options = ["designs", "--runs", "0", "--markdown", str(page)]
    assert cli.main(options, standalone_mode=False) == 130
    shown = capsys.readouterr()
    assert "s01-static-jid-restart" in shown.out
    assert "interrupted" in shown.err
    assert not page.exists()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("jails-42-to-50", "bug automatic-jids-shifted"),
        ("duplicate-jids", "dying-jail-not-shown"),
        ("fork-lock", "A fork has pr_forklock shared, and asks for allproc_lock alone"),
    ],
)
def test_questions(tmp_path: Path, question: str, said: str) -> None:
    """Each question alone is answered, for people, for machines, and as a page."""
    done = jaildiff(tmp_path, "designs", *CORPUS, "--ask", question, "--markdown", "page.md")
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout
    assert "argued" in done.stdout
    assert (tmp_path / "page.md").exists()
    machine = jaildiff(tmp_path, "designs", *CORPUS, "--ask", question, "--json")
    assert json.loads(machine.stdout)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--corpus", "nowhere"), "nowhere"),
        (("--runs", -1), "-1"),
        (("--ask", "why"), "why"),
        (("--corpus", "."), "scenarios"),
    ],
)
def test_bad_input(tmp_path: Path, options: tuple[object, ...], message: str) -> None:
    """What is wrong is named, and the exit code is 2."""
    if options[0] == "--runs":
        options = (*options, *CORPUS)
    (tmp_path / "designs" / "questions").mkdir(parents=True)
    done = jaildiff(tmp_path, "designs", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_run_says_argued(tmp_path: Path) -> None:
    """A program on a design is headed by what speaks for it, one on recorded kernels is not."""
    path = ROOT / "corpus" / "rules" / "dying-jid-reused.jd"
    done = jaildiff(tmp_path, "run", "--kernels", "legacy,upward", path)
    assert "upward: argued, never built; no recording speaks for what it does" in done.stdout
    assert "argued" not in jaildiff(tmp_path, "run", path).stdout
    told = json.loads(
        jaildiff(tmp_path, "run", "--json", "--kernels", "legacy,upward", path).stdout
    )
    assert told["argued"].startswith("upward")


def test_run_says_undefined(tmp_path: Path) -> None:
    """A call without an answer ends the program, and is called undefined, not a panic."""
    path = ROOT / "corpus" / "designs" / "rules" / "undefined-by-this-design.jd"
    done = jaildiff(tmp_path, "run", path)
    assert done.returncode == 1
    assert "undefined by this design: a create with jid 1073741832" in done.stdout
    assert "This cannot be judged" in done.stdout
    assert "has no answer" in done.stdout
    assert "panic" not in done.stdout


def test_a_command_without_an_answer(tmp_path: Path) -> None:
    """A command that makes such a call is told the same way."""
    path = tmp_path / "a.jd"
    lines = ("jaildiff 1", "kernels legacy dead-bit", "", "$ jail -c jid=1073741832 persist", "")
    path.write_text("\n".join(lines), encoding="utf-8")
    done = jaildiff(tmp_path, "run", path)
    assert done.returncode == 1
    assert "asks for what has no answer (undefined by this design" in done.stdout
    assert "panic" not in done.stdout


def test_kernels_says_argued(tmp_path: Path) -> None:
    """The list of kernels says what each rests on."""
    lines = jaildiff(tmp_path, "kernels").stdout.splitlines()
    for design in DESIGNS:
        assert any(line.startswith(design) and " argued " in line for line in lines)
    found = json.loads(jaildiff(tmp_path, "kernels", "--json").stdout)["kernels"]
    assert {one["name"] for one in found if one["rests_on"] == "argued"} == set(DESIGNS)


def test_a_report_says_argued(tmp_path: Path) -> None:
    """A report on a comparison with a design says so on top, in both forms."""
    corpus = ("--corpus", ROOT / "corpus" / "designs" / "rules", "--runs", 0)
    jaildiff(tmp_path, "fuzz", "--kernels", "legacy,upward", *corpus, "--out", "found")
    done = jaildiff(tmp_path, "report", "found")
    assert done.returncode == 0, done.stderr
    for name in ("report.html", "report.md"):
        text = (tmp_path / "found" / name).read_text(encoding="utf-8")
        assert "Argued:" in text
