"""Plot the records in a folder: the speed of each release, phase by phase and in crowds."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaildiff.search.bench.crowds import JAILS
from jaildiff.search.bench.phases import PHASES

DRAWN = (*PHASES, "hypothesis", "atheris")
Released = Mapping[str, Any]


def releases(folder: Path) -> list[Path]:
    """The records of a folder that are of releases, in the order of their names."""
    return sorted(folder.glob("[0-9]*.json"))


def medians(records: Mapping[str, Released]) -> dict[str, dict[int, float]]:
    """The medians to plot, in ops per second: for each release, by place in DRAWN.

    What a record lacks is left out; Atheris is not installed everywhere.
    """
    return {
        release: {
            place: record["ops_per_s"][name]["median"]
            for place, name in enumerate(DRAWN)
            if name in record["ops_per_s"]
        }
        for release, record in records.items()
    }


def plot(folder: Path) -> str:
    """The plot as SVG; equal records give equal bytes."""
    paths = releases(folder)
    records = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    with mpl.rc_context({"svg.hashsalt": "jaildiff", "svg.fonttype": "none"}):
        figure = Figure(figsize=(9, 3.5), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=[3, 2])
        draw_phases(left, medians(records))
        draw_crowds(right, records)
        text = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(text, format="svg", metadata=nothing)
    return text.getvalue()


def draw_phases(axes: Axes, rates_of: Mapping[str, Mapping[int, float]]) -> None:
    """Bars: each phase of each release, Hypothesis and Atheris."""
    width = 0.8 / max(len(rates_of), 1)
    for number, (release, rates) in enumerate(rates_of.items()):
        places = [place + number * width for place in rates]
        bars = axes.bar(places, list(rates.values()), width, label=release)
        axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates.values()], fontsize=8)
    middle = width * (len(rates_of) - 1) / 2
    axes.set_xticks([place + middle for place in range(len(DRAWN))], DRAWN)
    axes.set_ylabel("ops per second")
    axes.legend(frameon=False)


def draw_crowds(axes: Axes, records: Mapping[str, Released]) -> None:
    """Curves: the rate by the number of jails that are there."""
    for release, record in records.items():
        rates = record["ops_per_s_in_a_crowd"]
        curve = [rates[f"{jails} jails"]["median"] for jails in JAILS]
        axes.plot(JAILS, curve, marker="o", label=release)
    axes.set(xscale="log", xlabel="jails", ylabel="ops per second", ylim=(0, None))
