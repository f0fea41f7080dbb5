"""What a script that knows nothing of descriptors meets on 15: `python -m tests.scripts_on_15`.

The kernel of 15.0 is held against the landed patch alone, call by call: the scenarios of the corpus
that were written for the patch, generated programs without descriptors, and the recorded sessions
of the userland of 15.  What differs is what such a script gains or loses by descriptors.

    python -m tests.scripts_on_15 > docs/scripts-on-15.md
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jail_userland.deltas import Release
from jaildiff.differ.comparison import Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.kernels.registry import KERNELS
from jaildiff.programs.loading import read_programs
from jaildiff.programs.program import Program
from jaildiff.recordings.sessions.machine import SessionMachine
from jaildiff.recordings.sessions.session import Session, read_sessions
from jaildiff.search.generator.generate import generate
from tests.programs import CORPUS

SEED, PROGRAMS = 15_000_002, 5_000
COMPARED = comparison(Named("new", "descriptors"))


@dataclass(slots=True)
class Told:
    """What was run, and by which rules it differs."""

    programs: int = 0
    ops: int = 0
    differing: list[str] = field(default_factory=list)  # their ids
    rules: Counter[str] = field(default_factory=Counter)


def held(programs: Iterable[Program]) -> Told:
    """Run programs on both kernels."""
    told = Told()
    for program in programs:
        report = diff(program, COMPARED)
        told.programs += 1
        told.ops += len(report.answers)
        if report.divergences:
            told.differing.append(program.id)
        told.rules.update(found.rule or found.verdict for found in report.divergences)
    return told


def scenarios() -> Iterator[Program]:
    """Those of the corpus that are about the landed patch."""
    return (entry.program for entry in read_programs(CORPUS / "scenarios"))


def generated(number: int) -> Iterator[Program]:
    """Programs without descriptors."""
    return (generate(SEED, index) for index in range(number))


def sessions(file: str) -> Iterator[Session]:
    """The sessions of the userland of 15 in a file."""
    found = read_sessions(CORPUS / "userland" / f"{file}.sessions.zst")
    return (session for session in found if session.userland is Release.R15)


def alike(session: Session) -> bool:
    """Whether every step of a session is the same on both kernels."""
    new, later = (
        SessionMachine.boot(
            session.userland, KERNELS[name], session.files, session.dirs, session.tables
        )
        for name in ("new", "descriptors")
    )
    return all(new.step(step) == later.step(step) for step in session.steps)


def page() -> str:
    """What came of it, as a page of Markdown."""
    stories, random = held(scenarios()), held(generated(PROGRAMS))
    commands = [session for file in ("directed", "random", "conf") for session in sessions(file)]
    same = sum(map(alike, commands))
    rows = [f"| {rule} | {number:,} |" for rule, number in random.rules.most_common()]
    return PAGE.format(
        differing=", ".join(stories.differing) or "none",
        programs=random.programs,
        ops=random.ops,
        seed=SEED,
        odd=len(random.differing),
        rows="\n".join(rows),
        same=same,
        commands=len(commands),
    )


PAGE = """# Scripts of 14 on 15: what descriptors add

`python -m tests.scripts_on_15` writes this page. A script that goes from 14 to 15 meets the landed
patch (`legacy,new`), and on top of it the kernel with descriptors. This page is about what comes on
top, for a script that knows nothing of descriptors: `new` and `descriptors` side by side.

## It loses nothing

- Every scenario of the corpus about the patch; of these differ: {differing}.
- Generated programs without descriptors: {programs:,} with {ops:,} ops (seed {seed}). They set
  flags that no kernel of 14 knows, too; {odd} programs differ, by the rules below and no others.
- Recorded sessions of jail(8), jls(8) and jexec(8) of 15, run on either kernel: {same:,} of
  {commands:,} are the same to the last byte. The sessions were recorded on `new`; that they go
  alike on `descriptors` is argued from the models of both, not recorded.

## What it can notice

| rule | differences in the generated programs |
|---|---:|
{rows}

- The flags 0x10 to 0x80, which were unknown, mean descriptors. Without desc they are still refused,
  in most calls with another errno; jail_get ignores 0x10 without desc.
- Without the privilege jail_set may answer EINVAL where it answered EPERM, because it checks the
  flags and the operation first. Treat every errno as a refusal.
- Six permissions, and the parameters meta, env and desc, are new: a script that tests whether a
  parameter exists finds them.

## What it gains

Nothing by itself. A descriptor always means the jail it was opened for, so a script that adopts
descriptors avoids the races by jid and name. An owning descriptor removes the jail when its owner
is gone. `corpus/descriptors/scenarios` has stories of both.

## What others can do to it

Jails of the script can have descriptors even if the script uses none.

- A jail that somebody else owns by a descriptor is removed when that is closed (d01, d02).
- A descriptor of a dying jail keeps it in existence, so that a create with its jid renumbers it
  instead of finding the jid free (d10).
- A jail that was entered by descriptor is never freed, by a mistake of the kernel (d16).
"""


if __name__ == "__main__":
    sys.stdout.write(page())
