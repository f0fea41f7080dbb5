"""Configurations as people publish them: the affected ones are named with the right reason, and the
others are left in peace.
"""

from pathlib import Path

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.analyze import analyze_configuration
from jaildiff.impact.reading.configuration import read_configuration
from jaildiff.support.errors import InputError
from tests.house.tools import ROOT

FOLDER = ROOT / "tests" / "data" / "jail_conf"
WARNS, LINGERS = "changes always U2", "while something lingers"
REVIVES = [f"breaks {LINGERS} revived", WARNS, f"changes {LINGERS} revived"]
JID = f"improves {LINGERS} jid-taken"
NESTED = "breaks always nested-refused"

# Which jails are affected, and how.
AFFECTED: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "allow-dying": (("nc",), REVIVES),
    "allow-dying-static": (
        ("old",),
        [REVIVES[0], WARNS, f"changes {LINGERS} jid-taken, revived", JID],
    ),
    "allow-no-dying": (("strict",), [WARNS]),
    "include-many": (("beta",), [JID]),
    "nested-blocks": (("tenant1.web", "tenant1.db"), [NESTED]),
    "nested-dotted": (("lab.a", "lab.b"), [NESTED, JID]),
    "numeric-blocks": (("101", "102"), [JID]),
    "static-jids": (("nginx", "mysql", "redis"), [JID]),
    "static-one-of-three": (("gw",), [JID]),
}
BROKEN = {"template": "template.conf:2: jail(8) says: {: syntax error"}
FILES = sorted(path.stem for path in FOLDER.glob("*.conf"))


@pytest.mark.parametrize("name", [name for name in FILES if name not in BROKEN])
def test_exactly_the_affected_are_told_of(name: str) -> None:
    """By jail, effect, likelihood and reason; of the others nothing at all is said."""
    told = analyze_configuration(read_configuration(FOLDER / f"{name}.conf"), LANDED)
    found = [f"{one.effect} {one.when} {', '.join(sorted(one.reasons))}" for one in told.findings]
    assert (told.names, found) == AFFECTED.get(name, ((), []))
    assert told.errors == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_one_is_named_with_its_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words of jail(8)."""
    monkeypatch.chdir(FOLDER)
    with pytest.raises(InputError) as caught:
        read_configuration(Path(f"{name}.conf"))
    assert str(caught.value) == BROKEN[name]


def test_most_are_not_affected() -> None:
    """As among those that people publish: what finds something for all is worth nothing."""
    assert set(AFFECTED) < set(FILES)
    assert len(FILES) - len(AFFECTED) - len(BROKEN) > len(AFFECTED)
