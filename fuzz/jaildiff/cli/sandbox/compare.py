"""The same command in two sandboxes, one for each kernel: what differs, and why."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff

from jail_kernel.call import Call, Exit, Fork, JailSet
from jaildiff.differ.annotate import divergence_text, violation_text
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import diff
from jaildiff.findings.story.story import Story, tell
from jaildiff.hosts.sandbox.sandbox import Outcome
from jaildiff.hosts.sandbox.server import Ran
from jaildiff.programs.program import Program
from jaildiff.programs.renaming import Renaming

CONTEXT = 0  # lines around a difference
STEPS = re.compile(r"\b[Ss]teps? (\d+(?:(?:, | and )\d+)*)")  # as stories name them


@dataclass(frozen=True, slots=True)
class Pair:
    """A command's run on both kernels; None where it was not run."""

    old: Ran | None
    new: Ran | None

    @property
    def one(self) -> Ran:
        """The old run, else the new one."""
        found = self.old or self.new
        assert found is not None
        return found

    @property
    def differs(self) -> bool:
        """Whether output or exit status differ."""
        return self.old is None or self.new is None or seen(self.old) != seen(self.new)


@dataclass(frozen=True, slots=True)
class Told:
    """Why the kernels differ at a call of a command."""

    command: tuple[str, ...]  # empty if it is no command of the script
    head: str
    fingerprint: str
    story: Story
    steps: Mapping[int, tuple[str, ...]]  # the commands that made the steps of the story


@dataclass(frozen=True, slots=True)
class Compared:
    """The whole comparison."""

    old: Outcome
    new: Outcome
    pairs: tuple[Pair, ...]  # the commands that differ
    output: tuple[str, ...]  # unified diff of what the script itself printed
    jails: tuple[str, ...]  # unified diff of the jails at the end
    told: tuple[Told, ...]

    @property
    def differs(self) -> bool:
        """Whether a user sees a difference."""
        ends = [(one.status, one.panic) for one in (self.old, self.new)]
        return bool(self.pairs or self.output or self.jails or ends[0] != ends[1])


def seen(ran: Ran) -> tuple[str, str, int | str | None]:
    """What a user sees of a command."""
    return ran.out, ran.err, ran.exit


def compare_outcomes(old: Outcome, new: Outcome, comparison: Comparison) -> Compared:
    """Compare two runs of the same command."""
    told = {
        one.fingerprint: one
        for run in (new, old)
        for one in reasons(run.calls, {ran.pid: ran.argv for ran in run.ran}, comparison)
    }
    return Compared(
        old,
        new,
        tuple(pair for pair in pairs(old.ran, new.ran) if pair.differs),
        changed_lines(f"{old.out}\n{old.err}".splitlines(), f"{new.out}\n{new.err}".splitlines()),
        changed_lines(jail_lines(old), jail_lines(new)),
        tuple(told.values()),
    )


def pairs(old: Sequence[Ran], new: Sequence[Ran]) -> Iterator[Pair]:
    """The commands of both runs, with equal ones side by side."""
    keys = [[(ran.argv, ran.jail) for ran in side] for side in (old, new)]
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield from map(Pair, old[i1:i2], new[j1:j2])
        else:
            yield from (Pair(ran, None) for ran in old[i1:i2])
            yield from (Pair(None, ran) for ran in new[j1:j2])


def changed_lines(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """What differs: - old, + new."""
    rows = list(unified_diff(old, new, "", "", lineterm="", n=CONTEXT))[2:]
    return tuple(row for row in rows if not row.startswith("@@"))


def jail_lines(outcome: Outcome) -> list[str]:
    """The jails at the end: jid, name, state."""
    return [f"{jid} {name} {state}" for jid, name, _, state, *_ in outcome.jails]


def program_of(calls: Sequence[Call], comparison: Comparison) -> tuple[Program, list[int]]:
    """Calls as a program, and the process that made each; 0 if none did."""
    numbers = {1: 1}
    callers = []
    for call in calls:
        for pid in pids(call):
            numbers.setdefault(pid, len(numbers) + 1)
        callers.append(pids(call)[0] if not isinstance(call, Fork | Exit) and pids(call) else 0)
    names = comparison.old.name, comparison.new.name
    program = Program("script", tuple(map(plainly, calls)), kernels=names)
    return Renaming(pids=numbers)(program), callers


def plainly(call: Call) -> Call:
    """The call as programs write it: a parameter that is only named is true."""
    if not isinstance(call, JailSet):
        return call
    params = tuple((name, True if value is None else value) for name, value in call.params)
    return JailSet(call.pid, call.flags, params)


def pids(call: Call) -> list[int]:
    """The processes that a call names, the caller first."""
    return [getattr(call, name) for name in ("pid", "child") if hasattr(call, name)]


def reasons(
    calls: Sequence[Call], commands: Mapping[int, tuple[str, ...]], comparison: Comparison
) -> Iterator[Told]:
    """The roots of the differences after some calls, and broken invariants; `commands` says which
    process was which command.
    """
    program, callers = program_of(calls, comparison)
    report = diff(program, comparison)
    stories = tell(program, report)
    for found, story in zip(report.divergences, stories, strict=False):
        if found.kind != "echo":
            command = commands.get(callers[found.step], ())
            steps = steps_of(story, callers, commands)
            yield Told(command, divergence_text(found), found.fingerprint, story, steps)
    for broken, story in zip(report.violations, stories[len(report.divergences) :], strict=True):
        steps = steps_of(story, callers, commands)
        yield Told((), violation_text(broken), broken.fingerprint, story, steps)


def steps_of(
    story: Story, callers: Sequence[int], commands: Mapping[int, tuple[str, ...]]
) -> dict[int, tuple[str, ...]]:
    """The steps that a story names, and the command that made each."""
    named = STEPS.findall(" ".join(story.sentences))
    numbers = sorted({int(number) for text in named for number in re.findall(r"\d+", text)})
    return {
        number: commands[callers[number]]
        for number in numbers
        if number < len(callers) and callers[number] in commands
    }
