from functools import cache

from jaildiff.differ.comparison import LANDED
from jaildiff.findings.reports.parts.users import ForUsers
from jaildiff.profiles.for_users import for_users


@cache
def shown() -> ForUsers:
    """All of it, found out once."""
    return for_users(LANDED)


def test_the_nested_change_comes_first() -> None:
    """The mistake of the patch that any nested jail meets is the first thing that is told."""
    first = shown().matters[0]
    lines = {line.label: line for line in first.lines}
    assert first.heading == "Breaks, always, for outer.inner"
    assert lines["You do"].text == "jail -c; jail -m outer.inner"
    assert lines["You do"].is_code
    assert "cannot change jail's parent" in lines["On 15"].text
    assert not lines["On 15"].is_code
    assert "mistake of that kernel" in lines["Why"].text


def test_the_example_breaks_changes_and_improves() -> None:
    """It shows each kind of consequence, the gravest first, with something to write instead."""
    effects = [matter.effect for matter in shown().matters]
    assert list(dict.fromkeys(effects)) == ["breaks", "changes", "improves"]
    for matter in shown().matters:
        assert any(line.label in ("Write instead", "On 14 you can") for line in matter.lines)


def test_places_are_lines_of_the_example() -> None:
    """Where something is written is a line that the page shows, with the parameter in it."""
    for matter in shown().matters:
        (written,) = (line.text for line in matter.lines if line.label == "Written in")
        for place in written.split(", "):
            number = int(place.removeprefix("jail.conf:"))
            assert shown().configuration[number - 1].strip()


def test_every_tool_is_told_once() -> None:
    """It is either in the table or among those that are the same on both."""
    affected = [row[0] for row in shown().tools]
    assert "iocage" in affected
    assert "bastille" in shown().unaffected
    assert not set(affected) & set(shown().unaffected)
    assert all(len(row) == len(shown().tools_heads) for row in shown().tools)
