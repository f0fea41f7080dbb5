import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zstandard

from jaildiff.cli import main as cli
from jaildiff.cli.commands import COMMANDS
from jaildiff.differ.annotate import check
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.findings.story.glossary import GLOSSARY
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.json_form import program_to_json
from jaildiff.programs.loading import read_programs
from jaildiff.programs.op_language import parse
from tests.programs import CORPUS, NESTED, REUSED, ZOMBIE_5, program, trace
from tests.recordings import record

RULES = CORPUS / "rules"
INTENDED = RULES / "dying-jid-reused.jd"
KNOWN_BUG = RULES / "failed-create-renumbers.jd"
FAILED = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist, bogus)")

DIVERGENCE_KEYS = {
    "step",
    "kind",
    "verdict",
    "rule",
    "bug_kind",
    "side",
    "surface",
    "causes",
    "fingerprint",
    "old",
    "new",
    "why",
}


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Any]:
        """What was printed as JSON, a line each."""
        return [json.loads(row) for row in self.out.splitlines()]


class Jaildiff:
    """The command line, called in this process, in a folder of its own."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.capsys = capsys
        monkeypatch.chdir(folder)

    def __call__(self, *args: str | Path) -> Answer:
        self.monkeypatch.setattr(sys, "argv", ["jaildiff", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Answer(ended.value.code, said.out, said.err)

    def write(self, name: str, *lines: str) -> Path:
        """A program file."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(("jaildiff 1", *lines)) + "\n")
        return file

    def write_bytes(self, name: str, data: bytes) -> Path:
        file = self.folder / name
        file.write_bytes(data)
        return file

    def nothing_known(self) -> Path:
        """A baseline without entries."""
        return self.write_bytes("empty.toml", b"")


@pytest.fixture
def jaildiff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Jaildiff:
    return Jaildiff(tmp_path, monkeypatch, capsys)


# RUN


def test_run(jaildiff: Jaildiff) -> None:
    """A program is shown with both answers, the verdict and the cause; intended is 0."""
    answer = jaildiff("run", INTENDED)
    assert (answer.code, answer.err) == (0, "")
    assert "dying-jid-reused  (JAIL_MAX 999999)" in answer.out
    assert "step 3: root intended dying-jid-reused" in answer.out


@pytest.mark.parametrize(("file", "code"), [(INTENDED, 0), (KNOWN_BUG, 1)])
def test_run_with_another_baseline(jaildiff: Jaildiff, file: Path, code: int) -> None:
    """A bug that the baseline does not know is 1; what is intended needs no baseline."""
    assert jaildiff("run", file).code == 0
    assert jaildiff("run", "--baseline", jaildiff.nothing_known(), file).code == code


def test_run_json(jaildiff: Jaildiff) -> None:
    """--json prints one object for each program, with what is documented of each divergence."""
    answer = jaildiff("run", "--json", KNOWN_BUG, RULES / "alive-without-references.jd")
    assert (answer.code, len(answer.rows)) == (0, 2)
    assert [row.keys() for row in answer.rows] == [{"program", "divergences", "violations"}] * 2
    programs = [row["program"] for row in answer.rows]
    assert programs == [str(KNOWN_BUG), str(RULES / "alive-without-references.jd")]
    (found,) = answer.rows[0]["divergences"]
    assert found.keys() >= DIVERGENCE_KEYS
    assert (found["step"], found["kind"], found["verdict"]) == (3, "root", "bug")
    assert (found["rule"], found["side"]) == ("failed-create-renumbers", "new")
    assert (found["bug_kind"], found["surface"]) == ("half-done failure", "jid")
    assert found["causes"] == []
    assert found["old"] == {"errno": "EEXIST", "ret": None, "errmsg": "jail 5 already exists"}
    assert re.fullmatch("[0-9a-f]{16}", found["fingerprint"])
    (violation,) = answer.rows[1]["violations"]
    assert (violation["side"], violation["invariant"]) == ("old", "alive-is-held")


def test_run_folder_and_recordings(jaildiff: Jaildiff) -> None:
    """Folders are read with all that is below them, and recordings like programs."""
    jaildiff.write("in/a.jd", *REUSED)
    jaildiff.write("in/deep/b.jd", *NESTED)
    some = {**program_to_json(program(*REUSED)), "id": "x"}
    jaildiff.write_bytes("in/c.jsonl", json.dumps(some).encode() + b"\n\n")
    packed = zstandard.compress(json.dumps(some).encode())
    jaildiff.write_bytes("in/d.jsonl.zst", packed)
    answer = jaildiff("run", "--json", "in")
    assert answer.code == 0
    found = [len(row["divergences"]) for row in answer.rows]
    assert sorted(found) == [0, 1, 1, 1]


