"""A folder for whoever looks after the kernel: a page, tests and a recording for each mistake."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jaildiff.differ.comparison import LANDED
from jaildiff.findings.baseline import load as load_baseline
from jaildiff.findings.reproduce.accounts import Account
from jaildiff.findings.reproduce.forms.as_atf import identifier, kyuafile
from jaildiff.findings.reproduce.forms.as_script import shipped
from jaildiff.findings.reproduce.reproducer import Form, reproducer
from jaildiff.programs.json_form import program_to_json
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.programs.op_language import render
from jaildiff.support.errors import InputError
from jaildiff.support.files import write_into

RECORDED = "traces/cases.jsonl.zst"  # in the corpus: the directed recordings
WITNESSES = "rules"


@dataclass(frozen=True, slots=True)
class Seen:
    """The classes of findings in some programs."""

    of_mistake: int  # bugs that come from the mistake
    other_bugs: int
    unexplained: int
    intended: int


@dataclass(frozen=True, slots=True)
class Effect:
    """With and without a correction."""

    programs: int
    without: Seen
    corrected: Seen
    recordings: int
    answered_otherwise: int  # how many of these show the mistake


def write_bundle(
    folder: Path,
    corpus: Path,
    accounts: Sequence[Account],
    measure: Callable[[Account, Sequence[Entry]], Effect],
) -> Iterator[str]:
    """Write the folder.  Yields the name of each mistake when its part is written.

    `measure` says what a correction changes, on recordings among others.  Raises InputError if the
    corpus lacks something, OSError if a file cannot be written.
    """
    recorded = list(read_programs(corpus / RECORDED))
    for account in accounts:
        measured = measure(account, recorded)
        write_account(folder / account.mistake, corpus, account, recorded, measured)
        yield account.mistake
    write_into(folder, "README.md", index(accounts))
    rows = ["syntax(2)", "", *(f'include("{one.mistake}/Kyuafile")' for one in accounts)]
    write_into(folder, "Kyuafile", "\n".join(rows) + "\n")


def write_account(
    folder: Path, corpus: Path, account: Account, recorded: Sequence[Entry], measured: Effect
) -> None:
    """Write what belongs to one mistake."""
    tests: dict[str, str] = {}  # by program: the file with its test, or why it has none
    for name in account.tests:
        (entry,) = read_programs(corpus / WITNESSES / f"{name}.jd")
        assert entry.script is not None  # Decoded as .jd files are.
        write_into(folder, f"{name}.jd", render(entry.script))
        try:
            text = reproducer(entry.script, LANDED, load_baseline(None, LANDED), Form.ATF)
        except InputError as error:
            tests[name] = error.message
            continue
        tests[name] = f"{identifier(name)}_test"
        write_into(folder, tests[name], text)
        (folder / tests[name]).chmod(0o755)
    written = tuple(test for test in tests.values() if (folder / test).is_file())
    write_into(folder, "Kyuafile", kyuafile(written))
    write_into(folder, "recordings.jsonl", recordings(account, recorded))
    write_into(folder, "README.md", page(account, tests, measured))


def recordings(account: Account, recorded: Sequence[Entry]) -> str:
    """The recordings that show a mistake, a line each.  Raises InputError if one is missing."""
    by_id, rows = {entry.program.id: entry for entry in recorded}, []
    for name in account.recordings:
        entry = by_id.get(name)
        if entry is None:
            raise InputError(RECORDED, 0, 0, f"expected the recording {name}, found none")
        rows.append(json.dumps(program_to_json(entry.program) | (entry.recorded or {})) + "\n")
    return "".join(rows)


def page(account: Account, tests: dict[str, str], measured: Effect) -> str:
    """One page about a mistake, in Markdown."""
    told = asdict(account) | {
        "commands": "\n".join(f"    {command}" for command in account.commands)
        or "No short sequence of commands shows it.",
        "tests": "\n".join(tests_table(tests)),
        "programs": measured.programs,
        "without": measured.without,
        "corrected": measured.corrected,
        "recordings": measured.recordings,
        "otherwise": measured.answered_otherwise,
    }
    return shipped("account_page.md").format_map(told)


def tests_table(tests: dict[str, str]) -> list[str]:
    """The tests, or why there is none."""
    rows = ["| program | ATF test |", "|---|---|"]
    for name, test in tests.items():
        has_one = test.endswith("_test")
        rows.append(f"| `{name}.jd` | {f'`{test}`' if has_one else f'none: {test}'} |")
    return rows


def index(accounts: Sequence[Account]) -> str:
    """The page that names them all."""
    rows = (f"| [{one.mistake}]({one.mistake}/README.md) | {one.title} |" for one in accounts)
    return shipped("bundle_index.md").format(mistakes="\n".join(rows))
