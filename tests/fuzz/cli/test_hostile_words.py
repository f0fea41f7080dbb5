"""A hostile word in every field of every input of every command: nothing of it works on a terminal
or on GitHub's runner.
"""

import copy
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jaildiff.cli import main as cli
from jaildiff.findings.findings_file import FIELDS, FINDINGS
from jaildiff.kernels.registry import LEGACY
from jaildiff.programs.json_form import program_to_json
from jaildiff.search.campaign.journal import FILE as JOURNAL
from tests.programs import CORPUS, ZOMBIE_5, program
from tests.recordings import record

WORDS = {
    "escapes": "x\x1b[2J\x9b1m\u202e\x07\x00[red]",
    "a line of its own": "x\n::error::y\r::error::z",
    "a command": "::error file=x::y",
    "an old command": "##[error]y",
    "half a character": "x\udc80",
}
STORY = (*ZOMBIE_5, 'p1: jail_set(CREATE, jid=5, name="n", persist, bogus="v")', "p1: hold(r2)")
Places = tuple[str | int, ...]


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """What a command says in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str | Path) -> str:
        monkeypatch.setattr(sys, "argv", ["jaildiff", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        assert ended.value.code in (0, 1, 2), told.err
        return told.out + told.err

    return run


def check(text: str, *, annotated: bool = False) -> None:
    """Fail if anything in an output does more than to be read."""
    for line in text.split("\n"):
        assert line.isprintable(), line
        assert "##[" not in line
        if not annotated:
            assert not (line.lstrip().startswith("::") and "::" in line.lstrip()[2:]), line


def places(value: object, *way: str | int) -> Iterator[tuple[Places, bool]]:
    """Where in some JSON there is a text, and whether it is a key."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*way, key), True
            yield from places(item, *way, key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, *way, number)
    elif isinstance(value, str):
        yield way, False


def with_word(value: Any, place: Places, word: str, *, key: bool) -> Any:
    """The same JSON with a word at a place."""
    changed = found = copy.deepcopy(value)
    for step in place[:-1]:
        found = found[step]
    if key:
        found[word] = found.pop(place[-1])
    else:
        found[place[-1]] = word
    return changed


def everywhere(value: object) -> Iterator[Any]:
    """The same JSON, once for each of its texts and each word in its place."""
    for place, key in places(value):
        for word in WORDS.values():
            yield with_word(value, place, word, key=key)


def recorded() -> dict[str, object]:
    """A program with what a kernel was recorded to answer, all of it."""
    some = program(*STORY)
    row = program_to_json(some) | {"new": record(LEGACY, some)}
    row["ops"] = [*row["ops"], {"op": "odd", "why": "x"}][:-1]  # type: ignore[misc]  # it is a list
    return row


