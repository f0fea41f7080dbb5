"""Compare the speed of kernels and of comparisons, in turns, program by program.

Single kernels answer the calls of generated programs without descriptors.  Each gets fresh calls,
so that none profits from values that another cached there.  Comparisons hunt in programs of the
kind that they need: with descriptors if one of the kernels has them.
"""

import gc
import time
from collections import defaultdict
from collections.abc import Iterable

from jail_kernel.kernel import Kernel
from jaildiff.differ.comparison import RULEBOOKS, Named, comparison
from jaildiff.kernels.registry import KERNELS, Model
from jaildiff.programs.program import Program
from jaildiff.search.bench.phases import SEED, Phases
from jaildiff.search.generator.generate import generate

MEAN_OPS = 28  # in a program


def kernels_alone(ops: int, models: Iterable[Model] = tuple(KERNELS.values())) -> dict[str, float]:
    """Ops per second of each kernel, on the same programs without descriptors."""
    programs = [generate(SEED, number) for number in range(max(ops // MEAN_OPS, 1))]
    seconds: defaultdict[str, float] = defaultdict(float)
    gc.collect()
    for program in programs:
        for model in models:
            seconds[model.name] += answered(program, model)
    done = sum(len(program.calls) for program in programs)
    return {name: done / spent for name, spent in seconds.items()}


def answered(program: Program, model: Model) -> float:
    """The seconds of processor time that a kernel takes for a program."""
    k = Kernel(program.jail_max)
    started = time.process_time()
    for call in program.calls:
        if model.step(k, call).panicked:
            break
    seconds = time.process_time() - started
    for call in program.calls:
        getattr(call, "memo", {}).clear()
    return seconds


def comparisons(ops: int) -> dict[str, float]:
    """Ops per second of a fresh hunt, for each comparison that has rules."""
    named = (Named(old, new) for old, new in RULEBOOKS)
    return {str(one): Phases(ops, comparison(one)).run("cold") for one in named}
