import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jaildiff.cli.main import cli
from jaildiff.differ.comparison import Named, comparison
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.findings.counting import Count, count_bugs, count_changes, counts_json, counts_text
from jaildiff.findings.reports.write_report import write_report
from tests.house.tools import ROOT

BUG = {"verdict": "bug", "rule": "a", "side": "new", "known": "so", "mistake": None}


def bug(**changes: object) -> dict[str, object]:
    """What counts of a finding."""
    return BUG | {"fingerprint": str(changes)} | changes


def test_mistakes_then_classes() -> None:
    """Classes of one mistake are one; without a name in the baseline the rule stands for it."""
    found = count_bugs(
        [
            bug(mistake="one"),
            bug(mistake="one", rule="b"),
            bug(known=None),
            bug(known=None, rule="b"),
            bug(known=None, rule="b", fingerprint="z"),
            bug(mistake="two", side="old"),
            bug(mistake="three", side="old"),
            bug(mistake="three", side="both"),
            bug(verdict="intended", side=None),
        ]
    )
    assert found == {"new": Count(3, 5, 2), "old": Count(1, 1, 0), "both": Count(1, 2, 0)}
    assert counts_text(found) == (
        "Bugs met: 3 mistakes of the landed patch (5 classes, 2 not known), "
        "1 mistake of the kernel before it (1 class), 1 mistake of both kernels (2 classes)."
    )
    other = counts_text(found, comparison(Named("new", "descriptors")))
    assert "3 mistakes of the kernel descriptors (5 classes" in other
    assert "1 mistake of the kernel new (1 class), 1 mistake of both kernels" in other
    assert counts_json(found)["new"] == {"mistakes": 3, "classes": 5, "unknown": 2}
    assert counts_text(count_bugs([])) == "No bug was met."


def test_changes_are_counted_alike() -> None:
    """A rule stands for a change; what nothing explains stands for itself."""
    rows = [bug(verdict="intended"), bug(verdict="intended", fingerprint="z"), bug()]
    assert count_changes(rows, Verdict.INTENDED) == Count(1, 2, 0)
    rows = [bug(verdict="unexplained", rule=None, fingerprint=x, known=None) for x in "xy"]
    assert count_changes(rows, Verdict.UNEXPLAINED) == Count(2, 2, 2)


@pytest.fixture(scope="module")
def corpus_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict[str, Any]]:
    """The findings of the corpus alone, what the terminal says of them, and the JSON."""
    folder = tmp_path_factory.mktemp("counts") / "findings"
    words = ["fuzz", "--runs", "0", "--seed", "1", "--corpus", str(ROOT / "corpus")]
    words += ["--out", str(folder)]
    text = CliRunner().invoke(cli, words, standalone_mode=False, catch_exceptions=False).stdout
    told = CliRunner().invoke(cli, [*words, "--json"], standalone_mode=False).stdout
    return folder, text, json.loads(told)


def test_everywhere_the_same(corpus_run: tuple[Path, str, dict[str, Any]]) -> None:
    """Terminal, docs/triage.md, report and JSON count one run alike."""
    folder, text, told = corpus_run
    (line,) = re.findall(r"^Bugs met: .*$", text, re.MULTILINE)
    assert line in (ROOT / "docs" / "triage.md").read_text(encoding="utf-8")
    counts = {kernel: Count(**count) for kernel, count in told["bugs"].items()}
    assert counts_text(counts) == line
    write_report(folder, folder)
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    numbers = {
        name: re.findall(
            rf"^\| {name} \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", markdown, re.MULTILINE
        )
        for name in ("Mistakes, or changes", "Classes")
    }
    order = ("old", "new", "both")
    mistakes = tuple(str(counts[kernel].mistakes) for kernel in order)
    classes = tuple(str(counts[kernel].classes) for kernel in order)
    assert numbers["Mistakes, or changes"][0][1:] == mistakes
    assert numbers["Classes"][0][1:] == classes
    page = re.sub(r"<[^>]*>", "", (folder / "report.html").read_text(encoding="utf-8"))
    for kernel, what in (("old", "the patch fixes"), ("new", "the patch brought")):
        count = counts[kernel]
        assert re.search(rf"{count.mistakes} mistakes? {what} \({count.classes} class", page)


def test_the_baseline_names_as_many(corpus_run: tuple[Path, str, dict[str, Any]]) -> None:
    """The corpus shows every known mistake, and nothing else: the counts are those of triage."""
    _, _, told = corpus_run
    answer = CliRunner().invoke(cli, ["triage"], standalone_mode=False)
    known = re.findall(r"(\d+)(?: known mistakes?)? of ", answer.stdout)
    assert known == [str(count["mistakes"]) for count in told["bugs"].values()]
