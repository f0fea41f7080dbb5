import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jaildiff.cli.main import cli
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.differ.verdict.fingerprint import fingerprint
from jaildiff.findings.baseline import SHIPPED, Baseline, parse
from jaildiff.findings.finding import findings_of
from jaildiff.findings.findings_file import read_findings, write_index
from jaildiff.findings.reports.ci_outcome import FailOn, Place, Problem, outcome
from jaildiff.findings.reports.github import annotations
from jaildiff.findings.reports.junit import junit
from jaildiff.findings.reports.sarif import sarif
from jaildiff.findings.triage import State, check, check_version, mistakes, mistakes_text, snippet
from jaildiff.support.errors import InputError
from tests.known import entry_text, known
from tests.programs import CORPUS, corpus_script

TODAY = date(2026, 5, 1)
RULE = "failed-create-renumbers"
CLASSES = [fingerprint(RULE, "new", "root", (x,)) for x in "xyz"]
KNOWN_BUG = CORPUS / "rules" / f"{RULE}.jd"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*args: object) -> Result:
        words = [str(arg) for arg in args]
        return CliRunner().invoke(cli, words, standalone_mode=False, catch_exceptions=False)

    return call


@pytest.fixture
def mine(tmp_path: Path) -> Callable[..., Path]:
    def write(**changes: str) -> Path:
        file = tmp_path / "mine.toml"
        file.write_text(entry_text(**changes))
        return file

    return write


def found_in(folder: Path) -> Path:
    """A folder of findings: one known bug."""
    folder.mkdir()
    shown = corpus_script(KNOWN_BUG).program
    findings = findings_of(shown, Baseline([]), diff(shown, LANDED))
    for finding in findings:
        finding.count, finding.program = 1, KNOWN_BUG.name
    write_index(folder, findings)
    return folder


# ENTRIES


@pytest.mark.parametrize(
    ("expires", "state"),
    [
        (None, State.HOLDS),
        (date(2026, 5, 2), State.HOLDS),
        (date(2026, 5, 1), State.EXPIRED),
        (date(2026, 4, 30), State.EXPIRED),
    ],
)
def test_expiry(expires: date | None, state: State) -> None:
    """An entry holds until the day before it expires, whether anything of it is met or not."""
    for classes in ([], CLASSES):
        entry = known(RULE, expires=expires, max_count=3)
        (checked,) = check(Baseline([entry]), classes, TODAY)
        assert (checked.state, checked.fails) == (state, state is State.EXPIRED)
        assert ("expired on 2026-" in checked.text) == (state is State.EXPIRED)


def test_too_broad() -> None:
    """An entry that covers more classes than it may fails a run; each class counts once."""
    baseline = Baseline([known(RULE, max_count=2)])
    (checked,) = check(baseline, [*CLASSES, *CLASSES], TODAY)
    assert (checked.state, checked.classes, checked.fails) == (State.BROAD, 3, True)
    assert "it covers 3 classes, and may 2" in checked.text
    (checked,) = check(baseline, [*CLASSES[:2], *CLASSES[:2]], TODAY)
    assert (checked.state, checked.classes, checked.fails, checked.text) == (
        State.HOLDS,
        2,
        False,
        "",
    )


def test_a_class_counts_for_its_own_entry() -> None:
    """What has an entry of its own does not count for that of its family."""
    baseline = Baseline([known(RULE, max_count=2), known(RULE, fingerprint=CLASSES[0])])
    states = [(one.classes, one.state) for one in check(baseline, CLASSES, TODAY)]
    assert states == [(2, State.HOLDS), (1, State.HOLDS)]


@pytest.mark.parametrize(
    ("complete", "classes", "state"),
    [
        (True, [], State.UNMET),
        (True, CLASSES[:1], State.HOLDS),
        (False, [], State.HOLDS),
    ],
)
def test_dangling(complete: bool, classes: list[str], state: State) -> None:  # a case
    """What a complete run did not meet is worth a warning, and never fails it."""
    (checked,) = check(Baseline([known(RULE)]), classes, TODAY, complete=complete)
    assert (checked.state, checked.fails) == (state, False)
    assert ("nothing of it was met" in checked.text) == (state is State.UNMET)


def test_mistakes() -> None:
    """Entries of one mistake count as one; it is of both kernels if they blame different ones."""
    baseline = Baseline(
        [
            known("a", "new", mistake="one"),
            known("b", "new", mistake="one"),
            known("c", "new", mistake="two"),
            known("d", "old", mistake="three"),
            known("d", "both", mistake="three"),
            known("e", "old", mistake="four"),
        ]
    )
    met = [fingerprint("b", "new", "root", ()), fingerprint("z", "new", "root", ())]
    found = mistakes(baseline, met)
    assert found == {
        "new": {"one": True, "two": False},
        "both": {"three": False},
        "old": {"four": False},
    }
    assert mistakes_text(found) == (
        "2 known mistakes of the landed patch (1 met here), "
        "1 of the kernel before it (0 met here), 1 of both kernels (0 met here)"
    )
    one = mistakes(Baseline([known("a", "old", mistake="one")]), [])
    assert mistakes_text(one) == "1 known mistake of the kernel before it (0 met here)"
    assert mistakes_text({}) == "No mistake is known."