@pytest.mark.parametrize(
    "command",
    [
        ("run",),
        ("conform", "--kernel", "new"),
        ("judge",),
        ("conform", "--kernel", "new", "--fault", "attach-takes-two-references"),
    ],
    ids=" ".join,
)
def test_recordings(
    said: Callable[..., str], command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs, their answers, states, processes, parameters and names.

    The kernel behind them is sought where that does not take too long.
    """
    monkeypatch.setattr("jaildiff.cli.commands.judge.load", dict)
    file = Path("r.jsonl")
    file.write_text("".join(json.dumps(row) + "\n" for row in all_first(recorded())))
    with monkeypatch.context() as briefly:
        briefly.setattr("jaildiff.recordings.judge_kernel.KernelVerdict.find", lambda *_: None)
        check(said(*command, file))
    for row in everywhere({"format": 1, "id": "x", "ops": [], "new": {"results": []}}):
        file.write_text(json.dumps(row))
        check(said(*command, file))


def all_first(row: dict[str, object]) -> Iterator[Any]:
    """The recording with a word at each place that can be read, and then the others."""
    for changed in everywhere(row):
        if changed.keys() == row.keys():
            yield changed


@pytest.mark.parametrize("command", ["run", "minimize", "fuzz", "merge"])
@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_programs(said: Callable[..., str], command: str, word: str) -> None:
    """Programs in the op language: names, comments, answers, verdicts, and what cannot be read."""
    text = json.dumps(word)
    lines = ("jaildiff 1", f"id {text}", *STORY[:-2], f"p1: jail_set(CREATE, jid=5, {text}={text})")
    raw = word.replace("\n", " ").replace("\r", " ").encode("utf-8", "surrogateescape")
    texts = ["\n".join(lines).encode() + b"\n    old  " + raw + b"\n    !    " + raw + b"\n"]
    texts += [b"jaildiff 1\n" + raw + b"\n", b"jaildiff 1\np1: jail_set(" + raw + b")\n"]
    Path("in").mkdir()
    for number, content in enumerate(texts):
        Path("in", f"{number}.jd").write_bytes(content)
    args = {"fuzz": ("--runs", "0", "--corpus", "in"), "merge": ("out", "in"), "run": ("in",)}
    if command == "minimize":
        for file in Path("in").iterdir():
            check(said(command, file))
    else:
        check(said(command, *args[command]))


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_names_of_files(said: Callable[..., str], word: str) -> None:
    """File names, as arguments and in folders, of what is read and of what is written."""
    name = word.replace("/", "").replace("\0", "") + ".jd"
    program_file = (CORPUS / "rules" / "failed-create-renumbers.jd").read_bytes()
    Path("in").mkdir()
    Path("in", name).write_bytes(program_file.replace(b"both", b"new ", 1))
    Path("in", f"bad{name}").write_bytes(b"x")
    Path(name).mkdir()
    for args in (("run", "in"), ("merge", name, "in"), ("triage", name), ("report", name)):
        check(said(*args))
    check(said("fuzz", "--runs", "0", "--corpus", "in", "--out", name))
    check(said("run", name))
    check(said("campaign", "--status", name))
    check(said("run", name + "gone"))
    told = said("run", "in", "--github", "--sarif", "o.sarif", "--junit", "o.xml")
    check(told, annotated=True)
    commands = [line for line in told.split("\n") if line.startswith("::")]
    assert all(line.startswith(("::error file=", "::warning file=")) for line in commands)
    json.loads(Path("o.sarif").read_text())


def finding() -> dict[str, object]:
    """A row of findings.jsonl."""
    row: dict[str, object] = dict.fromkeys(FIELDS, "x")
    row |= {"kind": "root", "verdict": "bug", "severity": "low", "side": "new", "count": 1}
    row |= {"step": 0, "differs": ["x"], "causes": [], "story": ["x"], "known": None}
    return row | {"fingerprint": "734ec29900000000", "rule": "failed-create-renumbers"}


def test_findings(said: Callable[..., str]) -> None:
    """Every field of a finding, in all commands that read them."""
    Path("x").write_bytes(b"")
    for row in everywhere(finding()):
        Path(FINDINGS).write_text(json.dumps(row) + "\n")
        check(said("triage", "."))
        check(said("report", "."))


def test_baselines_and_faults(said: Callable[..., str]) -> None:
    """Every field of an entry of a baseline and of a fault."""
    known = {
        "fingerprint": "734ec299*",
        "rule": "failed-create-renumbers",
        "side": "new",
        "mistake": "m",
        "owner": "o",
        "reason": "r",
        "link": "https://bugs.freebsd.org/x",
        "evidence": ["e"],
        "expires": "never",
    }
    fault = {"id": "a", "title": "t", "source": "s", "model": "new", "kind": ["leaked reference"]}
    fault |= {"file": "jail_kernel/jail_attach.py", "old": "x", "new": "y", "shown_by": ["z"]}
    for row in (row for row in everywhere(known) if is_utf8(row)):
        Path("b.toml").write_text(f"[[known]]\n{toml(row)}max_count = 1\n")
        check(said("triage", "--baseline", "b.toml"))
    for row in (row for row in everywhere(fault) if is_utf8(row)):
        Path("f.toml").write_text(f"[[fault]]\n{toml(row)}")
        check(said("selftest", "--faults", "f.toml", "--fault", "none"))


def toml(row: dict[str, Any]) -> str:
    """A table; JSON's strings are TOML's."""
    return "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in row.items())


def is_utf8(row: object) -> bool:
    return "\\udc" not in json.dumps(row)


def test_journals(said: Callable[..., str]) -> None:
    """Every field of a journal whose campaign is asked how it is."""
    rows: list[dict[str, object]] = [
        {"kind": "campaign", "format": 2, "seed": 1, "size": 10, "generator": "g"},
        {"kind": "start", "at": 1.0, "process": 1, "where": "w"},
        {"kind": "crash", "place": "p", "number": 1, "calls": 1, "text": ""},
        {"kind": "gap", "batch": 7, "why": "w"},
        {"kind": "end", "at": 2.0, "why": "w"},
    ]
    for number, row in enumerate(rows):
        for changed in everywhere(row):
            all_rows = [*rows[:number], changed, *rows[number + 1 :]]
            Path(JOURNAL).write_text("".join(json.dumps(one) + "\n" for one in all_rows))
            check(said("campaign", "--status", "."))


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_arguments(said: Callable[..., str], word: str) -> None:
    """What is given on the command line itself, and is refused."""
    if "\0" in word:
        word = word.replace("\0", "")
    file = CORPUS / "rules" / "failed-create-renumbers.jd"
    for args in (
        (word,),
        ("run", f"--{word}"),
        ("run", "--fail-on", word, file),
        ("run", "--kernels", word, file),
        ("run", "--baseline", word, file),
        ("fuzz", "--seed", word),
        ("fuzz", "--time", word),
        ("minimize", "--fingerprint", word, file),
        ("judge", "--key", word, file),
        ("conform", "--kernel", word, file),
        ("conform", "--kernel", "new", "--fault", word, file),
        ("rules", "explain", word),
        ("rules", "evidence", word),
        ("explore", word),
        ("selftest", "--fault", word),
        ("campaign", "--scheduler", word, "dir"),
    ):
        check(said(*args))


def test_environment_is_what_is_tested() -> None:
    """Names of files hold any bytes here."""
    assert os.fsencode("x\udc80") == b"x\x80"
