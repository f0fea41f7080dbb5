"""The site is built as `make docs` builds it, strictly, and holds all that it has to."""

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from jaildiff.cli.main import cli
from jaildiff.findings.reproduce.accounts import ACCOUNTS, Account
from tests.house.tools import ROOT

STRICT = ("-q", "-E", "-W", "--keep-going", "-c", "docs/site")


def sphinx(source: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a checkout into its folder `out`."""
    command = [sys.executable, "-m", "sphinx", *STRICT, "-d", "doctrees", ".", "out"]
    return subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of the repository, those of the mistakes, and a list."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    (folder / "corpus").mkdir()
    for page in (*ROOT.glob("*.md"), ROOT / "corpus" / "README.md"):
        shutil.copy(page, folder / page.relative_to(ROOT))
    (folder / "lists").mkdir()
    (folder / "lists" / "designs.md").write_text("# Designs\n")
    args = ["upstream", str(folder / "mistakes"), "--runs", "0", "--corpus", str(ROOT / "corpus")]
    assert CliRunner().invoke(cli, args).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def site(source: Path) -> Path:
    """The site, built without a warning: no link and no anchor is dead."""
    built = sphinx(source)
    assert (built.returncode, built.stderr) == (0, "")
    return source / "out"


def test_every_page_is_in_the_navigation(source: Path, site: Path) -> None:
    """From the front page each page is one click away, the report and the mistakes, too."""
    front = (site / "index.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'<a class="(?:current )?reference[^"]*" href="([^"#]+)', front))
    pages = {str(path.relative_to(source).with_suffix(".html")) for path in source.rglob("*.md")}
    assert pages - linked == {"README.html"}  # It is the front page.
    assert "docs/freebsd-14-to-15.html" in linked
    assert (site / "docs" / "freebsd-14-to-15.html").is_file()


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.mistake)
def test_each_mistake_has_a_page(site: Path, account: Account) -> None:
    """A mistake's page is headed by what it is about."""
    page = site / "mistakes" / account.mistake / "README.html"
    text = html.unescape(page.read_text(encoding="utf-8"))
    assert f"<h1>{account.title}<a" in text


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    """No font, script, style sheet or picture comes from another host."""
    loads = re.compile(r'(?:src="|<link[^>]* href="|@import |url\()["\']?(?:https?:)?//[^"\')]+')
    files = [path for path in site.rglob("*") if path.suffix in (".html", ".css")]
    found = {(path.name, load) for path in files for load in loads.findall(path.read_text())}
    assert found == set()


def test_the_search_knows_the_pages(site: Path) -> None:
    """The index is a script, which a page read from a file may load; it finds a word of a page."""
    script = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(script.removeprefix("Search.setIndex(").removesuffix(")"))
    assert index["docnames"].index("CONTRIBUTING") in index["terms"]["lockstep"]


def test_a_dead_link_stops_the_build(source: Path, tmp_path: Path) -> None:
    """A page that is not there is an error, and so is a heading that is not there."""
    copied = tmp_path / "source"
    shutil.copytree(source, copied, ignore=shutil.ignore_patterns("out", "doctrees"))
    page = copied / "docs" / "fuzzing.md"
    page.write_text(page.read_text() + "\n[a](nowhere.md) [b](causes.md#nothing)\n")
    built = sphinx(copied)
    assert built.returncode == 1
    assert "nowhere" in built.stderr
    assert "nothing" in built.stderr
