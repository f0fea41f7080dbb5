import json
from pathlib import Path

from jaildiff.search.bench.crowds import JAILS
from jaildiff.search.bench.records.plot import DRAWN, medians, plot, releases


def record(folder: Path, release: str, rate: float) -> None:
    """A record with the same rate everywhere."""
    spread = {"median": rate, "low": 1.0, "high": 9e9}
    rates = dict.fromkeys(DRAWN, spread)
    crowds = {f"{jails} jails": spread for jails in JAILS}
    text = json.dumps({"ops_per_s": rates, "ops_per_s_in_a_crowd": crowds})
    (folder / f"{release}.json").write_text(text)


def test_what_a_record_lacks_is_left_out() -> None:
    """Without Atheris there is no bar for it."""
    rates = {name: {"median": 5.0} for name in DRAWN if name != "atheris"}
    assert medians({"1.0": {"ops_per_s": rates}}) == {"1.0": dict.fromkeys(range(4), 5.0)}


def test_each_release_is_drawn(tmp_path: Path) -> None:
    """Its name and its medians are in the plot, which is the same every time; a comparison with a
    commit is no release.
    """
    record(tmp_path, "1.0", 12345.0)
    record(tmp_path, "1.1", 23456.0)
    (tmp_path / "against-1.0.json").write_text("{}")
    assert [path.stem for path in releases(tmp_path)] == ["1.0", "1.1"]
    drawn = plot(tmp_path)
    assert all(text in drawn for text in ("12,345", "23,456", "1.0", "1.1", *DRAWN, "jails"))
    assert plot(tmp_path) == drawn
