"""A source distribution and a wheel, and the wheel used far from the source."""

import re
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from jaildiff.cli.commands import COMMANDS
from jaildiff.cli.manual import manual
from tests.house.tools import ROOT

CONF = 'path = "/jails/$name"; persist;\nouter { children.max = 3; }\nouter.inner { }\n'
PROGRAM = ROOT / "corpus" / "rules" / "failed-create-renumbers.jd"

Run = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.timeout(600)


def tracked() -> list[str]:
    """The files of the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [file for file in listed.stdout.splitlines() if (ROOT / file).is_file()]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("release")
    for file in tracked():
        (folder / "source" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, folder / "source" / file)
    command = [sys.executable, "-m", "build", "--outdir", "dist", "source"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder / "dist"


@pytest.fixture(scope="module")
def installed(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    (wheel,) = release.glob("*.whl")
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", wheel], check=True)
    return folder / "bin"


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """Runs the installed jaildiff in an empty folder."""

    def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
        command = [installed / "jaildiff", *args]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_the_source_distribution_is_whole(release: Path) -> None:
    """It has every file of the repository, tests and corpus among them."""
    (archive,) = release.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert set(tracked()) - names == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(run: Run, command: str) -> None:
    """Each command can be loaded without the extras."""
    answer = run(command, "--help")
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("--version",), 0, "(source)"),
        (("kernels",), 0, "descriptors"),
        (("run", PROGRAM), 0, "This is a bug of the new kernel"),
        (("triage",), 0, "known mistakes of the landed patch"),
        (("impact", "--profile", "bastille"), 0, "Bastille"),
        (("rules", "evidence"), 0, "claims"),
        (("record", "--kit", "kit", PROGRAM), 0, "sh kit/record-all.sh"),
        (("reproduce", PROGRAM, "--as", "atf"), 0, "atf_add_test_case"),
        (("upstream", "up", "--runs", "0", "--corpus", ROOT / "corpus"), 0, "presumed-parent"),
        (("designs", "--ask", "fork-lock", "--corpus", ROOT / "corpus"), 0, "lock"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_data_files_are_there(run: Run, args: tuple[str, ...], code: int, told: str) -> None:
    """What the commands read or copy came with the wheel."""
    answer = run(*args)
    assert answer.returncode == code, answer.stderr
    assert told in answer.stdout + answer.stderr


def test_a_jail_conf(run: Run, tmp_path: Path) -> None:
    """The example of README is answered."""
    (tmp_path / "jail.conf").write_text(CONF)
    answer = run("impact", "jail.conf")
    assert answer.returncode == 1
    assert "Write instead" in answer.stdout


def test_a_missing_extra_is_named(run: Run) -> None:
    """A command that needs more says what to install."""
    run("fuzz", "--runs", "50")
    answer = run("report", "findings")
    assert answer.returncode == 2
    assert re.search(r"^Error: \w+ is missing; install it with: .* 'jinja2", answer.stderr)


def test_a_corpus_is_asked_for(run: Run) -> None:
    """A command that needs the corpus of a clone says so."""
    answer = run("upstream", "up")
    assert answer.returncode == 2
    assert "corpus is no corpus of jaildiff" in answer.stderr


def test_the_manual_page_is_there(installed: Path) -> None:
    """The page of an installed jaildiff is that of the source."""
    command = [str(installed / "python"), "-m", "jaildiff.cli.manual"]
    answer = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True)
    assert answer.stdout == manual()
