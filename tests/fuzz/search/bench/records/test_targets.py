import pytest

from jaildiff.search.bench.records.targets import TARGETS, Target, targets_table, three_digits


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"median": 13.04, "low": 1, "high": 20}, "| 13 | 13 | reached |"),
        ({"median": 12.94, "low": 1, "high": 20}, "| 13 | 12.9 | not reached |"),
        (14.0, "| 13 | 14 | reached |"),
        (0.0, "| 13 | | not measured |"),
    ],
)
def test_the_median_counts(found: object, told: str) -> None:
    """A target is reached if the median comes to it."""
    assert told in Target("steady", 13, ("a", "b")).row({"a": {"b": found}})


def test_what_is_not_in_the_record() -> None:
    """A comparison that was not made is not measured."""
    assert "| not measured |" in Target("later", 3, ("against", "compiled", "later")).row({})


def test_numbers_have_three_digits() -> None:
    """Large ones have all of them."""
    assert [three_digits(1.8449), three_digits(12.96), three_digits(123456.7)] == [
        "1.84",
        "13",
        "123,457",
    ]


def test_every_target_has_a_line() -> None:
    """In the order in which they stand."""
    record: dict[str, object] = {}
    for target in TARGETS:
        place = record
        for name in target.place[:-1]:
            place = place.setdefault(name, {})  # type: ignore[assignment]  # a dict of ours
        place[target.place[-1]] = target.asked
    rows = targets_table(record).splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == [f"| {target.what}" for target in TARGETS]
    assert all(row.endswith("| reached |") for row in rows)
