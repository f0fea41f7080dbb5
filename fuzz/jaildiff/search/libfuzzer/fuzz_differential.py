#!/usr/bin/env python3
"""The Atheris target: run both kernels in lockstep on the program that the bytes stand for.

Usage: fuzz/jaildiff/search/libfuzzer/fuzz_differential.py [libFuzzer flags] [corpus directories]

Set JAILDIFF_KERNELS=OLD,NEW in the environment to compare kernels other than legacy,new.
A bug or an unexplained difference ends the run, unless the baseline has it.
Tools tell such crashes apart only by the names of the innermost functions.  So we raise the
exception in a function named after the rule or invariant.
"""

from jaildiff.support.extras import needs

with needs("atheris"):
    import atheris

# isort: split
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from types import FunctionType
from typing import NoReturn
from zlib import crc32

INSTRUMENTED = [
    "jail_kernel",
    "legacy_model",
    "new_model",
    "jaildiff.differ.steps.lockstep",
    "jaildiff.differ.steps.observation",
]

with atheris.instrument_imports(include=INSTRUMENTED):
    from jaildiff.differ.steps.lockstep import Step

from jaildiff.differ.comparison import LANDED_NAMES, comparison, named
from jaildiff.differ.verdict.divergence import judge_root
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.walk import Event, Violation, Walk
from jaildiff.findings.baseline import load
from jaildiff.programs.op_language import render, script_of
from jaildiff.programs.program import Program
from jaildiff.search.generator.mutate import cross, mutate
from jaildiff.search.hunt.guide import Feature, step_features
from jaildiff.search.libfuzzer.decode import decode

COMPARISON = comparison(named(os.environ.get("JAILDIFF_KERNELS", str(LANDED_NAMES))))
BASELINE = load(None, COMPARISON)

# Features count like branches: the engine keeps an input that shows one for the first time.
COUNTERS = [
    atheris._reserve_counter()  # noqa: SLF001  # as atheris.instrument_func does
    for _ in range(4096)
]
SEEN: dict[str, set[Feature]] = {}


class FoundError(Exception):
    """A program shows something that is neither intended nor known."""


@atheris.instrument_func  # type: ignore[untyped-decorator]  # atheris ships no types
def TestOneInput(data: bytes) -> None:
    """Run one program; raises FoundError, and nothing else."""
    program = decode(data)
    walk = Walk(program.jail_max, COMPARISON, program.setup, every_op=False)
    for call in program.calls:
        events = walk.take(call)
        for feature in step_features(call, walk.lockstep):
            count_feature(feature)
        stop_at_news(program, events)
        if walk.lockstep.panicked:
            return
    stop_at_news(program, walk.end_of(program))


def stop_at_news(program: Program, events: Iterable[Event]) -> None:
    """Raise FoundError at the first event that is news."""
    for event in events:
        if isinstance(event, Violation):
            check_violation(program, event)
        elif event.cases:
            check_root(program, event)


def check_root(program: Program, step: Step) -> None:
    """Raise FoundError if a root is news."""
    root = judge_root(step, COMPARISON.rulebook)
    count_feature(("rules", root.rule))
    if root.verdict is not Verdict.INTENDED and BASELINE.entry(root.fingerprint) is None:
        name = root.rule or f"unexplained {type(step.call).__name__} {root.surface}"
        stop(name, root.why, program)


def check_violation(program: Program, violation: Violation) -> None:
    """Raise FoundError if a broken invariant is news."""
    if BASELINE.entry(violation.fingerprint) is None:
        name = f"{violation.invariant} {violation.side}"
        stop(name, f"jail {violation.jid}: {violation.why}", program)


def stop(name: str, why: str, program: Program) -> NoReturn:
    """Raise FoundError in a function with this name, in letters and underscores."""
    slug = re.sub("[^A-Za-z]+", "_", name)
    code = found.__code__.replace(co_name=slug, co_qualname=slug)
    FunctionType(code, globals())(f"{name}: {why}\n{render(script_of(program))}")
    raise AssertionError(name)


def found(text: str) -> NoReturn:
    """The function that `stop` renames."""
    raise FoundError(text)


def count_feature(feature: Feature) -> None:
    """Let the engine count a feature like a branch; report the kinds seen so far."""
    slot = COUNTERS[crc32(repr(feature).encode()) % len(COUNTERS)]
    atheris._trace_branch(slot)  # noqa: SLF001  # as above
    kind = str(feature[0])
    met = SEEN.setdefault(kind, set())
    if feature not in met:
        met.add(feature)
        if len(met).bit_count() == 1:  # At 1, 2, 4, 8, ...
            counts = ", ".join(f"{len(found)} {name}" for name, found in SEEN.items())
            sys.stderr.write(f"jaildiff: features met: {counts}\n")


def custom_mutator(data: bytes, max_size: int, seed: int) -> bytes:
    """Change the program that the bytes stand for, as text; or the bytes, if that is too long."""
    changed = rendered(mutate(decode(data), Random(seed)))
    return changed if len(changed) <= max_size else atheris.Mutate(data, max_size)


def custom_crossover(data1: bytes, data2: bytes, max_size: int, seed: int) -> bytes:
    """The beginning of one program and the end of another, as text."""
    crossed = rendered(cross(decode(data1), decode(data2), Random(seed)))
    return crossed if len(crossed) <= max_size else data1[:max_size]


def rendered(program: Program) -> bytes:
    """A program as text of the op language."""
    return render(script_of(replace(program, id="fuzz"))).encode("utf-8", "surrogateescape")


if __name__ == "__main__":
    atheris.Setup(
        sys.argv,
        TestOneInput,
        custom_mutator=custom_mutator,
        custom_crossover=custom_crossover,
    )
    atheris.Fuzz()
