import pytest

from fuzz.findings.reports.witness import arrow_at, causes_before


@pytest.mark.parametrize(
    ("causes", "arrow"),
    [
        ((), ["", "", "", "", ""]),
        ((3,), ["", "", "", "first", "to"]),
        ((1, 3), ["", "first", "past", "cause", "to"]),
    ],
)
def test_an_arrow_is_whole(causes: tuple[int, ...], arrow: list[str]) -> None:
    """It begins at the first cause, goes by what has no part in it, and ends at the finding."""
    assert [arrow_at(number, 4, causes) for number in range(5)] == arrow


def test_nothing_follows_from_what_comes_later() -> None:
    """Whatever a file says: a cause that is not before the finding is none."""
    assert causes_before({"causes": [5, 4, 1, 0]}, 4) == (0, 1)
