import pytest

from fuzz.profiles.loading import profiles
from fuzz.profiles.profile import Impact
from fuzz.search.designs.blocks import NOTHING
from fuzz.search.designs.managers import Met, manager_lines, managers_table, survey_managers

DESIGNS = ("new", "invisible", "no-fixed-jids")


@pytest.fixture(scope="module")
def met() -> list[Met]:
    """What the tools meet on three kernels."""
    return survey_managers(DESIGNS)


def of(met: list[Met], tool: str) -> dict[str, tuple[Impact, str]]:
    """What one tool meets, by design."""
    return {one.design: (one.impact, one.act) for one in met if one.tool == tool}


@pytest.mark.timeout(400)
def test_tools_with_fixed_jids(met: list[Met]) -> None:
    """A restart that failed on 14 works, and fails for good where a create may not name a jid."""
    for tool in ("jail-task-driver-jid", "puppet-jails-jid", "minijail"):
        assert of(met, tool) == {
            "new": (Impact.IMPROVES, "start"),
            "invisible": (Impact.IMPROVES, "start"),
            "no-fixed-jids": (Impact.BREAKS, "start"),
        }


def test_tools_that_wait(met: list[Met]) -> None:
    """Where dying jails are out of sight a wait ends while the jail is still held."""
    for tool in ("libioc", "zjail"):
        (found,) = (one for one in met if one.tool == tool)
        assert (found.design, found.act, found.after) == ("invisible", "wait", "ends at once")


def test_most_tools_meet_nothing(met: list[Met]) -> None:
    """The designs differ from 14 for a few."""
    assert len({one.tool for one in met}) < len(profiles()) / 2


def test_the_table(met: list[Met]) -> None:
    """A line for each tool that meets something, a column for each design."""
    table = managers_table(met, DESIGNS)
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows.keys() == {one.tool for one in met}
    assert rows["minijail"] == (
        "improves start, life 3",
        "improves start, life 3",
        "breaks start, life 1",
    )
    assert rows["zjail"][0] == NOTHING


def test_what_is_the_same_is_told_once(met: list[Met]) -> None:
    """Designs on which a tool sees the same share a line."""
    lines = [line for line in manager_lines(met) if line.startswith("minijail")]
    assert len(lines) == 2
    assert lines[0].startswith("minijail on new, invisible: jail -c foo: on 14 fails")
