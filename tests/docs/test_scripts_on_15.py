"""docs/scripts-on-15.md says what the kernels do."""

import re

from tests.house.tools import ROOT
from tests.programs import DESCRIPTORS, program
from tests.scripts_on_15 import PROGRAMS, SEED, alike, generated, held, scenarios, sessions

TEXT = (ROOT / "docs" / "scripts-on-15.md").read_text(encoding="utf-8")


def test_scenarios_go_alike() -> None:
    """None differs but those that the page names."""
    told = held(scenarios())
    assert told.programs > 100
    (found,) = re.findall(r"about the patch; of these differ: (.*)\.", TEXT)
    assert found == (", ".join(told.differing) or "none")


def test_what_generated_programs_notice() -> None:
    """The first of them differ by no other rule than the page has a row for."""
    assert f"{PROGRAMS:,} with" in TEXT
    assert f"seed {SEED}" in TEXT
    rows = set(re.findall(r"^\| ([a-z-]+) \| [\d,]+ \|$", TEXT, re.MULTILINE))
    assert set(held(generated(300)).rules) <= rows
    assert "unexplained" not in rows


def test_commands_go_alike() -> None:
    """Every directed session of the userland of 15 is the same on both kernels."""
    found = list(sessions("directed"))
    assert len(found) > 100
    assert all(map(alike, found))


def test_a_difference_would_be_noticed() -> None:
    """A program with a descriptor does differ, so it is no accident that the others do not."""
    told = held([program("p1: jail_set(CREATE|GET_DESC, desc=-1, persist)")])
    assert (told.differing, dict(told.rules)) == (["test"], {"descriptors-come": 1})


def test_the_stories_are_there() -> None:
    """The page names scenarios of the corpus."""
    named = re.findall(r"\bd\d\d\b", TEXT)
    stories = [path.name[:3] for path in (DESCRIPTORS / "scenarios").iterdir()]
    assert named
    assert set(named) <= set(stories)
