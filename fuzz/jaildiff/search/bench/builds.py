"""The compiled build and the source beside each other, in turns, each in a process of its own.

`python -m jaildiff.search.bench.builds OPS KERNELS` measures the build that runs, once.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from jail_source.build import VARIABLE
from jaildiff.differ.comparison import Comparison, comparison, named
from jaildiff.search.bench.phases import PHASES, Phases
from jaildiff.search.bench.rivals import OPS_OF_A_RIVAL, hunted, hypothesis
from jaildiff.search.bench.spread import spread
from jaildiff.support.garbage import look_rarely

HERE = Path(__file__).parents[3]  # where this package is
BUILDS = {"compiled": {}, "source": {VARIABLE: "1"}}
OWN = "steady on the programs of hypothesis"

Rates = dict[str, float]


def builds(ops: int, turns: int, kernels: str) -> dict[str, object]:
    """Rates of both builds by phase, how many times as fast each is as Hypothesis on the same
    build, and the compiled one as the source.
    """
    rates: dict[str, list[Rates]] = {name: [] for name in BUILDS}
    for _ in range(turns):
        for name, settings in BUILDS.items():
            rates[name].append(elsewhere(ops, kernels, settings))
    found: dict[str, object] = {}
    for name, measured in rates.items():
        found[name] = {key: spread(turn[key] for turn in measured) for key in measured[0]}
        found[f"{name}, times as fast as hypothesis"] = {
            phase: spread(turn[phase] / turn["hypothesis"] for turn in measured)
            for phase in (*PHASES, OWN)
        }
    found["compiled, times as fast as the source"] = {
        phase: spread(one[phase] / other[phase] for one, other in zip(*rates.values(), strict=True))
        for phase in PHASES
    }
    return found


def elsewhere(ops: int, kernels: str, settings: dict[str, str]) -> Rates:
    """One measurement in a process with these settings."""
    words = [sys.executable, "-m", "jaildiff.search.bench.builds", str(ops), kernels]
    done = subprocess.run(  # noqa: S603  # this very module
        words, cwd=HERE, env=os.environ | settings, check=True, capture_output=True
    )
    rates: Rates = json.loads(done.stdout)
    return rates


def measure(ops: int, compared: Comparison) -> Rates:
    """Ops per second of each phase, of Hypothesis, and of the hunt in its programs."""
    programs = max(ops // OPS_OF_A_RIVAL, 2)
    going = Phases(ops, compared)
    rates = {phase: going.run(phase) for phase in PHASES}
    hypothesis(1, 0, compared)  # Its first program loads half of it.
    rates["hypothesis"], theirs = hypothesis(programs, 1, compared)
    return rates | {OWN: hunted(theirs, compared)}


def tell(ops: str, kernels: str) -> None:
    """Measure once, and print it as JSON."""
    look_rarely()
    sys.stdout.write(json.dumps(measure(int(ops), comparison(named(kernels)))) + "\n")


if __name__ == "__main__":
    tell(*sys.argv[1:])