def test_run_a_changed_expectation(jaildiff: Jaildiff) -> None:
    """An expectation that does not come true is named with file and line, and is 1."""
    file = jaildiff.write("a.jd", NESTED[0], "    both 1", "p1: jail_remove(1)", "    new  7")
    answer = jaildiff("run", file)
    assert answer.code == 1
    assert answer.err == f"{file}:4: expected new '7', found '0'\n"


def test_rewrite(jaildiff: Jaildiff) -> None:
    """--rewrite brings a file up to date, wholly, and touches nothing else."""
    file = jaildiff.write("a.jd", "# why", "p1: jail_remove(5)  # too", "    both 7", *REUSED)
    answer = jaildiff("run", "--rewrite", file)
    assert (answer.code, answer.err) == (0, "")
    assert [path.name for path in jaildiff.folder.iterdir()] == ["a.jd"]
    written = parse(file.read_text(), "a.jd")
    assert check(written, LANDED) == []
    assert written.lines[0].before == ("# why",)
    assert (written.lines[0].comment, written.lines[0].old) == ("too", "EINVAL")
    assert written.lines[-1].verdicts == ("root intended dying-jid-reused",)
    before = file.read_bytes()
    assert jaildiff("run", "--rewrite", file).code == 0
    assert file.read_bytes() == before
    assert jaildiff("run", file).code == 0


def test_rewrite_is_atomic(jaildiff: Jaildiff) -> None:
    """A file that cannot be replaced is as it was, and the folder holds no rest of the attempt."""
    file = jaildiff.write("a.jd", *REUSED)
    before = file.read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device", str(file))

    jaildiff.monkeypatch.setattr(os, "fsync", fail)
    answer = jaildiff("run", "--rewrite", file)
    assert answer.code == 4
    assert answer.err == f"jaildiff: {file}: No space left on device\n"
    assert file.read_bytes() == before
    assert [path.name for path in jaildiff.folder.iterdir()] == ["a.jd"]


# CONFORM


@pytest.mark.parametrize("kernel", ["legacy", "new"])
def test_conform(jaildiff: Jaildiff, kernel: str) -> None:
    """The last line says that all of the recordings agree."""
    answer = jaildiff("conform", "--kernel", kernel, trace("cases"))
    assert (answer.code, answer.err) == (0, "")
    found = re.fullmatch(
        r"AGREE (\d+)/(\d+) ops, (\d+)/(\d+) programs \(0 undefined\)\n", answer.out
    )
    assert found is not None
    assert (found[1], found[3]) == (found[2], found[4])


def wrong_answers(jaildiff: Jaildiff, kernel: str) -> Path:
    """A recording in which one answer is not what the kernel answers."""
    some = program_to_json(program("p1: jail_get(0, jid=3)", "p1: jail_remove(5)"))
    results = [
        {"errno": "ENOENT", "ret": None, "errmsg": "jail 3 not found"},
        {"errno": None, "ret": 0, "errmsg": None},
    ]
    return jaildiff.write_bytes(
        "w.jsonl", json.dumps({**some, kernel: {"results": results}}).encode()
    )


def test_conform_disagrees(jaildiff: Jaildiff) -> None:
    """A disagreement is shown with its program, and is 1."""
    file = wrong_answers(jaildiff, "old")
    answer = jaildiff("conform", "--kernel", "legacy", file)
    assert answer.code == 1
    assert "test: disagrees at step 1 in result" in answer.out
    assert "p1: jail_remove(5)" in answer.out
    assert answer.out.endswith("AGREE 1/2 ops, 0/1 programs (0 undefined)\n")


def test_conform_json(jaildiff: Jaildiff) -> None:
    """--json has the numbers and the first disagreement of each kind."""
    file = wrong_answers(jaildiff, "old")
    answer = jaildiff("conform", "--json", "--minimize", "--kernel", "legacy", file)
    (row,) = answer.rows
    numbers = [row[key] for key in ("kernel", "ops", "ops_agreed", "programs", "programs_agreed")]
    assert (answer.code, numbers) == (1, ["legacy", 2, 1, 1, 0])
    (first,) = row["first"]
    assert (first["program"], first["step"]) == ("test", 1)


def test_conform_of_nothing(jaildiff: Jaildiff) -> None:
    """Without recorded answers there is nothing to agree with, which is bad input."""
    file = wrong_answers(jaildiff, "old")
    answer = jaildiff("conform", "--kernel", "new", file)
    assert answer.code == 2
    message = (
        "expected recorded answers of 'new' to compare with, found legacy; say which with --key"
    )
    assert answer.err == f"jaildiff: {message}\n"


