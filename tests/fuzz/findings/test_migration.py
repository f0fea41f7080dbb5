from pathlib import Path

import pytest
from click.testing import CliRunner

from fuzz.cli.main import cli
from fuzz.differ.comparison import LANDED
from fuzz.differ.verdict.fingerprint import VERSION, digest, family
from fuzz.findings.baseline import Baseline, parse
from fuzz.findings.migration import migrated_text
from fuzz.support.errors import InputError
from tests.known import entry_text

OLD = VERSION - 1
ROOT = digest("root|EPERM:|ok:updated")


def old_entry(rule: str, side: str, end: str, **changes: str) -> str:
    """An entry as it stood in the version before."""
    mark = family(rule, side, OLD) + end
    count = "9" if end == "*" else "1"
    return entry_text(rule, side, fingerprint=f'"{mark}"', max_count=count, **changes)


def read(text: str) -> Baseline:
    """The entries of a text."""
    return parse(text, "mine.toml", LANDED)


@pytest.mark.parametrize(
    ("rule", "side", "old", "new"),
    [
        ("failed-create-renumbers", "new", "*", "*"),
        ("failed-create-renumbers", "new", ROOT, ROOT),
        ("unexplained", "unknown", ROOT, ROOT),
        ("counts-true", "old", digest("violation|wrong count"), digest("violation")),
        ("nothing-left-behind", "old", digest("violation|panic"), digest("violation|stopped")),
        ("nothing-left-behind", "new", digest("violation|wrong count"), digest("violation|count")),
    ],
)
def test_every_entry_is_found_again(rule: str, side: str, old: str, new: str) -> None:
    """A family, a root, what is unexplained, an invariant, and what is left behind."""
    (entry,) = read(migrated_text(old_entry(rule, side, old), "mine.toml")).entries
    assert entry.fingerprint == family(rule, side) + new


@pytest.mark.parametrize("version", [OLD, VERSION])
def test_a_bug_of_both_kernels(version: int) -> None:
    """A mistake that only the old kernel was said to have is one of both today."""
    mark = family("garbled-name-panic", "old", version)
    known = entry_text("garbled-name-panic", "old", fingerprint=f'"{mark}*"', max_count="3")
    other = old_entry("failed-create-renumbers", "new", "*")
    first, second = read(migrated_text(f"{known}\n{other}", "mine.toml")).entries
    assert (first.side, first.fingerprint) == ("both", family("garbled-name-panic", "both") + "*")
    assert second.side == "new"


def test_what_is_two_today_gets_two_entries() -> None:
    """A reference too few was of the invariant that a reference too many breaks; one entry comes
    of several that would say the same.
    """
    old = "".join(old_entry(rule, "old", "*") for rule in ("refs-accounted", "urefs-accounted"))
    found = read(migrated_text(old, "mine.toml")).entries
    assert [entry.rule for entry in found] == [
        "refs-accounted",
        "urefs-accounted",
        "holders-counted",
    ]
    left = old_entry("nothing-left-behind", "new", digest("violation|leaked reference"))
    found = read(migrated_text(left, "mine.toml")).entries
    ends = [entry.fingerprint[8:] for entry in found]
    assert ends == [digest("violation|left"), digest("violation|fewer")]


def test_a_rule_that_is_two_today() -> None:
    """Who knew all classes of a rule knows those of the rule that was split off; who knew one knows
    that one.
    """
    rule, split = "nested-update-exceeds-parent", "nested-update-clashes"
    for end, rules in (("*", [rule, split]), (ROOT, [rule])):
        known = read(migrated_text(old_entry(rule, "new", end), "mine.toml"))
        assert [entry.fingerprint for entry in known.entries] == [
            family(each, "new") + end for each in rules
        ]


def test_nothing_else_is_lost() -> None:
    """Comments, the order and all other values stay; a text of today stays as it is."""
    mine = old_entry("counts-true", "old", "*", owner='"me"')
    text = f"# Why.\n{mine}# The end.\n"
    new = migrated_text(text, "mine.toml")
    assert new == text.replace(family("counts-true", "old", OLD), family("counts-true", "old"))
    assert migrated_text(new, "mine.toml") == new


def test_what_never_was_is_refused() -> None:
    """A fingerprint of no version known is named, with the file."""
    text = entry_text(fingerprint='"0123456789abcdef"', max_count="1")
    with pytest.raises(InputError, match="0123456789abcdef is a fingerprint of failed-create"):
        migrated_text(text, "mine.toml")


def test_the_command(tmp_path: Path) -> None:
    """An old file is refused with the command that writes it anew, and that writes one that is
    taken.
    """
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text(old_entry("counts-true", "old", "*"))
    with pytest.raises(InputError, match=r"jaildiff triage --migrate .*old\.toml"):
        CliRunner().invoke(
            cli, ["triage", "--baseline", str(old)], standalone_mode=False, catch_exceptions=False
        )
    answer = CliRunner().invoke(cli, ["triage", "--migrate", str(old)], standalone_mode=False)
    new.write_text(answer.stdout)
    answer = CliRunner().invoke(cli, ["triage", "--baseline", str(new)], standalone_mode=False)
    assert answer.return_value == 0
