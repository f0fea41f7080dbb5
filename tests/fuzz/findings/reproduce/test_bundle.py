import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.findings.baseline import load
from jaildiff.findings.reproduce.accounts import ACCOUNTS, ACCOUNTS_FILE, Account, read
from jaildiff.findings.reproduce.bundle import Effect, Seen, write_bundle
from jaildiff.kernels.fault import load as load_faults
from jaildiff.kernels.named import kernel
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.selftest.correction_effect import effect, seen
from jaildiff.support.errors import InputError
from tests.command import jaildiff
from tests.debian import needs
from tests.house.tools import ROOT
from tests.in_sandbox import sandboxed
from tests.programs import CORPUS, corpus_script, trace

each = pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.mistake)


def nothing(account: Account, recorded: Sequence[Entry]) -> Effect:
    """No measurement."""
    return Effect(0, Seen(1, 2, 3, 4), Seen(0, 2, 3, 4), len(recorded), len(account.recordings))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle, measured on few programs."""
    folder = tmp_path_factory.mktemp("bundle") / "up"
    assert list(write_bundle(folder, CORPUS, ACCOUNTS, nothing)) == [
        one.mistake for one in ACCOUNTS
    ]
    return folder


def test_every_known_mistake_of_the_patch_has_an_account() -> None:
    """And no other: what the baseline blames the new kernel alone for."""
    known = {entry.mistake for entry in load(None, LANDED).entries if entry.side == "new"}
    assert {one.mistake for one in ACCOUNTS} == known


@each
def test_a_correction_ends_its_mistake_and_nothing_else(account: Account) -> None:
    """Without the mistake no class of it is left, and nothing is unexplained; its rules go."""
    assert load_faults()[account.correction].gone <= {
        entry.rule for entry in load(None, LANDED).entries if entry.mistake == account.mistake
    }
    programs = [corpus_script(CORPUS / "rules" / f"{name}.jd").program for name in account.tests]
    recorded = [
        entry for entry in read_programs(trace("cases")) if entry.program.id in account.recordings
    ]
    assert len(recorded) == len(account.recordings)
    corrected = kernel(f"new+{account.correction}")
    measured = effect(account.mistake, corrected, programs, recorded)
    assert measured.without.of_mistake > 0 == measured.corrected.of_mistake
    assert measured.corrected.unexplained == 0
    assert measured.answered_otherwise > 0
    assert seen("no such mistake", LANDED, programs).of_mistake == 0


@each
def test_the_commands_of_an_account_show_it(account: Account, tmp_path: Path) -> None:
    """What stands behind # is so: on the landed kernel the mistake, on the corrected one not."""
    if not account.commands:
        return
    script = []
    for command in account.commands:
        words, _, remark = command.partition("#")
        if not words:
            script.append("jailcall -j $(jls jid) hold >held & holder=$!; sleep 1")
        elif "must fail" in remark:
            script.append(f"if {words}; then echo works; else echo fails; fi")
        else:
            script.append(f"{words} || echo no answer")
    script.append("kill ${holder-} 2>/dev/null; exit 0")
    answers = [
        sandboxed(tmp_path, model, "/bin/sh", "-c", "\n".join(script)).out
        for model in (LANDED.new, kernel(f"new+{account.correction}"))
    ]
    assert answers[0] != answers[1]
    said = account.commands[-1].partition("#")[2].strip().split(" ")[0]
    assert said in answers[0]
    assert said not in answers[1]


# THE FOLDER


def test_each_mistake_has_a_page_tests_and_recordings(bundle: Path) -> None:
    """The page names every test; recordings are those of the kernel code, both sides."""
    for account in ACCOUNTS:
        folder = bundle / account.mistake
        page = (folder / "README.md").read_text()
        assert page.startswith(f"# {account.title}\n")
        for name in account.tests:
            assert (folder / f"{name}.jd").is_file()
            assert f"`{name}.jd`" in page
        rows = list(map(json.loads, (folder / "recordings.jsonl").read_text().splitlines()))
        assert [row["id"] for row in rows] == list(account.recordings)
        assert all({"legacy", "new"} <= row.keys() for row in rows)
        assert f"({account.mistake}/README.md)" in (bundle / "README.md").read_text()
    assert (
        "| `false-no-jid-left.jd` | none: no script can"
        in (bundle / "false-exhaustion" / "README.md").read_text()
    )


def test_recordings_are_read_by_our_own_tools(bundle: Path) -> None:
    """The landed kernel agrees with them."""
    folder = bundle / "presumed-parent"
    answer = jaildiff(ROOT, "conform", "--kernel", "new", folder / "recordings.jsonl")
    assert answer.returncode == 0


def test_kyua_lists_the_tests(bundle: Path) -> None:
    """The Kyuafiles are read, and every test is found with its description."""
    needs("kyua", "atf-sh")
    answer = sandboxed(bundle, LANDED.new, "kyua", "list", "-v")
    listed = [row for row in answer.out.splitlines() if "_test:" in row]
    assert len(listed) == len(list(bundle.glob("*/*_test"))) == 8
    assert answer.out.count("is_exclusive = true") == 8
    assert answer.out.count("required_user = root") == 8


def test_no_corpus(tmp_path: Path) -> None:
    """Without the corpus of the source there is nothing to take recordings from."""
    answer = jaildiff(tmp_path, "upstream", "up")
    assert answer.returncode == 2
    assert "corpus is no corpus of jaildiff; a clone has one: --corpus" in answer.stderr


def test_a_recording_that_is_not_there(tmp_path: Path) -> None:
    """It is named."""
    odd = [
        Account(
            **{name: getattr(ACCOUNTS[1], name) for name in Account.__slots__}
            | {"recordings": ("X99",)}
        )
    ]
    with pytest.raises(InputError, match="expected the recording X99, found none"):
        list(write_bundle(tmp_path / "up", CORPUS, odd, nothing))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('who = """', 'whom = """', "expected the keys"),
        ('tests = ["false-no-jid-left"]', "tests = [1]", "expected another value for tests"),
        ('tests = ["false-no-jid-left"]', 'tests = "x"', "expected another value for tests"),
    ],
)
def test_wrong_accounts(tmp_path: Path, old: str, new: str, why: str) -> None:
    """An entry with a wrong key or value is refused with its number."""
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS_FILE.read_text("utf-8").replace(old, new))
    with pytest.raises(InputError, match=why):
        read(path)
