from pathlib import Path

import pytest

from fuzz.baseline import NOTHING_LEFT, Baseline, Known, load, parse
from fuzz.errors import InputError
from fuzz.invariants import BY_ID as INVARIANTS
from fuzz.rule import Verdict
from fuzz.rules import BY_ID as RULES

ENTRY = """\
[[known]]
rule = "failed-create-renumbers"
side = "new"
reason = "landed so"
reference = "a case"
"""


def test_reason() -> None:
    """A mistake is known by its rule and its side, and by nothing less."""
    baseline = Baseline([Known("a", "new", "because", "x")])
    assert baseline.reason("a", "new") == "because"
    for rule, side in (("a", "old"), ("b", "new"), ("a", None), (None, "new"), (None, None)):
        assert baseline.reason(rule, side) is None


def test_shipped() -> None:
    """Every bug that a rule knows is in the shipped baseline on its side, and each entry once."""
    entries = load().entries
    keys = [(entry.rule, entry.side) for entry in entries]
    assert len(set(keys)) == len(keys)
    bugs = {(rule.id, rule.side) for rule in RULES.values() if rule.verdict is Verdict.BUG}
    assert bugs <= set(keys)
    of_rules = {key for key in keys if key[0] in RULES}
    assert of_rules == bugs
    assert {rule for rule, _ in keys} - RULES.keys() <= {*INVARIANTS, NOTHING_LEFT}


def test_load_file(tmp_path: Path) -> None:
    """A user's own file replaces the shipped one."""
    file = tmp_path / "known.toml"
    file.write_text(ENTRY)
    assert load(file).entries == [Known("failed-create-renumbers", "new", "landed so", "a case")]


def test_empty_file() -> None:
    """A file without entries knows nothing."""
    assert parse("# nothing\n", "x").entries == []


@pytest.mark.parametrize("entry", ["alive-is-held", "nothing-left-behind"])
def test_violations_can_be_known(entry: str) -> None:
    """An entry can be about an invariant, or about what is left behind."""
    (known,) = parse(ENTRY.replace("failed-create-renumbers", entry), "x").entries
    assert known.rule == entry


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("known = [", "x.toml: expected TOML: "),
        ("known = 5", "x.toml: expected only [[known]] entries, found []"),
        (ENTRY + "[other]\n", "x.toml: expected only [[known]] entries, found ['other']"),
        ("known = [5]", "x.toml: entry 1: expected the keys "),
        (ENTRY + ENTRY.replace("reason", "raison"), "x.toml: entry 2: expected the keys "),
        (ENTRY.replace('"landed so"', "5"), "x.toml: entry 1: expected texts that are not empty"),
        (ENTRY.replace("landed so", ""), "x.toml: entry 1: expected texts that are not empty"),
        (
            ENTRY.replace("failed-create-renumbers", "no-such-rule"),
            "x.toml: entry 1: there is no rule or invariant 'no-such-rule'",
        ),
        (ENTRY.replace('"new"', '"newer"'), "x.toml: entry 1: expected side old, new or both"),
    ],
)
def test_malformed(text: str, message: str) -> None:
    """What is no baseline is bad input that names file and entry."""
    with pytest.raises(InputError) as caught:
        parse(text, "x.toml")
    assert str(caught.value).startswith(message)


def test_unreadable(tmp_path: Path) -> None:
    """A file that is missing or not UTF-8 is bad input, too."""
    missing, garbled = tmp_path / "missing.toml", tmp_path / "garbled.toml"
    garbled.write_bytes(b"\xff\xfe")
    for file in (missing, garbled):
        with pytest.raises(InputError) as caught:
            load(file)
        assert str(caught.value).startswith(f"{file}: expected a readable UTF-8 file")
