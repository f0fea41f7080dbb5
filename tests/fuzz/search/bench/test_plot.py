import json
from pathlib import Path

from fuzz.search.bench.plot import DRAWN, medians, plot, write_plot


def record(folder: Path, release: str, rate: float) -> None:
    """A record with the same rate everywhere."""
    rates = {name: {"median": rate, "low": 1.0, "high": 9e9} for name in DRAWN}
    (folder / f"{release}.json").write_text(json.dumps({"ops_per_s": rates}))


def test_each_release_is_drawn(tmp_path: Path) -> None:
    """Its name and its medians are in the plot, which is the same every time."""
    record(tmp_path, "1.0", 12345.0)
    record(tmp_path, "1.1", 23456.0)
    assert list(medians(tmp_path)) == ["1.0", "1.1"]
    drawn = plot(tmp_path)
    assert all(text in drawn for text in ("12,345", "23,456", "1.0", "1.1", *DRAWN))
    write_plot(str(tmp_path))
    assert (tmp_path / "speed.svg").read_text() == plot(tmp_path) == drawn
