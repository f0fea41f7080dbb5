"""Measure the speed of the differ in one run of several turns.

All rates are ops per second of processor time on one core; both kernels take each op.  Of each rate
we give the median of the turns, the lowest and the highest.
"""

import gc
import time

from jail_source.build import is_compiled
from jaildiff.differ.comparison import RULEBOOKS, Comparison
from jaildiff.findings.baseline import load
from jaildiff.kernels.registry import KERNELS
from jaildiff.search.bench.builds import builds
from jaildiff.search.bench.crowds import CROWDS, RESTARTS, Crowd, microseconds
from jaildiff.search.bench.kernels import comparisons, kernels_alone
from jaildiff.search.bench.phases import PHASES, Phases
from jaildiff.search.bench.rivals import OPS_OF_A_RIVAL, atheris, hunted, hypothesis
from jaildiff.search.bench.spread import spread
from jaildiff.search.bench.stopwatch import where
from jaildiff.search.exhaustive.explore import Explorer
from jaildiff.search.exhaustive.universe import SMALL

OPS_OF_A_CROWD = 10  # a crowd gets `ops` divided by this
LEVELS = 3  # of the exhaustive search: a quarter of a million transitions
OPS_OF_A_COMPARISON = 10  # so does a comparison


def bench(ops: int, turns: int, comparison: Comparison) -> dict[str, object]:
    """All rates, from `turns` turns of `ops` ops in each phase."""
    crowds = {name: make(comparison) for name, make in CROWDS.items()}
    programs = max(ops // OPS_OF_A_RIVAL, 2)
    hypothesis(programs, turns, comparison)  # Its first programs import half of it.
    gc.collect()
    gc.freeze()  # Collections for one contender do not walk the others' objects.
    rates: dict[str, list[float]] = {}
    for number in range(turns):
        going = Phases(ops, comparison)
        measured = {phase: going.run(phase) for phase in PHASES}
        measured["generator_us"] = going.generator()
        measured["hypothesis"], theirs = hypothesis(programs, number, comparison)
        measured["steady on the programs of hypothesis"] = hunted(theirs, comparison)
        beside = atheris(programs, comparison)
        if beside is not None:
            measured["atheris"] = beside
        for name, crowd in crowds.items():
            measured[name] = mixed(crowd, ops // OPS_OF_A_CROWD)
        measured["explore"] = explored(comparison)
        for restarts in RESTARTS:
            measured[f"{restarts} restarts"] = microseconds(restarts, comparison)
        measured |= comparisons(ops // OPS_OF_A_COMPARISON)
        measured |= kernels_alone(ops // OPS_OF_A_COMPARISON)
        for name, value in measured.items():
            rates.setdefault(name, []).append(value)
    gc.unfreeze()
    numbers = told(ops, turns, rates)
    if is_compiled():  # What is compiled cannot be watched.
        return numbers | {"builds": builds(ops, turns, comparison.name)}
    return numbers | {"where the time goes": where(ops, comparison)}


def told(ops: int, turns: int, rates: dict[str, list[float]]) -> dict[str, object]:
    """The measurements of all turns as a table."""
    ratios = {
        phase: spread(a / b for a, b in zip(rates[phase], rates["hypothesis"], strict=True))
        for phase in PHASES
    }
    engines = ["hypothesis", "steady on the programs of hypothesis", "atheris"]
    return {
        "turns": turns,
        "ops": ops,
        "ops_per_s": {name: spread(rates[name]) for name in (*PHASES, *engines) if name in rates},
        "times as fast as hypothesis": ratios,
        "generator_us_per_op": spread(rates["generator_us"]),
        "ops_per_s_in_a_crowd": {name: spread(rates[name]) for name in CROWDS},
        "ops_per_s_of_a_comparison": {
            name: spread(rates[name]) for name in map(",".join, RULEBOOKS)
        },
        "ops_per_s_of_a_kernel_alone": {name: spread(rates[name]) for name in KERNELS},
        "times_the_time_of_new_that_descriptors_take": spread(
            new / later for new, later in zip(rates["new"], rates["descriptors"], strict=True)
        ),
        "transitions_per_s_of_explore": spread(rates["explore"]),
        "us_per_op_of_a_long_program": {
            f"{restarts} restarts": spread(rates[f"{restarts} restarts"]) for restarts in RESTARTS
        },
    }


def explored(comparison: Comparison) -> float:
    """Transitions per second of an exhaustive search of the small universe."""
    search = Explorer(SMALL, load(None, comparison), comparison)
    levels = list(search.run(LEVELS))
    return sum(level.transitions for level in levels) / sum(level.cpu_seconds for level in levels)


def mixed(crowd: Crowd, ops: int) -> float:
    """Ops per second of the mix in a crowd, measured over `ops` ops."""
    crowd.mix()
    done, started = 0, time.process_time()
    while done < ops or not done:
        done += crowd.mix()
    return done / (time.process_time() - started)
