"""Programs for the tests of the differ: written as text, read from the corpus, generated."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from jail_kernel.call import Close, JailAttachJd, JailRemoveJd
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import LANDED, RULEBOOKS
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.programs.op_language import Script, parse
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate

CORPUS = Path(__file__).parents[1] / "corpus"
DESCRIPTORS = CORPUS / "descriptors"  # about the kernel with descriptors
DESIGNS = CORPUS / "designs"  # about the designs that did not land
# Engines that know no comparison make no calls that only one kernel has.
BY_DESCRIPTOR: frozenset[type[object]] = frozenset({Close, JailAttachJd, JailRemoveJd})
TRACES = ("cases", "exhaust", "idioms", "long", "random", "small", "wrap")

# A jail that is dying and that a resource keeps.
ZOMBIE_5 = (
    "p1: fork() = p2",
    'p2: jail_set(CREATE|ATTACH, jid=5, name="a")',
    "p2: hold(r)",
    "p2: exit()",
)
NESTED = (
    'p1: jail_set(CREATE, name="a", persist, children.max=5)',
    'p1: jail_set(CREATE, name="a.b", persist, children.max=2)',
)
REUSED = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist)")


def script(*lines: str) -> Script:
    """A script from its lines below the format version."""
    return parse("\n".join(("jaildiff 1", *lines)) + "\n", "test.jd")


def program(*lines: str, jail_max: int = JAIL_MAX) -> Program:
    """A program from its calls in the op language."""
    found = script(*lines).program
    return Program("test", found.calls, jail_max)


# Each refused create uses up a jid in the new kernel; healing one still leaves the other.
TWICE = program(
    "p1: fork() = p2",
    'p2: jail_set(CREATE|ATTACH, name="a")',
    "p1: jail_remove(1)",
    'p1: jail_set(CREATE|UPDATE|DYING, name="a", persist, securelevel=-5)',
    'p1: jail_set(CREATE|UPDATE|DYING, name="a", persist, securelevel=-5)',
    'p1: jail_set(CREATE, name="b", persist)',
)


def corpus_files() -> list[Path]:
    """Every program in the op language that is about the landed patch."""
    others = {DESCRIPTORS, DESIGNS}
    return sorted(path for path in CORPUS.rglob("*.jd") if others.isdisjoint(path.parents))


def trace(name: str) -> Path:
    """A file of recordings, of the landed patch or of the kernel with descriptors."""
    return (CORPUS / "traces" if name in TRACES else DESCRIPTORS) / f"{name}.jsonl.zst"


@cache
def cases() -> dict[str, Entry]:
    """The directed recordings, by the letter and number that their ids begin with."""
    return {entry.program.id.partition("-")[0]: entry for entry in read_programs(trace("cases"))}


def corpus_script(path: Path) -> Script:
    """One program of the corpus."""
    (entry,) = read_programs(path)
    assert entry.script is not None
    return entry.script


def generated(seed: int, number: int) -> Iterator[Program]:
    """The first programs of a seed."""
    return (generate(seed, index) for index in range(number))


def steps(program: Program, lockstep: Lockstep | None = None) -> Iterator[Step]:
    """Where the kernels differ, up to a panic."""
    lockstep = lockstep or Lockstep(program.jail_max, LANDED, program.setup)
    for call in program.calls:
        step = lockstep.step(call)
        if step is not None:
            yield step
        if lockstep.panicked:
            return


def divergences(*lines: str) -> tuple[Divergence, ...]:
    """The verdicts on a program."""
    return diff(program(*lines), LANDED).divergences


def rules_of(found: Sequence[Divergence], kind: str) -> list[tuple[int, str | None]]:
    """Step and rule of the roots, or of the echoes."""
    return [(d.step, d.rule) for d in found if d.kind == kind]


def without_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no rule of the landed patch claim anything, so that every root is unexplained."""
    mute = replace(
        RULEBOOK,
        rules=tuple(replace(rule, matches=lambda _: False) for rule in RULEBOOK.rules),
        echo_rules=tuple(replace(rule, matches=lambda _: False) for rule in RULEBOOK.echo_rules),
    )
    monkeypatch.setitem(RULEBOOKS, LANDED.judged_as, mute)
