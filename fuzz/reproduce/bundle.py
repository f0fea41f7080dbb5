"""A folder for whoever looks after the kernel: a page, tests and a recording for each mistake."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from fuzz.differ.comparison import LANDED
from fuzz.findings.baseline import load as load_baseline
from fuzz.kernels.named import kernel
from fuzz.programs.json_form import program_to_json
from fuzz.programs.loading import Entry, read_programs
from fuzz.programs.op_language import render
from fuzz.programs.program import Program
from fuzz.reproduce.accounts import Account
from fuzz.reproduce.effect import Effect, effect
from fuzz.reproduce.forms.as_atf import identifier, kyuafile
from fuzz.reproduce.forms.as_script import shipped
from fuzz.reproduce.reproducer import Form, reproducer
from fuzz.search.hunt.hunt import budgeted_programs
from fuzz.support.errors import InputError
from fuzz.support.files import write_into

SEED = 1
RECORDED = "traces/cases.jsonl.zst"  # in the corpus: the directed recordings
TESTS_FOLDER = "rules"


def write_bundle(
    folder: Path, corpus: Path, accounts: Sequence[Account], runs: int
) -> Iterator[str]:
    """Write the folder; yields the name of each mistake when its part is there.

    Raises InputError if the corpus lacks something, OSError if a file cannot be written.
    """
    recorded = {entry.program.id: entry for entry in read_programs(corpus / RECORDED)}
    programs = [entry.program for entry in read_programs(corpus / TESTS_FOLDER)]
    programs += budgeted_programs(SEED, seconds=None, runs=runs)
    for account in accounts:
        write_account(folder / account.mistake, corpus, account, recorded, programs)
        yield account.mistake
    write_into(folder, "README.md", index(accounts))
    rows = ["syntax(2)", "", *(f'include("{one.mistake}/Kyuafile")' for one in accounts)]
    write_into(folder, "Kyuafile", "\n".join(rows) + "\n")


def write_account(
    folder: Path,
    corpus: Path,
    account: Account,
    recorded: dict[str, Entry],
    programs: Sequence[Program],
) -> None:
    """Write what belongs to one mistake."""
    tests: dict[str, str] = {}  # by program: the file with its test, or why there is none
    for name in account.tests:
        (entry,) = read_programs(corpus / TESTS_FOLDER / f"{name}.jd")
        assert entry.script is not None  # This is how .jd files are read.
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
    corrected = kernel(f"{LANDED.new}+{account.correction}")
    measured = effect(account.mistake, corrected, programs, recorded.values())
    write_into(folder, "README.md", page(account, tests, measured))


def recordings(account: Account, recorded: dict[str, Entry]) -> str:
    """The recordings that show a mistake, a line each.  Raises InputError if one is missing."""
    rows = []
    for name in account.recordings:
        entry = recorded.get(name)
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
