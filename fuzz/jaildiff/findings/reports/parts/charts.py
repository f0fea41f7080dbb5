"""The charts of a report: SVG with the page's colours, the same bytes every time."""

import io
import re
from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaildiff.support.printable import printable

# The page has a light and a dark theme: its style sheet defines these colours.
INK = "#010203"
ON_FILL = "#010204"
PAPER = "#010205"
FILLS = {
    "intended": "#010211",
    "bug": "#010212",
    "unexplained": "#010213",
    "old": "#010221",
    "new": "#010222",
    "both": "#010223",
}
VARIABLES = {INK: "ink", ON_FILL: "on-fill", PAPER: "paper"} | {v: k for k, v in FILLS.items()}

LABEL_MAX = 26


def stacked_bars(table: pd.DataFrame, names: Mapping[str, str], name: str, alt: str) -> Markup:
    """One bar for each row, one segment for each column in the order of `names`; "" if empty.

    `name` tells the ids of this chart from those of others in the page.
    """
    if table.empty:
        return Markup("")
    with mpl.rc_context():
        settings()
        figure = Figure(figsize=(5, 0.75 + 0.32 * len(table)), layout="constrained")
        axes = figure.add_subplot()
        draw(axes, table.iloc[::-1], {k: v for k, v in names.items() if k in table.columns})
        text = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    return inlined(text.getvalue(), name, alt)


def settings() -> None:
    """Make matplotlib draw the same everywhere, whatever the user's matplotlibrc says."""
    mpl.rcdefaults()
    mpl.rc("svg", hashsalt="jaildiff", fonttype="none")  # no random ids; text stays text
    mpl.rc("text", parse_math=False, color=INK)  # a label is untrusted
    mpl.rc("xtick", color=INK)
    mpl.rc("ytick", color=INK)
    mpl.rc("font", size=11)


def draw(axes: Axes, table: pd.DataFrame, names: Mapping[str, str]) -> None:
    """The bars, from the bottom up, with the numbers on them and a legend above."""
    labels = [short(str(label)) for label in table.index]
    positions = range(len(labels))
    left = [0] * len(labels)
    largest = int(table.to_numpy().sum(axis=1).max())
    for key, title in names.items():
        widths = [int(width) for width in table[key]]
        bars = axes.barh(positions, widths, 0.72, left, color=FILLS[key], label=title)
        bars_text = [str(width) if width > largest / 16 else "" for width in widths]
        axes.bar_label(bars, bars_text, label_type="center", color=ON_FILL, fontsize=10)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    for position, total in zip(positions, left, strict=True):
        axes.text(total + largest / 60, position, str(total), va="center", fontweight="bold")
    axes.set_yticks(positions, labels)
    axes.set_xlim(0, largest * 1.12)
    axes.tick_params(length=0)
    axes.xaxis.set_visible(False)
    axes.spines[:].set_visible(False)
    spacing = {"handlelength": 1, "handletextpad": 0.5, "columnspacing": 1, "borderaxespad": 0}
    axes.figure.legend(
        loc="outside upper left", ncols=len(names), frameon=False, fontsize=10, **spacing
    )


def short(label: str) -> str:
    """The label in characters that every font has, cut so that the bars have room."""
    label = printable(label).encode("ascii", "backslashreplace").decode()
    return label if len(label) <= LABEL_MAX else label[: LABEL_MAX - 3] + "..."


def inlined(svg: str, name: str, alt: str) -> Markup:
    """An SVG file as a part of a page: with its own ids, the page's colours and font, and a text
    alternative.  Matplotlib has escaped the labels, which are untrusted.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<style.*?</style>", "", svg, count=1)  # it would apply to the whole page
    svg = re.sub(r'((?<=\s)id="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    svg = re.sub(r"font-family: [^;\"]*", "font-family: inherit", svg)
    head, rest = svg.split(">", 1)
    attributes = Markup(' role="img" aria-label="{}">').format(printable(alt))
    return Markup(head) + attributes + Markup(rest)  # noqa: S704  # escaped by matplotlib
