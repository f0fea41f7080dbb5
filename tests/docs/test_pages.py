import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.test_imports import ROOMS
from tests.house.tools import ROOT

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        ROOT / "corpus" / "README.md",
    ]
)
README_MAX = 123  # lines: what a newcomer reads


def links(page: Path) -> Iterator[str]:
    """The targets of a page's links that lead to files of ours, as they are written."""
    text = re.sub(
        r"^```.*?^```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """The names under which the headings of a page can be linked to."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each link to a file of ours has a file, and an anchor a heading."""
    for target in links(page):
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    """What is written as code is none."""
    page = tmp_path / "a.md"
    page.write_text("[a](b.md) `[c](d.md)` [e](https://f) [g](#h)\n\n# H\n")
    assert list(links(page)) == ["b.md", "#h"]
    assert anchors(page) == {"h"}


def test_every_page_can_be_found() -> None:
    """From README each page can be reached by links."""
    waiting, seen = [ROOT / "README.md"], set()
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        files = (target.partition("#")[0] for target in links(page))
        waiting += [(page.parent / file).resolve() for file in files if file]
    assert {page for page in ROOT.glob("docs/**/*.md") if page not in seen} == set()


def test_the_readme_is_short() -> None:
    """A newcomer reads it to the end."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= README_MAX


def test_rooms_are_those_of_the_code() -> None:
    """CONTRIBUTING.md lists the rooms in the order in which they import each other."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = re.findall(r"^ {6}(\w+)/ ", page.partition("    fuzz/jaildiff/ ")[2], re.MULTILINE)
    assert tuple(room for room in listed if room != "recordings") == ROOMS
