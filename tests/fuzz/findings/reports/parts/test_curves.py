import re
from itertools import pairwise

import pytest

from jaildiff.findings.reports.parts.curves import STEP, Curves, at, drawn, short_number, thinned

CURVES = Curves(
    seed=1,
    programs=250,
    ops=9_000,
    seconds=0.5,
    outlook="",
    classes=((1, 2), (40, 9), (250, 11)),
    covered=((1, 5), (100, 60)),
    speed=((4_000, 20_000.0), (9_000, 16_000.0)),
)


def test_a_curve_holds_its_last_value() -> None:
    """Between two points nothing new was found; behind the end nobody has looked."""
    assert [at(CURVES.covered, number) for number in (1, 99, 100, 101)] == [5, 5, 60, None]
    assert at((), 1) is None


def test_the_table_counts_by_powers_of_ten() -> None:
    """And ends with all programs, of which the map may know less."""
    assert list(CURVES.by_programs) == [(1, 2, 5), (10, 2, 5), (100, 9, 60), (250, 11, None)]


def test_each_curve_is_drawn_and_told() -> None:
    """In the colours of the page, with its title and some numbers for whoever cannot see it."""
    charts = drawn(CURVES)
    assert [title for title, _ in charts] == [
        "Classes found, by programs",
        "Pairs of answers met, by programs",
        "Ops per second of processor time, by ops",
    ]
    assert "Classes found, by programs: 2 at 1, 9 at 40, 11 at 250." in charts[0][1]
    assert all("var(--ink)" in svg and not re.search("#[0-9a-f]{6}", svg) for _, svg in charts)


def test_a_curve_without_points_is_not_drawn() -> None:
    """A campaign that compared other kernels covers nothing of these."""
    nothing = Curves(1, 0, 0, 0.0, "", (), (), ())
    assert drawn(nothing) == []


def test_a_long_curve_is_thinned() -> None:
    """Points that lie closer than an axis shows are left out, the first and the last never."""
    points = [(n, n) for n in range(1, 100_000)]
    kept = thinned(points)
    assert (kept[0], kept[-1]) == ((1, 1), (99_999, 99_999))
    assert len(kept) < 250
    assert set(kept) <= set(points)
    assert all(b[0] >= a[0] * STEP for a, b in pairwise(kept[:-1]))
    assert thinned([]) == ()


@pytest.mark.parametrize(("value", "said"), [(0, "0"), (250, "250"), (2_500, "2.5k"), (3e6, "3M")])
def test_axes_have_short_numbers(value: float, said: str) -> None:
    """Thousands and millions by a letter."""
    assert short_number(value) == said