def test_conform_without_answers_of_the_kernel(jaildiff: Jaildiff) -> None:
    """Recordings of the patch have no answers of the kernel with descriptors: bad input, and the
    answers that they have are named.
    """
    file = wrong_answers(jaildiff, "old")
    answer = jaildiff("conform", "--kernel", "descriptors", file)
    assert answer.code == 2
    assert "expected recorded answers of 'descriptors' to compare with, found legacy" in answer.err


def test_no_descriptor_is_an_answer(jaildiff: Jaildiff) -> None:
    """Numbers that are no descriptor are for the kernel to refuse; an odd flag is bad input."""
    calls = (
        b"p1: jail_attach_jd(99)\np1: jail_remove_jd(0)\np1: jail_set(UPDATE|USE_DESC, desc=-5)\n"
    )
    file = jaildiff.write_bytes("d.jd", b"jaildiff 1\n" + calls)
    answer = jaildiff("run", "--kernels", "new,descriptors", file)
    assert answer.code == 0
    for errno in ("ENOSYS", "EBADF", "EINVAL"):
        assert errno in answer.out
    odd = jaildiff.write_bytes("o.jd", b"jaildiff 1\np1: jail_get(USES_DESC, desc=3)\n")
    answer = jaildiff("run", odd)
    assert answer.code == 2
    assert "o.jd:2:14: expected a flag" in answer.err
    assert "did you mean 'USE_DESC'?" in answer.err


def test_conform_of_a_truncated_list(jaildiff: Jaildiff) -> None:
    """A recording that is no recording is bad input; the other programs are compared."""
    some = program_to_json(program("p1: jail_remove(5)"))
    good = {"results": [{"errno": "EINVAL", "ret": None, "errmsg": None}]}
    rows = [{**some, "new": {"results": []}}, {**some, "new": good}]
    file = jaildiff.write_bytes("t.jsonl", "\n".join(map(json.dumps, rows)).encode())
    answer = jaildiff("conform", "--kernel", "new", file)
    assert answer.code == 2
    assert answer.err.startswith(f'jaildiff: {file}:1: expected "new" to have in "results" a list')
    assert answer.out == "AGREE 1/1 ops, 1/1 programs (0 undefined)\n"


# MINIMIZE


def test_minimize(jaildiff: Jaildiff) -> None:
    """A shorter program that shows the same is printed, with its answers."""
    file = jaildiff.write("a.jd", 'p1: jail_set(CREATE, name="b", persist)', *FAILED, "p1: exit()")
    answer = jaildiff("minimize", file)
    assert (answer.code, answer.err) == (0, "")
    found = parse(answer.out, "out")
    assert (len(found.lines), check(found, LANDED)) == (5, [])
    assert found.lines[-1].verdicts == ("root bug failed-create-renumbers",)


def test_minimize_for_machines(jaildiff: Jaildiff) -> None:
    """With --json the shortened program comes with what it keeps."""
    file = str(CORPUS / "rules/dying-jid-reused.jd")
    kept = json.loads(jaildiff("minimize", "--json", file).out)
    assert (kept["rule"], kept["ops"]) == ("dying-jid-reused", 4)
    assert kept["text"] == jaildiff("minimize", file).out


def test_minimize_one_fingerprint(jaildiff: Jaildiff) -> None:
    """--fingerprint says what to keep, --out where to write it."""
    file = jaildiff.write("a.jd", *REUSED, "p1: jail_get(DYING, jid=999999)", "p1: jail_remove(5)")
    (row,) = jaildiff("run", "--json", file).rows
    *_, last = row["divergences"]
    out = jaildiff.folder / "out.jd"
    answer = jaildiff("minimize", "--fingerprint", last["fingerprint"], "--out", out, file)
    assert (answer.code, answer.out) == (0, "")
    (row,) = jaildiff("run", "--json", out).rows
    assert last["fingerprint"] in {d["fingerprint"] for d in row["divergences"]}


@pytest.mark.parametrize("args", [(), ("--fingerprint", "0123456789abcdef")])
def test_minimize_of_nothing(jaildiff: Jaildiff, args: tuple[str, ...]) -> None:
    """A program that does not show it is bad input."""
    file = jaildiff.write("a.jd", *(REUSED if args else NESTED))
    answer = jaildiff("minimize", *args, file)
    assert answer.code == 2
    assert answer.err.startswith(f"jaildiff: {file}: expected a program that shows it, found ")


# RULES, REPORT


def test_glossary(jaildiff: Jaildiff) -> None:
    """Every word has its meaning beside it; as JSON it is one object."""
    (found,) = jaildiff("rules", "glossary", "--json").rows
    assert found == {entry.word: entry.meaning for entry in GLOSSARY}
    text = jaildiff("rules", "glossary").out
    assert all(entry.word in text for entry in GLOSSARY)


