import pytest

from jaildiff.impact.describe.judging import Effect
from jaildiff.profiles.loading import profiles
from jaildiff.search.designs.blocks import NOTHING
from jaildiff.search.designs.managers import (
    ToolMeets,
    act_of,
    manager_lines,
    managers_table,
    survey_managers,
)

DESIGNS = ("new", "invisible", "no-fixed-jids")


@pytest.fixture(scope="module")
def met() -> list[ToolMeets]:
    """What the tools meet on three kernels."""
    return survey_managers(DESIGNS)


def of(met: list[ToolMeets], tool: str) -> dict[str, tuple[Effect, str]]:
    """What one tool meets, by design."""
    return {one.design: (one.effect, act_of(one)) for one in met if one.tool == tool}


@pytest.mark.timeout(400)
def test_tools_with_fixed_jids(met: list[ToolMeets]) -> None:
    """A restart that failed on 14 works, and fails for good where a create may not name a jid."""
    for tool in ("jail-task-driver-jid", "puppet-jails-jid", "minijail"):
        assert of(met, tool) == {
            "new": (Effect.IMPROVES, "start"),
            "invisible": (Effect.IMPROVES, "start"),
            "no-fixed-jids": (Effect.BREAKS, "start"),
        }


def test_tools_that_wait(met: list[ToolMeets]) -> None:
    """Where dying jails are out of sight a wait ends while the jail is still held."""
    for tool in ("libioc", "zjail"):
        (found,) = (one for one in met if one.tool == tool)
        assert (found.design, act_of(found), found.after) == ("invisible", "wait", "ends at once")


def test_most_tools_meet_nothing(met: list[ToolMeets]) -> None:
    """The designs differ from 14 for a few."""
    assert len({one.tool for one in met}) < len(profiles()) / 2


def test_the_table(met: list[ToolMeets]) -> None:
    """A line for each tool that meets something, a column for each design."""
    table = managers_table(met, DESIGNS)
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows.keys() == {one.tool for one in met}
    assert rows["minijail"] == ("improves start", "improves start", "breaks start")
    assert rows["zjail"][0] == NOTHING


def test_what_is_the_same_is_told_once(met: list[ToolMeets]) -> None:
    """Designs on which a tool sees the same share a line."""
    lines = [line for line in manager_lines(met) if line.startswith("minijail")]
    assert len(lines) == 2
    assert lines[0].startswith("minijail on new, invisible: ")
    assert "jail -c foo" in lines[0]
