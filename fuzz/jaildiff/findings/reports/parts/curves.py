"""The progress of a campaign, as curves: findings and coverage by number of programs, and speed."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from jaildiff.findings.reports.parts.charts import FILLS, INK, inlined, settings

Points = tuple[tuple[int, int], ...]  # ascending in both numbers
TENS_MAX = 12  # powers of ten that the table counts programs by
STEP = 1.05  # factor from one point of a curve to the next


@dataclass(frozen=True, slots=True)
class Curves:
    """A campaign so far; `covered` is known for its first programs only."""

    seed: int
    programs: int
    ops: int
    seconds: float  # of processor time
    outlook: str  # the probability that there is more
    classes: Points  # programs, and how many classes they had shown
    covered: Points  # programs, and how many pairs of answers they had met
    speed: tuple[tuple[int, float], ...]  # ops, and the speed at that point in ops per second

    @property
    def by_programs(self) -> Iterator[tuple[int, int | None, int | None]]:
        """Programs by powers of ten, and all: the classes and the pairs of answers after these."""
        tens = [10**n for n in range(TENS_MAX) if 10**n < self.programs]
        for number in [*tens, self.programs]:
            yield number, at(self.classes, number), at(self.covered, number)


def at(points: Points, number: int) -> int | None:
    """The value of a curve at a number of programs; None after its end."""
    if not points or number > points[-1][0]:
        return None
    return max((y for x, y in points if x <= number), default=0)


def drawn(curves: Curves) -> list[tuple[str, Markup]]:
    """The curves, each with a title; none without points."""
    charts = (
        ("Classes found, by programs", "classes", curves.classes, "new"),
        ("Pairs of answers met, by programs", "pairs", curves.covered, "intended"),
        ("Ops per second of processor time, by ops", "speed", curves.speed, "old"),
    )
    return [
        (title, line(name, points, fill, title)) for title, name, points, fill in charts if points
    ]


def line(name: str, points: Sequence[tuple[int, float]], fill: str, title: str) -> Markup:
    """One curve; its first axis is logarithmic, because new things become ever rarer."""
    with mpl.rc_context():
        settings()
        mpl.rc("axes", edgecolor=INK, labelcolor=INK)
        figure = Figure(figsize=(4.2, 2.4), layout="constrained")
        axes = figure.add_subplot()
        stairs = name != "speed"
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, color=FILLS[fill], lw=2, drawstyle="steps-post" if stairs else "default")
        form(axes, logarithmic=stairs)
        text = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    return inlined(text.getvalue(), name, f"Curve. {title}: {curve_in_words(points)}.")


def form(axes: Axes, *, logarithmic: bool) -> None:
    """Whole numbers at both axes, which begin at zero, or at one."""
    if logarithmic:
        axes.set_xscale("log")
    numbers = FuncFormatter(lambda value, _: short_number(value))
    axes.xaxis.set_major_formatter(numbers)
    axes.yaxis.set_major_formatter(numbers)
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)


def short_number(value: float) -> str:
    """A number for an axis: 20k, 3M."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def curve_in_words(points: Sequence[tuple[int, float]]) -> str:
    """A text alternative for a curve: its first point, one in the middle, and the last."""
    chosen = dict.fromkeys((points[0], points[len(points) // 2], points[-1]))
    return ", ".join(f"{y:,.0f} at {x:,}" for x, y in chosen)


def thinned(points: Sequence[tuple[int, int]]) -> Points:
    """The first and the last point, and those between that are far enough apart to show on the
    axis.
    """
    kept = list(points[:1])
    for point in points[1:]:
        if point[0] >= kept[-1][0] * STEP or point == points[-1]:
            kept.append(point)
    return tuple(kept)