def test_rules(jaildiff: Jaildiff) -> None:
    """All rules are listed; as JSON with everything but their predicates."""
    answer = jaildiff("rules", "list")
    assert answer.code == 0
    assert all(rule in answer.out for rule in RULEBOOK.by_id)
    (found,) = jaildiff("rules", "list", "--json").rows
    assert [row["id"] for row in found] == list(RULEBOOK.by_id)


def test_explain(jaildiff: Jaildiff) -> None:
    """One rule is explained in full."""
    answer = jaildiff("rules", "explain", "failed-create-renumbers")
    assert "\\n" not in answer.out
    assert answer.code == 0
    assert "half-done failure, in the new kernel" in answer.out
    (row,) = jaildiff("rules", "explain", "--json", "failed-create-renumbers").rows
    assert row["reference"] == RULEBOOK.by_id["failed-create-renumbers"].reference


def test_explain_an_invariant(jaildiff: Jaildiff) -> None:
    """An invariant is explained like a rule; what is neither is refused, with a hint."""
    answer = jaildiff("rules", "explain", "names-extend-parents")
    assert answer.code == 0
    assert "To mend the kernel: " in answer.out
    (row,) = jaildiff("rules", "explain", "--json", "names-extend-parents").rows
    assert (row["id"], bool(row["evidence"])) == ("names-extend-parents", True)
    assert jaildiff("rules", "explain", "names-extend-parent").code == 2


def test_run_says_what_is_known(jaildiff: Jaildiff) -> None:
    """A known mistake is said to be one, on the terminal and in JSON; a short story is shorter."""
    file = RULES / "nested-update-refused.jd"
    answer = jaildiff("run", file)
    assert "Known as presumed-parent (" in answer.out
    (row,) = jaildiff("run", "--json", file).rows
    assert [found["known"] for found in row["divergences"]] == ["presumed-parent"]
    short = jaildiff("run", "--short", file)
    assert "Source: " in answer.out
    assert "Source: " not in short.out


def test_evidence(jaildiff: Jaildiff) -> None:
    """What speaks for a claim is shown, by a part of what it is about; a rule shows its own."""
    answer = jaildiff("rules", "evidence", "jail_attach.py PRIV")
    assert answer.code == 0
    assert "recorded: cases/F04-nosuser, step 6; disagrees: attach-without-privilege" in answer.out
    (found,) = jaildiff("rules", "evidence", "--json", "D2").rows
    assert [(row["about"], row["strength"]) for row in found] == [("D2", "refuted")]
    assert jaildiff("rules", "evidence", "nothing").code == 2
    (row,) = jaildiff("rules", "explain", "--json", "false-no-jid-left").rows
    assert [claim["about"] for claim in row["evidence"]] == ["false-no-jid-left"]


def test_conform_with_a_fault(jaildiff: Jaildiff) -> None:
    """A model with a seeded fault parts from the recordings that show its absence."""
    args = ("conform", "--kernel", "legacy", "--fault", "attach-without-privilege")
    answer = jaildiff(*args, trace("cases"))
    assert (answer.code, answer.out) == (1, "F04-nosuser: parts at step 6 in results\n")
    (found,) = jaildiff(*args, "--json", trace("cases")).rows
    assert [(row["program"], row["step"]) for row in found] == [("F04-nosuser", 6)]
    assert jaildiff(*args[:-1], "no-fault", trace("cases")).code == 2


def test_report(jaildiff: Jaildiff) -> None:
    """A folder of findings becomes a page; a folder without any is bad input."""
    jaildiff("fuzz", "--runs", "5", "--seed", "5", "--corpus", KNOWN_BUG, "--out", "found")
    answer = jaildiff("report", "found", "--out", "page", "--json")
    (row,) = answer.rows
    assert answer.code == 0
    assert all(Path(str(path)).is_file() for path in row["written"])
    missing = jaildiff("report", "nowhere")
    assert missing.code == 2
    assert "nowhere" in missing.err


# FUZZ


@pytest.mark.parametrize(
    ("least", "file", "code"),
    [
        ("any", INTENDED, 1),
        ("bug", INTENDED, 0),
        ("bug", KNOWN_BUG, 1),
        ("unexplained", KNOWN_BUG, 0),
    ],
)
@pytest.mark.parametrize("command", ["run", "fuzz"])
def test_fail_on(jaildiff: Jaildiff, command: str, least: str, file: Path, code: int) -> None:
    """--fail-on says how much it takes to fail."""
    args = ("--fail-on", least, "--baseline", jaildiff.nothing_known())
    rest = (file,) if command == "run" else ("--runs", "0", "--corpus", file)
    assert jaildiff(command, *args, *rest).code == code


