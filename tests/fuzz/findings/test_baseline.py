import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.differ.verdict.fingerprint import UNEXPLAINED, UNKNOWN, family, fingerprint
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.findings.baseline import KEYS, SHIPPED, Baseline, EntryReader, load, parse
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.kernels.fault import load as load_faults
from jaildiff.kernels.invariants import BY_ID as INVARIANTS
from jaildiff.programs.loading import read_programs
from jaildiff.programs.program import Program
from jaildiff.support.errors import InputError
from tests.known import entry_text, known
from tests.programs import CORPUS, ZOMBIE_5, program

ENTRY = entry_text()
FAMILY = family("failed-create-renumbers", "new")
FAILED = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist, bogus)")
WHOLE = f'"{FAMILY}00000000"'
UNKNOWN_WHOLE = f'"{family(UNEXPLAINED, UNKNOWN)}00000000"'


def test_a_family_is_known() -> None:
    """An entry with a * covers all classes of a rule against one kernel, and nothing else."""
    baseline = Baseline([known("a", "new")])
    for shape in (("x",), ("y",)):
        assert baseline.reason(fingerprint("a", "new", "root", shape)) == "so it is"
    for rule, side in (("a", "old"), ("b", "new"), ("a", None), (None, "new"), (None, None)):
        assert baseline.entry(fingerprint(rule, side, "root", ())) is None
        assert baseline.reason(fingerprint(rule, side, "root", ())) is None


def test_a_class_is_known() -> None:
    """An entry with all 16 digits covers one class, and goes before that of the family."""
    one, other = (fingerprint("a", "new", "root", (x,)) for x in "xy")
    single, whole = known("a", "new", fingerprint=one), known("a", "new")
    assert Baseline([single]).entry(one) == single
    assert Baseline([single]).entry(other) is None
    assert Baseline([whole, single]).entry(one) == single
    assert Baseline([whole, single]).entry(other) == whole


def test_what_is_known_is_compared_all_the_same() -> None:
    """The finding is there with its verdict, its counts and its answers; only it is no news."""
    shown = program(*FAILED)
    (plain,) = findings_of(shown, Baseline([]), diff(shown, LANDED))
    (covered,) = findings_of(shown, Baseline([known()]), diff(shown, LANDED))
    assert (plain.news, covered.news) == (True, False)
    covered.known = covered.mistake = None
    assert covered == plain


# THE SHIPPED ONE


def evidence_of(text: str, recorded: dict[str, Program]) -> list[Finding]:
    """What is found in a piece of evidence."""
    if text.startswith("recorded "):
        programs = [recorded[text.removeprefix("recorded ")]]
    else:
        programs = [entry.program for entry in read_programs(CORPUS.parent / text)]
    return [f for shown in programs for f in findings_of(shown, Baseline([]), diff(shown, LANDED))]


def test_shipped() -> None:
    """Every bug that a rule knows is in the shipped baseline, and each entry once."""
    entries = load(None, LANDED).entries
    keys = [(entry.rule, entry.side) for entry in entries]
    assert len(set(keys)) == len(keys)
    bugs = {(rule.id, rule.side) for rule in RULEBOOK.by_id.values() if rule.verdict is Verdict.BUG}
    assert {key for key in keys if key[0] in RULEBOOK.by_id} == bugs
    assert {rule for rule, _ in keys} - RULEBOOK.by_id.keys() <= INVARIANTS.keys()


def test_shipped_evidence() -> None:
    """Every recording and every program that an entry names shows what the entry is about."""
    cases = read_programs(CORPUS / "traces" / "cases.jsonl.zst")
    recorded = {entry.program.id: entry.program for entry in cases}
    for entry in load(None, LANDED).entries:
        for text in entry.evidence:
            found = {f.fingerprint[:8] for f in evidence_of(text, recorded)}
            assert entry.fingerprint[:8] in found, (entry.rule, entry.side, text)


