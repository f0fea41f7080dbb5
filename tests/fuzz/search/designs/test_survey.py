from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from jaildiff.kernels.named import DESIGNS
from jaildiff.search.designs.effect import Effect
from jaildiff.search.designs.mistakes import all_names, mistakes_of
from jaildiff.search.designs.survey import (
    CAMPAIGN,
    SCENARIOS,
    SURVEYED,
    Case,
    Survey,
    cases,
    survey,
)
from jaildiff.support.errors import InputError
from tests.programs import CORPUS, corpus_script

RULES = CORPUS / "rules"


def case(path: Path, group: str = SCENARIOS) -> Case:
    """A program of the corpus."""
    return Case(group, path.stem, corpus_script(path).program)


@pytest.fixture(scope="module")
def surveys() -> dict[str, Survey]:
    """Every design on the programs that show rules and broken invariants."""
    paths = [*RULES.glob("*.jd"), *(CORPUS / "known").glob("*.jd")]
    paths += (CORPUS / "designs" / "rules").glob("*.jd")
    return {one.design: one for one in counted(map(case, sorted(paths)))}


def counted(some: Iterable[Case], designs: Sequence[str] = SURVEYED) -> list[Survey]:
    """The surveys of these programs."""
    surveys = [Survey(design) for design in designs]
    survey(some, surveys)
    return surveys


def test_every_design_is_surveyed() -> None:
    """The patch that landed comes first."""
    assert ("new", *DESIGNS) == SURVEYED


def test_where_programs_come_from() -> None:
    """The corpus, so many idioms, so many generated programs, in this order; the same each time."""
    found = list(cases(CORPUS, 3, 5))
    groups = list(dict.fromkeys(one.group for one in found))
    assert groups == ["scenarios", "idioms", "witnesses", "campaign"]
    assert sum(one.group == "idioms" for one in found) == 3
    assert [one.name for one in found if one.group == CAMPAIGN] == [f"seed-5-{n}" for n in range(3)]
    assert found == list(cases(CORPUS, 3, 5))


def test_a_corpus_without_scenarios(tmp_path: Path) -> None:
    """The folder that is missing is named."""
    with pytest.raises(InputError, match="scenarios"):
        list(cases(tmp_path, 1, 1))


def test_a_program_counts_once() -> None:
    """However often it shows something; the witness is the first step of the first program."""
    path = CORPUS / "designs" / "questions" / "jails-42-to-50.jd"
    (one,) = counted([case(path), case(path, CAMPAIGN)], ["upward"])
    (key,) = [key for key in one.counts if key.rule == "automatic-jids-shifted"]
    count = one.counts[key]
    assert (count.number(SCENARIOS), count.number(CAMPAIGN)) == (1, 1)
    assert str(count.witness) == "jails-42-to-50:47"
    assert key.effect is Effect.BREAKS


def test_the_gravest_comes_first(surveys: dict[str, Survey]) -> None:
    """High before medium before low."""
    keys = surveys["new"].keys(Effect.BREAKS)
    assert [key.severity for key in keys] == sorted(
        (key.severity for key in keys), key=["high", "medium", "low"].index
    )


def test_two_surveys_are_alike() -> None:
    """Nothing depends on chance or on the order of a hash."""
    some = [case(path) for path in sorted(RULES.glob("*.jd"))[:8]]
    assert counted(some) == counted(some)


def test_mistakes_by_name(surveys: dict[str, Survey]) -> None:
    """The patch has its four and the one that it left alone, and removes the two of 14."""
    found = mistakes_of(surveys["new"])
    four = {"presumed-parent", "renumbered-by-a-failure", "renumbered-unseen", "false-exhaustion"}
    assert found.has.keys() == {*four, "renamed-descendants"}
    assert found.removes.keys() == {"resurrection", "empty-alive-jail"}


def test_mistakes_of_the_designs(surveys: dict[str, Survey]) -> None:
    """Each lacks some; the corrected kernel has none, and upward brings its own."""
    found = {name: mistakes_of(one) for name, one in surveys.items()}
    assert found["corrected"].has == {}
    assert "renamed-descendants" in found["corrected"].removes
    assert "automatic-jids-shifted" in found["upward"].has
    for name in ("dead-bit", "invisible", "no-fixed-jids"):
        assert found[name].has.keys() == {"presumed-parent", "renamed-descendants"}
    assert found["renamed"].has.keys() == found["new"].has.keys()
    assert set(all_names(found.values())) >= found["new"].has.keys()
