import pandas as pd
import pytest

from jaildiff.findings.reports.page import BARS_MAX, counted


@pytest.mark.parametrize("number", [BARS_MAX, BARS_MAX + 5])
def test_a_chart_has_so_many_bars(number: int) -> None:
    """The largest rows have bars of their own, all others one together, so that none is lost."""
    rows = pd.Series([f"surface {n:02}" for n in range(number) for _ in range(number - n)])
    table = counted(rows, pd.Series(["bug"] * len(rows)))
    assert table.index[0] == "surface 00"
    assert int(table["bug"].sum()) == len(rows)
    expected = [f"surface {n:02}" for n in range(BARS_MAX)]
    if number > BARS_MAX:
        expected.append("5 others")
        assert table["bug"].iloc[-1] == 5 + 4 + 3 + 2 + 1
    assert list(table.index) == expected