def test_the_landed_patch_has_four_mistakes() -> None:
    """Each is one that a corrected kernel does not make: the same rules tell of both."""
    rules: dict[str, set[str]] = {}
    for entry in load(None, LANDED).entries:
        if entry.side == "new":
            rules.setdefault(entry.mistake, set()).update({entry.rule} & RULEBOOK.by_id.keys())
    corrected = [set(fault.gone) for fault in load_faults().values() if fault.gone]
    assert len(rules) == 4
    assert sorted(map(sorted, rules.values())) == sorted(map(sorted, corrected))


# FILES


def test_load_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's own file replaces the shipped one; that is named from where we are."""
    file = tmp_path / "known.toml"
    file.write_text("# mine\n\n" + ENTRY)
    baseline = load(file, LANDED)
    (entry,) = baseline.entries
    assert (entry.rule, entry.side, entry.reason) == ("failed-create-renumbers", "new", "landed so")
    assert (entry.evidence, entry.expires, entry.max_count) == (("recorded D16",), None, 9)
    assert (baseline.where, entry.line) == (str(file), 3)
    monkeypatch.chdir(SHIPPED.parents[3])
    assert load(None, LANDED).where == "fuzz/jaildiff/findings/baseline.toml"
    monkeypatch.chdir(tmp_path)
    assert load(None, LANDED).where == str(SHIPPED)


def test_a_day_on_which_it_ends() -> None:
    """An entry ends on a day, or never."""
    (entry,) = parse(entry_text(expires="2027-01-31"), "x", LANDED).entries
    assert entry.expires == date(2027, 1, 31)


def test_empty_file() -> None:
    """A file without entries knows nothing."""
    assert parse("# nothing\n", "x", LANDED).entries == []


@pytest.mark.parametrize("name", ["alive-is-held", "nothing-left-behind"])
@pytest.mark.parametrize("side", ["old", "new", "both"])
def test_violations_can_be_known(name: str, side: str) -> None:
    """An entry can be about an invariant, or about what is left behind, in any kernel."""
    (entry,) = parse(entry_text(name, side), "x", LANDED).entries
    assert (entry.rule, entry.side) == (name, side)