# SNIPPETS


def test_a_snippet_is_refused_until_it_is_filled_in(tmp_path: Path) -> None:
    """Each of its gaps alone keeps the file from being read; without them it covers the class."""
    (finding,) = read_findings(found_in(tmp_path / "out") / "findings.jsonl")
    finding["title"] = "a line\n[[known]]"
    text = snippet(finding, 'out/"odd"\\\x7f.jd')
    filled = {
        "mistake": '"m"',
        "owner": '"me"',
        "reason": '"r"',
        "link": '"https://reviews.freebsd.org/D28150"',
        "expires": "2027-01-31",
    }
    lines = {key: next(r for r in text.splitlines() if r.startswith(key)) for key in filled}
    for gap in filled:
        nearly = text
        for key in filled.keys() - {gap}:
            nearly = nearly.replace(lines[key], f"{key} = {filled[key]}")
        with pytest.raises(InputError, match=rf"^x:\d+: entry 1: .*{gap}"):
            parse(nearly, "x", LANDED)
    whole = nearly.replace(lines[gap], f"{gap} = {filled[gap]}")
    baseline = parse(whole, "x", LANDED)
    assert baseline.reason(str(finding["fingerprint"])) == "r"
    assert baseline.entries[0].evidence == ('out/"odd"\\\\x7f.jd',)


def test_a_snippet_of_what_is_unexplained() -> None:
    """It names the class, and offers no family."""
    finding: dict[str, object] = {
        "fingerprint": fingerprint(None, None, "root", ("x",)),
        "rule": None,
        "side": None,
        "verdict": "unexplained",
        "title": "not explained by any rule",
        "why": "No rule claims it.",
    }
    text = snippet(finding, "x.jd")
    (entry,) = tomllib.loads(text)["known"]
    assert (entry["rule"], entry["side"]) == ("unexplained", "unknown")
    assert "*" not in text
    check_version(finding, "x")


# THE COMMAND


def test_triage_lists_the_shipped_entries(run: Run) -> None:
    """Without findings every entry is shown with its state, and all of them hold."""
    answer = run("triage", "--json")
    entries = json.loads(answer.stdout)["entries"]
    assert answer.return_value == 0
    assert {entry["state"] for entry in entries} == {"holds"}
    text = run("triage").stdout
    assert all(entry["fingerprint"] in text for entry in entries)
    assert "4 known mistakes of the landed patch, " in text


@pytest.mark.parametrize("form", ["folder", "file"])
def test_triage_of_what_is_known(run: Run, tmp_path: Path, form: str) -> None:
    """A known class needs no entry; it is counted."""
    folder = found_in(tmp_path / "out")
    answer = run("triage", folder if form == "folder" else folder / "findings.jsonl")
    assert (answer.return_value, answer.stdout) == (0, "")
    assert (
        "1 classes, 0 of them new; 4 known mistakes of the landed patch (1 met here)"
        in answer.stderr
    )


def test_triage_of_what_is_new(run: Run, tmp_path: Path) -> None:
    """What stdout has is a baseline that only needs to be filled in; exit code 1."""
    (tmp_path / "empty.toml").touch()
    folder = found_in(tmp_path / "out")
    answer = run("triage", folder, folder, "--baseline", "empty.toml")
    assert answer.return_value == 1
    (entry,) = tomllib.loads(answer.stdout)["known"]
    assert (entry["rule"], entry["max_count"]) == (RULE, 1)
    assert entry["evidence"] == [str(folder / KNOWN_BUG.name)]
    assert "1 classes, 1 of them new; No mistake is known." in answer.stderr
    printed = json.loads(run("triage", folder, "--baseline", "empty.toml", "--json").stdout)
    assert printed["new"] == [answer.stdout]


def test_triage_of_other_fingerprints(run: Run, tmp_path: Path) -> None:
    """Findings of a version that makes other fingerprints are refused."""
    folder = found_in(tmp_path / "out")
    index = folder / "findings.jsonl"
    row = json.loads(index.read_text()) | {"fingerprint": "0" * 16}
    index.write_text(json.dumps(row) + "\n")
    with pytest.raises(InputError, match="another version wrote these findings"):
        run("triage", folder)