def test_fuzz(jaildiff: Jaildiff) -> None:
    """A run replays the corpus, fuzzes, sums up, and keeps a witness of each finding."""
    args = ("fuzz", "--runs", "40", "--seed", "5", "--corpus", RULES, "--out", "found")
    answer = jaildiff(*args)
    assert (answer.code, answer.err) == (0, "")
    assert f"{2 * len(RULEBOOK.by_id)} corpus programs and 40 generated ones" in answer.out
    assert "seed 5" in answer.out
    assert "0 classes unexplained" in answer.out
    rows = [json.loads(row) for row in Path("found/findings.jsonl").read_text().splitlines()]
    assert {row["rule"] for row in rows} >= RULEBOOK.by_id.keys()
    assert all(Path("found", row["program"]).is_file() for row in rows)


def test_fuzz_json(jaildiff: Jaildiff) -> None:
    """--json prints one object with the numbers and the findings; a seed makes it repeatable."""
    args = ("fuzz", "--runs", "15", "--seed", "5", "--corpus", "none", "--json", "--out")
    empty = jaildiff.folder / "none"
    empty.mkdir()
    one, other = jaildiff(*args, "x"), jaildiff(*args, "y")
    (found,), (again,) = one.rows, other.rows
    assert {key: found[key] for key in ("seed", "programs", "replayed", "changed")} == {
        "seed": 5,
        "programs": 15,
        "replayed": 0,
        "changed": [],
    }
    assert {**found, "seconds": 0} == {**again, "seconds": 0}


def test_fuzz_news(jaildiff: Jaildiff) -> None:
    """A bug that nobody knows of makes it 1."""
    known = jaildiff.nothing_known()
    args = ("fuzz", "--runs", "0", "--seed", "1", "--corpus", KNOWN_BUG, "--baseline", known)
    answer = jaildiff(*args)
    assert answer.code == 1
    assert "1 classes bug" in answer.out


def test_fuzz_a_changed_corpus(jaildiff: Jaildiff) -> None:
    """A program of the corpus that answers otherwise makes it 1, too."""
    file = jaildiff.write("c/a.jd", "p1: jail_remove(1)", "    both 7")
    answer = jaildiff("fuzz", "--runs", "0", "--corpus", "c")
    assert answer.code == 1
    assert f"{file.relative_to(jaildiff.folder)}:2: expected old '7', found 'EINVAL'" in answer.out


def test_fuzz_prints_a_fresh_seed(jaildiff: Jaildiff) -> None:
    """Without --seed each run has another one, which is printed."""
    empty = jaildiff.folder / "none"
    empty.mkdir()
    args = ("fuzz", "--runs", "1", "--corpus", empty, "--json")
    seeds = {row["seed"] for _ in range(3) for row in jaildiff(*args).rows}
    assert len(seeds) > 1


# BAD INPUT

GOOD = json.dumps({"format": 1, "id": "x", "ops": []}).encode() + b"\n"
BAD: list[tuple[str, bytes, str]] = [
    ("a.jsonl.zst", zstandard.compress(GOOD * 200)[:-3], "expected the end of a zstd frame"),
    ("a.jsonl.zst", b"no zstd", "expected zstd data"),
    ("a.jsonl", b"{garbled\n", "expected JSON"),
    ("a.jsonl", b'{"format": 2, "id": "x", "ops": []}\n', 'expected "format": 1'),
    ("a.jsonl", b"\xff\xfe\n", "expected UTF-8"),
    ("a.jd", b"jaildiff 1\np1: \xff\n", "expected UTF-8"),
    ("a.jd", b"jaildiff 9\n", "expected"),
    ("a.jd", b"jaildiff 1\np1: jail_sett(CREATE)\n", "did you mean 'jail_set'?"),
    ("a.jd", b"jaildiff 1\n#" + b"x" * (2 << 20) + b"\n", "expected at most"),
    ("a.txt", b"jaildiff 1\n", "expected a name in .jd"),
    ("missing.jd", b"", "expected a file or a folder, found none"),
]


@pytest.mark.parametrize("command", [("run",), ("conform", "--kernel", "new"), ("minimize",)])
@pytest.mark.parametrize(("name", "data", "message"), BAD)
def test_bad_input(
    jaildiff: Jaildiff, command: tuple[str, ...], name: str, data: bytes, message: str
) -> None:
    """What cannot be read is named, with the reason, and is 2; the other files are processed."""
    file = jaildiff.folder / name
    if name != "missing.jd":
        jaildiff.write_bytes(name, data)
    others = () if command == ("minimize",) else (KNOWN_BUG,)
    answer = jaildiff(*command, file, *others)
    assert answer.code == 2
    assert answer.err.startswith(f"jaildiff: {file}")
    assert message in answer.err
    assert answer.err.count("\n") == 1
    assert len(answer.err) < 500
    if others:
        assert "failed-create-renumbers" in answer.out or "AGREE 4/4 ops" in answer.out


