"""Comparing: how an act of a tool differs from the same act on another system."""

from enum import StrEnum
from typing import NamedTuple

from fuzz.impact.trying.running import WARNING
from fuzz.profiles.stage import BAD, Jails, Seen, StepSeen


class Aspect(StrEnum):
    """The ways in which two acts can differ."""

    END = "end"
    OUTPUT = "output"
    JAILS = "jails"


class Difference(NamedTuple):
    """How an act differs."""

    aspect: Aspect
    command: str
    before: str
    after: str
    worked: bool = True  # on the one side
    works: bool = True  # on the other
    warned: bool = False  # the only news is the warning about -d and allow.dying


def compare(old: Seen, new: Seen) -> tuple[Difference, ...]:
    """How an act differs: in its end or, if that is equal, in its output and in the jails that it
    left.
    """
    if (old.outcome, len(old.steps)) != (new.outcome, len(new.steps)):
        return (other_end(old, new),)
    found = []
    for before, after in zip(old.steps, new.steps, strict=True):
        if before != after:
            sides = shown(before, after), shown(after, before)
            found.append(Difference(Aspect.OUTPUT, after.text, *sides, warned=warns(before, after)))
            break
    if old.jails != new.jails:
        sides = other_jails(old.jails, new.jails)
        found.append(Difference(Aspect.JAILS, new.steps[-1].text, *sides))
    return tuple(found)


def other_end(old: Seen, new: Seen) -> Difference:
    """An act that ends differently."""
    longer = new if len(new.steps) <= len(old.steps) and new.steps else old
    last = len(new.steps) - 1
    warned = 0 <= last < len(old.steps) and warns(old.steps[last], new.steps[last])
    return Difference(
        aspect=Aspect.END,
        command=longer.steps[-1].text,
        before=ended(old),
        after=ended(new),
        worked=old.outcome not in BAD,
        works=new.outcome not in BAD,
        warned=warned,
    )


def warns(before: StepSeen, after: StepSeen) -> bool:
    """Whether the warning is all that is new."""
    return before.err != after.err and WARNING.sub("", after.err) == before.err


def ended(seen: Seen) -> str:
    """How an act ended, and the message with which it failed."""
    failed = next((step for step in seen.steps if not step.ok), None)
    if seen.outcome not in BAD or failed is None:
        return seen.outcome
    return f"{seen.outcome}: {failed.complaint}"


def shown(step: StepSeen, other: StepSeen) -> str:
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