# RUNS


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({}, 0, ""),
        ({"expires": "9999-01-01"}, 0, ""),
        ({"expires": "2001-01-01"}, 1, "mine.toml:1: failed-create-renumbers (new, "),
    ],
)
@pytest.mark.parametrize("command", ["run", "fuzz", "explore", "triage"])
def test_an_expired_entry_fails_a_run(
    run: Run, mine: Callable[..., Path], command: str, changes: dict[str, str], code: int, said: str
) -> None:
    """One that has not expired says nothing."""
    rest = {
        "run": [KNOWN_BUG, "--fail-on", "unexplained"],
        "fuzz": ["--runs", 0, "--corpus", KNOWN_BUG],
        "explore": ["tiny", "--depth", 1],
        "triage": [],
    }[command]
    answer = run(command, *rest, "--baseline", mine(**changes))
    assert answer.return_value == code
    assert (said in answer.stderr) if said else not answer.stderr
    assert ("expired on 2001-01-01; somebody may" in answer.stderr) == (code == 1)


def test_an_entry_that_is_too_broad_fails_a_run(
    run: Run, mine: Callable[..., Path], tmp_path: Path
) -> None:
    """And all that CI systems read says so."""
    folder = tmp_path / "p"
    folder.mkdir()
    for name, more in (("a", "nonsense"), ("b", "securelevel=-5"), ("c", "nonsense")):
        text = KNOWN_BUG.read_text().replace("nonsense", more)
        calls = [row for row in text.splitlines() if not row.startswith((" ", "#", "id"))]
        (folder / f"{name}.jd").write_text("\n".join(calls))
    outputs = ("--sarif", "x.sarif", "--junit", "x.xml", "--github")
    file = mine(max_count="1")
    answer = run("run", folder, "--baseline", file, *outputs)
    told = f"{RULE} (new, "
    assert answer.return_value == 1
    assert f"mine.toml:1: {told}" in answer.stderr
    assert "covers 2 classes, and may 1" in answer.stderr
    results = json.loads(Path("x.sarif").read_text())["runs"][0]["results"]
    (result,) = [one for one in results if one["ruleId"] == "baseline-holds"]
    assert (result["level"], result["message"]["text"].startswith(told)) == ("error", True)
    assert "covers 2 classes" in Path("x.xml").read_text()
    assert "::error file=" in answer.stdout
    assert run("run", folder, "--baseline", mine(max_count="2")).return_value == 0


def test_an_expired_entry_fails_a_campaign(run: Run, mine: Callable[..., Path]) -> None:
    """The index of what it found is written all the same, and can be triaged."""
    args = ("campaign", "c", "--time", 0, "--workers", 1, "--seed", 1, "--baseline")
    answer = run(*args, SHIPPED)
    assert (answer.return_value, answer.stderr) == (0, "")
    assert "No bug was met." in answer.stdout
    shipped = SHIPPED.read_text().replace('expires = "never"', "expires = 2001-01-01", 1)
    file = mine()
    file.write_text(shipped)
    answer = run(*args, file)
    assert answer.return_value == 1
    assert answer.stderr.count("expired on 2001-01-01") == 1
    assert run("triage", "c").return_value == 0


def test_ci_is_warned_of_what_was_not_met() -> None:
    """A warning fails nothing in any of the three formats, and is no JUnit failure."""
    problem = Problem(Place("mine.toml", 3), "not met", fails=False)
    quiet = outcome([], [], FailOn.ANY, [problem])
    wrong = outcome([], [], FailOn.ANY, [replace(problem, fails=True)])
    assert (wrong.failed, quiet.failed) == (True, False)
    assert list(annotations(quiet)) == [
        "::warning file=mine.toml,line=3,title=jaildiff%3A an entry of the baseline::not met"
    ]
    (result,) = json.loads(sarif(quiet))["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("baseline-holds", "warning")
    assert ("<failure" in junit(wrong), "<failure" in junit(quiet)) == (True, False)


def test_selftest_fails_with_an_expired_entry(run: Run, mine: Callable[..., Path]) -> None:
    """And names it, before any fault is hunted."""
    answer = run("selftest", "--corpus", CORPUS, "--baseline", mine(expires="2001-01-01"))
    assert (answer.return_value, answer.stdout) == (1, "")
    assert f"{RULE} (new, " in answer.stderr


@pytest.mark.parametrize(
    ("enough", "corpus", "warned"),
    [(1, KNOWN_BUG, True), (10**6, KNOWN_BUG, False), (1, "none", False)],
)
def test_a_complete_run_warns_of_what_it_did_not_meet(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    enough: int,
    corpus: Path | str,
    warned: bool,  # a case
) -> None:
    """One with a corpus and enough ops; the exit code stays 0."""
    monkeypatch.setattr("jaildiff.search.hunt.hunt_run.COMPLETE", enough)
    (tmp_path / "none").mkdir()
    file = tmp_path / "mine.toml"
    file.write_text(entry_text(max_count="99") + entry_text("jids-ascend", "both"))
    answer = run("fuzz", "--runs", 1, "--seed", 1, "--corpus", corpus, "--baseline", file)
    assert answer.return_value == 0
    assert ("warning: " in answer.stderr) == warned
    assert ("mine.toml:12: jids-ascend (both, " in answer.stderr) == warned