def test_huge_line(jaildiff: Jaildiff, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of JSON without end is given up, not read into memory."""
    monkeypatch.setattr("jaildiff.support.json_lines.LINE_MAX", 1 << 16)
    file = jaildiff.write_bytes("a.jsonl", b'"' + b"x" * (1 << 20))
    answer = jaildiff("run", file, KNOWN_BUG)
    assert answer.code == 2
    assert answer.err == f"jaildiff: {file}:1: expected at most 65536 bytes in a line, found more\n"
    assert "failed-create-renumbers" in answer.out


def test_bad_input_in_a_corpus(jaildiff: Jaildiff) -> None:
    """The other files of a corpus are replayed, and the run goes on."""
    jaildiff.write("c/b.jd", *REUSED)
    jaildiff.write_bytes("c/a.jd", b"nonsense\n")
    answer = jaildiff("fuzz", "--runs", "3", "--seed", "1", "--corpus", "c")
    assert answer.code == 2
    assert answer.err.startswith("jaildiff: c/a.jd:1")
    assert "1 corpus programs and 3 generated ones" in answer.out


def test_recordings_in_a_corpus(jaildiff: Jaildiff) -> None:
    """Recordings are for conform: the fuzzer does not even read them."""
    jaildiff.write("c/b.jd", *REUSED)
    jaildiff.write_bytes("c/a.jsonl", b"nonsense\n")
    answer = jaildiff("fuzz", "--runs", "0", "--corpus", "c")
    assert (answer.code, answer.err) == (0, "")
    assert "1 corpus programs" in answer.out


def test_missing_corpus(jaildiff: Jaildiff) -> None:
    """A corpus that is asked for must be there."""
    answer = jaildiff("fuzz", "--runs", "1", "--seed", "1", "--corpus", "nowhere")
    assert answer.code == 2
    assert "nowhere" in answer.err


@pytest.mark.parametrize("command", ["fuzz", "run"])
def test_bad_baseline(jaildiff: Jaildiff, command: str) -> None:
    """A baseline that cannot be used is bad input."""
    file = jaildiff.write_bytes("b.toml", b"[[known]]\n")
    args = ("--runs", "0", "--corpus", INTENDED) if command == "fuzz" else (INTENDED,)
    answer = jaildiff(command, *args, "--baseline", file)
    assert answer.code == 2
    assert answer.err.startswith(f"jaildiff: {file}:1: entry 1: expected the key")


@pytest.mark.parametrize(
    "args",
    [
        ("--nonsense",),
        ("nonsense",),
        ("run",),
        ("run", "--nonsense", "x.jd"),
        ("conform", "x.jd"),
        ("fuzz", "--runs", "-1"),
        ("fuzz", "--time", "soon"),
        ("fuzz", "extra"),
        ("rules", "explain", "no-such-rule"),
        ("minimize",),
    ],
)
def test_usage(jaildiff: Jaildiff, args: tuple[str, ...]) -> None:
    """A command line that is not understood is 2, with a word on how to use it."""
    answer = jaildiff(*args)
    assert answer.code == 2
    assert "Usage: " in answer.err
    assert "Error: " in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "args",
    [
        ("fuzz", "--runs", "0", "--corpus", INTENDED, "--out", "file/x"),
        ("minimize", KNOWN_BUG, "--out", "file/x.jd"),
        ("minimize", KNOWN_BUG, "--out", "no/such/x.jd"),
    ],
)
def test_unwritable(jaildiff: Jaildiff, args: tuple[str | Path, ...]) -> None:
    """A place where nothing can be written is named, and is 2."""
    jaildiff.write_bytes("file", b"")
    answer = jaildiff(*args)
    assert answer.code == 2
    assert re.match("jaildiff: (file|no/such).*: No", answer.err)


def test_internal_error(jaildiff: Jaildiff, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of our own is 3, with where it was and a request to report it."""

    def broken(*_: object) -> None:
        raise LookupError("a mistake")

    monkeypatch.setattr("jaildiff.cli.commands.run.diff", broken)
    answer = jaildiff("run", INTENDED)
    assert answer.code == 3
    assert "LookupError: a mistake" in answer.err
    assert answer.err.endswith("please report it with the lines above\n")


def test_interrupted_command(jaildiff: Jaildiff, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in a command that keeps nothing is 130 without a traceback."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("jaildiff.cli.commands.run.diff", interrupt)
    answer = jaildiff("run", INTENDED)
    assert answer.code == 130
    assert "Traceback" not in answer.err


def test_help(jaildiff: Jaildiff) -> None:
    """Each command has a help that names it, and the exit codes are told."""
    answer = jaildiff("--help")
    assert answer.code == 0
    assert "130 interrupted" in answer.out
    for name in COMMANDS:
        assert name in answer.out
        found = jaildiff(name, "-h")
        assert found.code == 0
        assert re.match(f"Usage: .*{name}", found.out)


def test_version(jaildiff: Jaildiff) -> None:
    """The version is printed, and whether the source runs or what was compiled from it."""
    answer = jaildiff("--version")
    assert answer.code == 0
    assert re.search(r"\d+\.\d+\.\d+ \(source\)", answer.out)


# IN A PROCESS OF ITS OWN


def started(folder: Path, *args: str | Path, **env: str) -> subprocess.Popen[str]:
    """The command line as a user starts it."""
    path = os.pathsep.join(map(str, sys.path))
    return subprocess.Popen(
        [sys.executable, "-m", "jaildiff", *map(str, args)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{CORPUS.parent}{os.pathsep}{path}", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_module(tmp_path: Path) -> None:
    """`python -m jaildiff` is the command line."""
    command = started(tmp_path, "rules", "list", "--json")
    said, _ = command.communicate(timeout=60)
    assert (command.returncode, "dying-jid-reused" in said) == (0, True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Whoever stops a run keeps what was found, sees it summed up, and gets the right code."""
    (tmp_path / "none").mkdir()
    args = ("fuzz", "--time", "100", "--seed", "5", "--corpus", "none", "--out", "found")
    process = started(tmp_path, *args)
    try:
        end = time.monotonic() + 60
        while not list(tmp_path.glob("found/*.jd")) and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, err) == (code, "")
    assert "interrupted" in out
    rows = (tmp_path / "found/findings.jsonl").read_text().splitlines()
    kept = [json.loads(row)["program"] for row in rows]
    assert kept
    for name in kept:
        (entry,) = read_programs(tmp_path / "found" / name)
        assert entry.script is not None
        assert check(entry.script, LANDED) == []


def test_plain_output(tmp_path: Path) -> None:
    """Into a pipe there go no escape sequences, and no progress bar."""
    args = ("fuzz", "--runs", "30", "--seed", "5", "--corpus", KNOWN_BUG)
    out, err = started(tmp_path, *args, TERM="xterm-256color").communicate(timeout=60)
    assert "known bug" in out
    assert ("\x1b" in out, err) == (False, "")


def test_ascii_output(tmp_path: Path) -> None:
    """A terminal that knows ASCII only is no reason to fail: what it cannot show is escaped."""
    file = tmp_path / "a.jd"
    file.write_text('jaildiff 1\nid "hüt"\np1: jail_set(CREATE, name="hüt", persist)\n')
    process = started(tmp_path, "run", file, PYTHONIOENCODING="ascii")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "jail_set(CREATE" in out


@pytest.mark.parametrize(
    "args",
    [
        ("run", trace("idioms")),
        ("run", "--json", trace("idioms")),
        (
            "conform",
            "--json",
            "--kernel",
            "new",
            "--fault",
            "attach-without-privilege",
            trace("cases"),
        ),
        ("rules", "evidence"),
        ("rules", "glossary"),
    ],
)
def test_closed_pipe(tmp_path: Path, args: tuple[str | Path, ...]) -> None:
    """A reader that has gone is told in silence, as a shell expects of SIGPIPE."""
    with started(tmp_path, *args) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "words", [("rules", "list"), ("reproduce", str(INTENDED), "--as", "sh")], ids=lambda w: w[0]
)
def test_full_output(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Output that the disk refuses is trouble with the machine, told once, be it much or little."""
    with Path("/dev/full").open("w") as full:
        path = {**os.environ, "PYTHONPATH": str(CORPUS.parent)}
        args = [sys.executable, "-m", "jaildiff", *words]
        done = subprocess.run(
            args, cwd=tmp_path, env=path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 4
    assert done.stderr == b"jaildiff: standard output: No space left on device\n"


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}], ids=["colour", "no colour"])
def test_colour(tmp_path: Path, env: dict[str, str]) -> None:
    """On a terminal verdicts have colours, unless NO_COLOR is set."""
    parent, child = pty.openpty()
    variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CI")}
    variables |= {"TERM": "xterm-256color", "PYTHONPATH": str(CORPUS.parent), **env}
    args = [sys.executable, "-m", "jaildiff", "run", str(INTENDED)]
    with subprocess.Popen(args, cwd=tmp_path, env=variables, stdout=child) as process:
        os.close(child)
        said = b""
        while part := read_terminal(parent):
            said += part
    os.close(parent)
    assert process.returncode == 0
    assert b"dying-jid-reused" in said
    assert bool(re.search(rb"\x1b\[[0-9;]*3[0-7]", said)) == (not env)


def read_terminal(parent: int) -> bytes:
    """What was written to a terminal; nothing when its last user has gone."""
    try:
        return os.read(parent, 1 << 16)
    except OSError:
        return b""


# JUDGE


def recording(jaildiff: Jaildiff, model: Model, key: str) -> Path:
    """A file with one program as a kernel was recorded to answer it."""
    found = program(*REUSED)
    row = program_to_json(found) | {key: record(model, found)}
    return jaildiff.write_bytes("recorded.jsonl", json.dumps(row).encode() + b"\n")


def test_judge(jaildiff: Jaildiff) -> None:
    """The new kernel is 0, the old one 1 and named as that, without bugs: it lacks the patch."""
    answer = jaildiff("judge", recording(jaildiff, NEW, "new"))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("It is the new kernel.\n1 programs: 1 agree with the new kernel")
    answer = jaildiff("judge", "--key", "mine", recording(jaildiff, LEGACY, "mine"))
    assert (answer.code, answer.err) == (1, "")
    assert answer.out.startswith("It is the old kernel.\n")
    assert answer.out.splitlines()[1:] == [
        "1 programs: 0 agree with the new kernel, 1 with the old kernel, 0 with neither"
    ]


def test_judge_json(jaildiff: Jaildiff) -> None:
    """--json prints a line for each program, and last the sums with the one fault."""
    said, summary = jaildiff("judge", "--json", recording(jaildiff, LEGACY, "new")).rows
    keys = ("program", "agrees_with", "step", "verdict", "bug_kind", "surface", "why")
    assert tuple(said) == keys
    assert (said["agrees_with"], said["step"], said["verdict"]) == (["legacy"], 4, "bug")
    assert (summary["programs"], summary["agree_with_legacy"]) == (1, 1)
    assert summary["fault"].keys() >= {"kind", "call", "surface", "why", "name", "description"}
    assert (summary["fault"]["name"], summary["fault"]["call"]) == ("legacy", "jail_set")


def test_judge_names_what_it_does_not_compare(jaildiff: Jaildiff) -> None:
    """A parameter of another release is named once, and is no difference."""
    file = recording(jaildiff, NEW, "new")
    file.write_text(file.read_text().replace('"allow.chflags"', '"allow.extattr"'))
    answer = jaildiff("judge", file)
    assert answer.code == 0
    assert answer.err == (
        "jaildiff: not compared, since only one side has them: allow.chflags, allow.extattr\n"
    )


def test_judge_bad_input(jaildiff: Jaildiff) -> None:
    """What is no recording is named with its line, and is 2."""
    file = recording(jaildiff, NEW, "new")
    answer = jaildiff("judge", "--key", "old", file)
    assert (answer.code, answer.out) == (2, "")
    told = 'expected a recording "legacy" of 1 program, found new; say which with --key'
    assert answer.err == f"jaildiff: {file}: {told}\n"
    file.write_text(file.read_text()[:-40])
    answer = jaildiff("judge", file)
    assert (answer.code, answer.out) == (2, "")
    assert f"{file}:1:" in answer.err
    assert "expected JSON" in answer.err


def test_judge_without_its_recording(jaildiff: Jaildiff) -> None:
    """What a file has instead is told in one line, however many programs there are."""
    answer = jaildiff("judge", "--key", "mine", trace("cases"))
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f'jaildiff: {trace("cases")}: expected a recording "mine" of 1')
    assert answer.err.endswith(" programs, found legacy, new; say which with --key\n")
    assert answer.err.count("\n") == 1


def test_judge_of_what_is_no_recording(jaildiff: Jaildiff) -> None:
    """A field that is no recording is named."""
    row = b'{"format": 1, "id": "x", "ops": [], "odd": 1}\n'
    answer = jaildiff("judge", jaildiff.write_bytes("odd.jsonl", row))
    assert answer.code == 2
    assert 'expected an object as "odd", found 1' in answer.err


def test_judge_of_a_kernel_with_descriptors(jaildiff: Jaildiff) -> None:
    """It is recognized; one that has its parameters and errs is told which standard to take."""
    file = trace("directed-old-cases")
    answer = jaildiff("judge", "--key", "main", file)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("It is the kernel descriptors.\n")
    faulty = recording(jaildiff, LEGACY, "mine")
    text = faulty.read_text().replace('"allow.chflags"', '"allow.extattr"')
    faulty.write_text(text.replace("EEXIST", "EPERM"))
    answer = jaildiff("judge", faulty)
    assert answer.code == 1
    told = "descriptors has some of these: --kernels new,descriptors holds it against that one"
    assert answer.err.endswith(f"\njaildiff: {told}\n")