def test_one_unexplained_class_can_be_known() -> None:
    """What no rule explains is known class by class."""
    text = entry_text(UNEXPLAINED, UNKNOWN, fingerprint=UNKNOWN_WHOLE, max_count="1")
    (entry,) = parse(text, "x", LANDED).entries
    assert entry.fingerprint == UNKNOWN_WHOLE.strip('"')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("known = [", "x.toml: expected TOML: "),
        ("known = 5", "x.toml: expected only [[known]] entries, found []"),
        (ENTRY + "[other]\n", "x.toml: expected only [[known]] entries, found ['other']"),
        ("known = [5]", "x.toml: entry 1: expected a table, found 5"),
        (ENTRY * 2, "x.toml:13: entry 2: expected each fingerprint once, found that of entry 1"),
        (
            entry_text(raison='"x"'),
            "x.toml:12: entry 1: expected a known key, found 'raison' (did you mean 'reason'?)",
        ),
        (entry_text(owner=""), 'x.toml:1: entry 1: expected the key "owner", found none'),
        (
            ENTRY + entry_text("alive-is-held", reason="5"),
            'x.toml:18: entry 2: expected "reason": text that is not empty, found 5',
        ),
        (entry_text(reason='" "'), 'x.toml:7: entry 1: expected "reason": text that is not empty'),
        (
            entry_text(owner='"<who>"'),
            "x.toml:6: entry 1: \"owner\": expected it to be filled in, found '<who>'",
        ),
        (
            entry_text(evidence='["todo"]'),
            "x.toml:9: entry 1: \"evidence\": expected it to be filled in, found 'todo'",
        ),
        (entry_text(evidence="[]"), "x.toml:9: entry 1: expected a list of texts, found []"),
        (entry_text(evidence="7"), "x.toml:9: entry 1: expected a list of texts, found 7"),
        (
            entry_text(expires='"<a date>"'),
            'x.toml:10: entry 1: expected "expires": a date such as 2027-01-31 or "never", found',
        ),
        (entry_text(expires="2027-01-31T00:00:00"), 'x.toml:10: entry 1: expected "expires": a'),
        (entry_text(link='"a book"'), 'x.toml:8: entry 1: expected "link": an address with https'),
        (entry_text(max_count="0"), 'x.toml:11: entry 1: expected "max_count": a number from 1'),
        (entry_text(max_count="true"), 'x.toml:11: entry 1: expected "max_count": a number from'),
        (
            entry_text(fingerprint=WHOLE),
            'x.toml:11: entry 1: expected "max_count": 1 for one class, found 9',
        ),
        (
            entry_text(fingerprint='"5*"'),
            "x.toml:2: entry 1: expected \"fingerprint\": 16 hex digits, or 8 and a *, found '5*'",
        ),
        (
            entry_text(fingerprint='"00000000*"'),
            f"x.toml:2: entry 1: stale: expected what begins with {FAMILY}, as all of failed-c",
        ),
        (
            entry_text("failed-create-renumber"),
            "x.toml:3: entry 1: stale: there is no rule or invariant 'failed-create-renumber' (did",
        ),
        (
            entry_text("dying-jid-reused"),
            "x.toml:3: entry 1: stale: what the rule 'dying-jid-reused' claims is intended",
        ),
        (
            entry_text("failed-create-renumbers", "old"),
            "x.toml:4: entry 1: expected \"side\": new for failed-create-renumbers, found 'old'",
        ),
        (
            entry_text("alive-is-held", "newer"),
            'x.toml:4: entry 1: expected "side": old or new or both for alive-is-held, found',
        ),
        (entry_text(UNEXPLAINED), 'x.toml:4: entry 1: expected "side": unknown for unexplained'),
        (
            entry_text(UNEXPLAINED, UNKNOWN),
            "x.toml:2: entry 1: expected all 16 digits: each unexplained class stands for itself",
        ),
    ],
)
def test_malformed(text: str, message: str) -> None:
    """What is no baseline is bad input; the message names file, line, entry and what is due."""
    with pytest.raises(InputError) as caught:
        parse(text, "x.toml", LANDED)
    assert str(caught.value).startswith(message)


def test_an_entry_in_another_form_has_no_line() -> None:
    """TOML has more ways to write a list; a complaint then names the entry alone."""
    rows = entry_text(owner='"<who>"').splitlines()[1:]
    text = "known = [{" + ", ".join(rows) + "}]"
    with pytest.raises(InputError, match=r'^x\.toml: entry 1: "owner": expected it to be filled'):
        parse(text, "x.toml", LANDED)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
GOOD = tomllib.loads(ENTRY)["known"][0]


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3), st.sets(st.text(), max_size=1))
def test_whatever_an_entry_holds(changes: dict[str, object], odd: set[str]) -> None:
    """An entry is read or refused with its number; nothing else can happen."""
    table = GOOD | changes | dict.fromkeys(odd)
    said, entry = "", None
    try:
        entry = EntryReader("x", 1, 1, ENTRY.split("\n"), LANDED.rulebook).read(table)
    except InputError as error:
        said = str(error)
    assert (entry is None) == bool(re.match(r"x:\d+: entry 1: ", said))
    assert entry is None or not odd - {*KEYS}


def test_unreadable(tmp_path: Path) -> None:
    """A file that is missing or not UTF-8 is bad input, too."""
    missing, garbled = tmp_path / "missing.toml", tmp_path / "garbled.toml"
    garbled.write_bytes(b"\xff\xfe")
    for file in (missing, garbled):
        with pytest.raises(InputError) as caught:
            load(file, LANDED)
        assert str(caught.value).startswith(f"{file}: expected a readable UTF-8 file")
