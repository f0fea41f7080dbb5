"""Plot the records in a folder: the speed of each release, phase by phase.

`python -m fuzz.search.bench.plot docs/bench` writes docs/bench/speed.svg.
"""

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from fuzz.search.bench.phases import PHASES
from fuzz.support.files import write_atomic

DRAWN = (*PHASES, "hypothesis")


def medians(folder: Path) -> dict[str, list[float]]:
    """The medians to plot, in ops per second: for each release, in the order of file names."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        rates: Mapping[str, Mapping[str, float]] = json.loads(path.read_text())["ops_per_s"]
        found[path.stem] = [rates[name]["median"] for name in DRAWN]
    return found


def plot(folder: Path) -> str:
    """The plot as SVG; equal records give equal bytes."""
    releases = medians(folder)
    with mpl.rc_context({"svg.hashsalt": "jaildiff", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 3.5), layout="constrained")
        axes = figure.add_subplot()
        width = 0.8 / max(len(releases), 1)
        for number, (release, rates) in enumerate(releases.items()):
            places = [place + number * width for place in range(len(DRAWN))]
            bars = axes.bar(places, rates, width, label=release)
            axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates], fontsize=8)
        middle = width * (len(releases) - 1) / 2
        axes.set_xticks([place + middle for place in range(len(DRAWN))], DRAWN)
        axes.set_ylabel("ops per second")
        axes.legend(frameon=False)
        text = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(text, format="svg", metadata=nothing)
    return text.getvalue()


def write_plot(folder: str) -> None:
    """Write the plot for a folder."""
    write_atomic(Path(folder, "speed.svg"), plot(Path(folder)))


if __name__ == "__main__":
    write_plot(*sys.argv[1:])
