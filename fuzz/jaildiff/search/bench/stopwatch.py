"""Measure where the time of a hunt goes: each part without the parts that it calls."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

from jaildiff.differ import classes, diff, walk
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps import lockstep
from jaildiff.search.bench import phases
from jaildiff.search.bench.phases import PHASES, Phases
from jaildiff.search.hunt import hunt

PARTS: tuple[tuple[str, Any, str], ...] = (  # part; object and attribute to wrap
    ("generator", phases, "generate"),
    ("step while equal", lockstep.Sides, "together"),
    ("step apart", lockstep.Lockstep, "_step_apart"),
    ("judging", classes, "judge_root"),
    ("judging", diff, "judge"),
    ("attribution", classes.UnderWay, "echo"),
    ("attribution", diff.Echoes, "judge"),
    ("attribution", diff, "blamed"),
    ("invariants", walk.Walk, "violations"),
    ("clean-up", walk, "left_behind"),
    ("findings and stories", hunt, "findings_of"),
)
REST = "all else"


class Stopwatch:
    """Counts seconds by part."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.running = [REST]
        self.since = time.perf_counter()

    def turn(self) -> None:
        """Book the time since the last turn to the running part."""
        now = time.perf_counter()
        self.seconds[self.running[-1]] += now - self.since
        self.since = now

    def timed(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function so that its time is booked to a part, or to an enclosing one's steps."""

        @wraps(work)
        def booked(*args: Any, **options: Any) -> Any:  # whatever the work takes
            self.turn()
            inside = self.running[-1] == "attribution"
            self.running.append("attribution" if inside else part)
            try:
                return work(*args, **options)
            finally:
                self.turn()
                self.running.pop()

        return booked

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Time all parts inside the block."""
        with ExitStack() as stack:
            for part, place, name in PARTS:
                work = vars(place)[name]
                setattr(place, name, self.timed(part, work))
                stack.callback(setattr, place, name, work)
            self.since = time.perf_counter()
            yield
            self.turn()

    def shares(self) -> dict[str, float]:
        """The share of each part in the total, largest first."""
        total = sum(self.seconds.values())
        largest = sorted(self.seconds.items(), key=lambda pair: -pair[1])
        return {part: round(spent / total, 3) for part, spent in largest}


def where(ops: int, comparison: Comparison) -> dict[str, dict[str, float]]:
    """The share of each part, phase by phase."""
    going = Phases(ops, comparison)
    found = {}
    for phase in PHASES:
        watch = Stopwatch()
        with watch.watching():
            going.run(phase)
        found[phase] = watch.shares()
    return found
