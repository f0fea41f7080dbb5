"""Comparing: how an act of a tool differs from the same act on another system, as it sees it."""

from enum import StrEnum
from typing import NamedTuple

from jail_kernel.call import user_text
from jail_kernel.jail_get import VIEW_FIELDS
from jail_kernel.state import PrisonState
from jaildiff.impact.acts import BAD, PANICS
from jaildiff.impact.lifecycle_runs.running import PANIC, WARNING, StepResult
from jaildiff.impact.lifecycle_runs.tool import CommandSeen
from jaildiff.kernels.snapshot import values_json

NAME, STATE = map(VIEW_FIELDS.index, ("name", "state"))

Jails = list[tuple[str, dict[str, object]]]  # by name, what can be read of each


class Aspect(StrEnum):
    """The ways in which two acts can differ."""

    END = "end"
    OUTPUT = "output"
    JAILS = "jails"


class ActDifference(NamedTuple):
    """How an act differs."""

    aspect: Aspect
    command: str
    before: str
    after: str
    warned: bool = False  # the only news is the warning about -d and allow.dying


def compare_acts(old: StepResult, new: StepResult) -> tuple[ActDifference, ...]:
    """How an act differs: in its end or, if that is equal, in its output and in the jails that it
    left.
    """
    if (old.exit, len(old.commands)) != (new.exit, len(new.commands)):
        return (other_end(old, new),)
    found = []
    for before, after in zip(old.commands, new.commands, strict=True):
        if before != after:
            sides = shown(before, after), shown(after, before)
            found.append(
                ActDifference(Aspect.OUTPUT, after.text, *sides, warned=only_warns(before, after))
            )
            break
    if living(old) != living(new):
        sides = other_jails(living(old), living(new))
        found.append(ActDifference(Aspect.JAILS, new.commands[-1].text, *sides))
    return tuple(found)


def other_end(old: StepResult, new: StepResult) -> ActDifference:
    """An act that ends differently."""
    longer = new if len(new.commands) <= len(old.commands) and new.commands else old
    last = len(new.commands) - 1
    warned = 0 <= last < len(old.commands) and only_warns(old.commands[last], new.commands[last])
    return ActDifference(
        aspect=Aspect.END,
        command=longer.commands[-1].text,
        before=ended(old),
        after=ended(new),
        warned=warned,
    )


def only_warns(before: CommandSeen, after: CommandSeen) -> bool:
    """Whether the warning is all that is new."""
    return before.err != after.err and WARNING.sub("", after.err) == before.err


def ended(seen: StepResult) -> str:
    """How an act ended, and the message with which it failed."""
    outcome = outcome_of(seen)
    failed = next((step for step in seen.commands if not step.ok), None)
    if outcome not in BAD or failed is None:
        return outcome
    return f"{outcome}: {failed.complaint}"


def outcome_of(seen: StepResult) -> str:
    """The outcome of an act."""
    return PANICS if seen.exit == PANIC else str(seen.exit)


def has_parted(old: StepResult, new: StepResult) -> bool:
    """Whether what comes later may follow from how an act differs."""
    return old.exit != new.exit or living(old) != living(new)


def living(seen: StepResult) -> Jails:
    """The jails that run after an act, each with everything that can be read of it."""
    return [
        (user_text(str(view[NAME])), values_json(view))
        for view in seen.jails
        if view[STATE] is PrisonState.ALIVE
    ]


def shown(step: CommandSeen, other: CommandSeen) -> str:
    """How a step ended, and the lines that it printed and the other did not."""
    common = {*other.out.splitlines(), *other.err.splitlines()}
    lines = [*step.out.splitlines(), *step.err.splitlines()]
    return "; ".join([step.status, *(line for line in lines if line not in common)])


def other_jails(old: Jails, new: Jails) -> tuple[str, str]:
    """What differs between two lists of living jails, on both sides."""
    if names_in(old) != names_in(new):
        return f"the jails are {names_in(old)}", f"the jails are {names_in(new)}"
    name, key, before, after = next(
        (name, key, before[key], after[key])
        for (name, before), (_, after) in zip(old, new, strict=True)
        for key in before
        if before[key] != after[key]
    )
    return f"{name}: {key} is {before or 'not set'}", f"{name}: {key} is {after or 'not set'}"


def names_in(jails: Jails) -> str:
    """The names of jails, in a line."""
    return ", ".join(name for name, _ in jails) or "none"
