"""How often a faulty kernel's kind of bug is named: `python -m tests.kinds [--answers] [FAULT...]`.

Each seeded fault is recorded over the programs of the directed recordings and generated ones, and
judged as a kernel that nobody knows: the fault itself is not among the suspects.  What is said is
right if the strict catalogue says so; "A or B" only if both are true alternatives there.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial

import click

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.walk import BROKEN
from jaildiff.kernels.edited import variant
from jaildiff.kernels.fault import Fault, chosen, load
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.loading import read_programs
from jaildiff.programs.program import Program
from jaildiff.recordings.judge_kernel import KernelVerdict
from jaildiff.search.generator.generate import generate
from tests.programs import trace
from tests.recordings import bare, entry, record

SEED = 21
GENERATED = 60


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one fault."""

    fault: str
    due: tuple[str, ...]
    kinds: tuple[str, ...]  # none: nothing shows it
    name: str | None  # of a suspect, if one was found
    why: str

    @property
    def right(self) -> bool:
        """One of the kinds that are due, or several that all are."""
        return set(self.kinds) <= set(self.due)


@cache
def programs(generated: int) -> tuple[Program, ...]:
    """Those of the directed recordings, and so many generated ones."""
    found = [found.program for found in read_programs(trace("cases"))]
    return (*found, *(generate(SEED, number) for number in range(generated)))


def faulty(fault: Fault) -> Model:
    """The kernel to record: the new one with the fault, or the old one if it is a fault of that."""
    old = any(edit.file.startswith("legacy_model") for edit in fault.edits)
    return replace(variant(LEGACY if old else NEW, fault.edits), has_deadid=not old, key="new")


def recordings(
    model: Model, wanted: Iterable[Program]
) -> Iterator[tuple[Program, dict[str, object]]]:
    """What can be recorded: a program that breaks the model itself is left out."""
    for one in wanted:
        try:
            yield one, record(model, one)
        except BROKEN:
            continue


def said_of(fault: Fault, generated: int, *, answers: bool) -> Said:
    """Record a fault, judge the recording with all other faults as suspects."""
    verdict = KernelVerdict("new", LANDED)
    for one, recorded in recordings(faulty(fault), programs(generated)):
        verdict.add(entry(one, bare(recorded) if answers else recorded))
    verdict.conclude(other for other in load().values() if other.id != fault.id)
    found = {} if verdict.is_old else verdict.fault() or {}
    kinds = tuple(str(found["kind"]).split(" or ")) if found else ()
    name = found.get("name")
    return Said(
        fault.id,
        tuple(sorted(fault.kinds)),
        kinds,
        None if name is None else str(name),
        str(found.get("why")),
    )


@click.command()
@click.argument("names", nargs=-1)
@click.option("--answers", is_flag=True, help="Record answers alone, no states.")
@click.option("--generated", default=GENERATED, help="Generated programs.")
@click.option("--jobs", default=1, help="Processes.")
def main(names: tuple[str, ...], *, answers: bool, generated: int, jobs: int) -> None:
    """Print what is wrong, and how many kinds are right."""
    landed = {model.name for model in LANDED.models}
    faults = [fault for fault in chosen(load(), names) if fault.kinds and fault.model in landed]
    shown, right, several = 0, 0, 0
    with ProcessPoolExecutor(jobs) as pool:
        for said in pool.map(partial(said_of, generated=generated, answers=answers), faults):
            shown += bool(said.kinds)
            right += bool(said.kinds) and said.right
            several += len(said.kinds) > 1
            if not said.kinds:
                click.echo(f"{said.fault}: nothing shows it")
            elif not said.right:
                click.echo(f"{said.fault}: {' or '.join(said.kinds)}, due {' or '.join(said.due)}")
                click.echo(f"    {said.name or ''} {said.why}")
    share = right / max(shown, 1)
    click.echo(f"{right} of {shown} kinds are right ({share:.1%}), {several} say A or B")


if __name__ == "__main__":
    main()
