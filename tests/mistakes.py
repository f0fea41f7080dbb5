"""Which mistakes of the kernel with descriptors are found from an empty corpus, and how soon.

Generated programs of one seed are run one after the other, with nothing kept from any of them.  A
mistake is a rule for a bug of the kernel, or an invariant that it breaks and the one before does
not; it is found at the op that shows it first.  The first program that shows it is then shortened.

    python -m tests.mistakes

writes docs/descriptor-mistakes.md, and the programs to tests/data/mistakes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from jaildiff.differ.annotate import annotate
from jaildiff.differ.comparison import Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.verdict.divergence import judge_root
from jaildiff.differ.verdict.mainline.rules import BUGS
from jaildiff.differ.walk import Walk
from jaildiff.kernels.invariants import BY_ID
from jaildiff.programs.op_language import render, script_of
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from jaildiff.search.shrink.shrink import reduce
from tests.house.tools import ROOT

PAGE = ROOT / "docs" / "descriptor-mistakes.md"
PROGRAMS = ROOT / "tests" / "data" / "mistakes"
SEED = 15_000_001
OPS_MAX = 400_000
COMPARED = comparison(Named("new", "descriptors"))
TITLES = {rule.id: rule.title for rule in BUGS} | {key: one.title for key, one in BY_ID.items()}


HEAD = """# The mistakes of the kernel of 2025 that fuzzing finds

`python -m tests.mistakes` writes this page. It runs the generated programs of one seed, {seed},
from an empty corpus, up to {ops:,} ops, and knows only the rules and invariants of the comparison
`new,descriptors`. The first column is the op at which a mistake was first seen. A row is a rule for
a bug, or an invariant that this kernel breaks and the one before it does not; several rows can come
from one mistake. `tests/data/mistakes` has the shortest program of each: nothing can be removed
from it. `jaildiff run FILE` tells it in sentences.

A call that never ends is a finding, too: a search that exceeds its budget of steps is stopped.

| ops | rule or invariant | what |
|---:|---|---|"""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What was found, after how many ops, and in which program."""

    id: str
    ops: int
    program: Program


def shown(program: Program) -> Iterator[tuple[int, str]]:
    """The mistakes that a program shows, each with the number of ops until then."""
    walk = Walk(program.jail_max, COMPARED, every_op=True)
    for ops, call in enumerate(program.calls, 1):
        for event in walk.take(call):
            if isinstance(event, Step):
                rule = judge_root(event, COMPARED.rulebook).rule if event.cases else None
                if rule in TITLES:
                    yield ops, str(rule)
            elif event.side == "new":
                yield ops, event.invariant
        if walk.lockstep.panicked:
            return
    yield from ((len(program.calls), left.invariant) for left in walk.end() if left.side == "new")


def mistakes(seed: int, ops_max: int) -> list[Mistake]:
    """All mistakes that the programs of a seed show within so many ops, in order."""
    found: dict[str, Mistake] = {}
    ops = 0
    for number in count():
        program = generate(seed, number, descriptors=True)
        for after, name in shown(program):
            if name not in found:
                found[name] = Mistake(name, ops + after, program)
        ops += len(program.calls)
        if ops >= ops_max:
            return sorted(found.values(), key=lambda one: one.ops)
    raise AssertionError


def shortest(found: Mistake) -> Program:
    """The program that shows a mistake, with all else taken away."""
    return reduce(found.program, lambda program: shows(program, found.id))


def shows(program: Program, name: str) -> bool:
    """Whether a program shows a mistake."""
    return any(found == name for _, found in shown(program))


def page(found: list[Mistake], seed: int, ops_max: int) -> str:
    """What was found, as a page of Markdown."""
    missing = [rule.id for rule in BUGS if rule.id not in {one.id for one in found}]
    rows = [f"| {one.ops:,} | {one.id} | {TITLES[one.id]} |" for one in found]
    ending = f"\nOf the mistakes that have a rule, not found: {', '.join(missing) or 'none'}."
    return "\n".join([HEAD.format(seed=seed, ops=ops_max), *rows, ending]) + "\n"


def program_text(found: Mistake) -> str:
    """The shortest program that shows a mistake, with answers and verdicts."""
    program = replace(shortest(found), id=found.id)
    return render(annotate(script_of(program), diff(program, COMPARED)))


if __name__ == "__main__":
    all_found = mistakes(SEED, OPS_MAX)
    PAGE.write_text(page(all_found, SEED, OPS_MAX), encoding="utf-8")
    for one in all_found:
        (PROGRAMS / f"{one.id}.jd").write_text(program_text(one), encoding="utf-8")
