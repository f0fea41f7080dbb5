"""The site: README and docs/ as they are, with a search that needs no server.

`make docs` builds it. The pages keep the places that they have in the repository, so a link that
leads somewhere there leads there here.
"""

import re
import shutil
from os.path import normpath
from pathlib import Path

from docutils import nodes
from pygments.lexer import RegexLexer
from pygments.token import Comment, Generic, Keyword, Name, String, Text
from sphinx.addnodes import download_reference
from sphinx.application import Sphinx

REPORT = "docs/freebsd-14-to-15.html"  # a page that stands alone
WRITTEN = {  # by commands, before the site is built: folders, and their captions
    "lists": "Lists",
    "mistakes": "Mistakes of the patch",
}

project = "jaildiff"
root_doc = "README"
include_patterns = [
    "*.md",
    "corpus/README.md",
    "docs/**.md",
    *(f"{folder}/**.md" for folder in WRITTEN),
]
exclude_patterns = [".*", "build", "*.egg-info"]

extensions = ["myst_parser"]
myst_heading_anchors = 4  # The anchors are GitHub's.

highlight_language = "text"
smartquotes = False

html_theme = "furo"
html_title = "jaildiff"
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "report.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}


class Programs(RegexLexer):
    """Colours for programs in the op language."""

    name = "jaildiff programs"
    tokens = {  # noqa: RUF012  # This is how Pygments reads it.
        "root": [
            (r"#.*", Comment),
            (r"^\s+(both|old|new)\b", Keyword),
            (r"^\s+!.*", Generic.Strong),
            (r"\b(p\d+|r\d+)\b", Name.Variable),
            (r"\bE[A-Z]+\b", Name.Exception),
            (r'"[^"\n]*"', String),
            (r"\w+|\W", Text),
        ]
    }


def chapters(index: str) -> dict[str, list[str]]:
    """The pages of each section of docs/README.md, in their order and by their names there."""
    found = {}
    for section in index.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        links = re.findall(r"^- \[(.*)\]\((\S+)\.md\)", text, re.MULTILINE)
        found[title] = [f"{name} </{normpath(f'docs/{link}')}>" for name, link in links]
    return found


def contents(app: Sphinx, page: str, text: list[str]) -> None:
    """Give pages that lead on their place in the navigation."""
    if page == root_doc:
        index = (app.srcdir / "docs" / "README.md").read_text(encoding="utf-8")
        found = {"": ["Documentation </docs/README>"], **chapters(index)}
        for folder, caption in WRITTEN.items():
            found[caption] = written(app.srcdir, folder)
        for title, links in found.items():
            text[0] += toctree(title, links)


def written(root: Path, folder: str) -> list[str]:
    """The pages of a folder, by their names; a README has that of its folder."""
    pages = [path.with_suffix("") for path in sorted((root / folder).rglob("*.md"))]
    names = [page.parent.name if page.name == "README" else page.name for page in pages]
    return [f"{name} </{page.relative_to(root)}>" for name, page in zip(names, pages, strict=True)]


def toctree(title: str, pages: list[str]) -> str:
    """A part of the navigation."""
    caption = [f":caption: {title}"] if title else []
    return "\n".join(["\n\n```{toctree}", ":hidden:", *caption, "", *pages, "```", ""])


def plain_links(_app: Sphinx, tree: nodes.document) -> None:
    """A page of HTML is opened, not downloaded: it has its place in the site, too."""
    for link in list(tree.findall(download_reference)):
        if link["reftarget"].endswith(".html"):
            link.replace_self(nodes.reference("", "", *link.children, refuri=link["reftarget"]))


def finish(app: Sphinx, error: Exception | None) -> None:
    """Put the report in its place, and a front page where a browser looks for one."""
    if error is None:
        shutil.copy(app.srcdir / REPORT, app.outdir / REPORT)
        shutil.copy(app.outdir / "README.html", app.outdir / "index.html")


def setup(app: Sphinx) -> None:
    """What Sphinx calls when it has read this file."""
    app.add_lexer("jd", Programs)
    app.connect("source-read", contents)
    app.connect("doctree-read", plain_links)
    app.connect("build-finished", finish)
