"""What to write instead.

Each candidate is run on both sides, and told only if it helps.  It helps if every command of the
changed lifecycle works without a warning before and after the upgrade, and if both look alike.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from jail_kernel.call import user_text
from jaildiff.impact.lifecycle import FileEdit, Lifecycle, Step, TypedCommand, jail, quoted_word
from jaildiff.impact.lifecycle_runs.comparing import Columns, Difference, alive_names, differences
from jaildiff.impact.lifecycle_runs.installation import RC_CONF
from jaildiff.impact.reading.configuration import Configuration

FLAG_D = re.compile(r"(?m)^(\s*jail_flags=.*?)(?<![\w-])-d\b")
CHANGING = ("-m", "-cm", "-cmr", "-mr")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something to write, and the lifecycle with it."""

    text: str
    lifecycle: Lifecycle


def instead(found: Difference, configuration: Configuration | None, columns: Columns) -> str:
    """The first candidate that helps; "" if none does."""
    if found.struck:
        return left_alone(found, columns)
    for candidate in candidates(found, configuration):
        if helps(found, candidate.lifecycle, columns):
            return candidate.text
    return ""


def left_alone(found: Difference, columns: Columns) -> str:
    """Not to remove what is dying; "" if the jails that run do not go on then."""
    steps = found.lifecycle.steps[: found.index]
    *_, after = columns.run(found.installation, replace(found.lifecycle, steps=steps))
    if not set(found.jails) <= {user_text(str(name)) for name in alive_names(after[-1])}:
        return ""
    return f"leave out {found.command.shown}   (a dying jail goes when nothing holds it any more)"


def helps(found: Difference, lifecycle: Lifecycle, columns: Columns) -> bool:
    """Whether all new steps work, no other step does worse, and all sides look alike."""
    steps = zip(found.lifecycle.steps[: found.index], lifecycle.steps, strict=False)
    kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], steps))
    for other in differences(found.installation, lifecycle, columns):
        if other.index >= kept or set(other.jails) & set(found.jails):
            return False
    originals = columns.run(found.installation, up_to(found))
    return all(
        seen.ok or (kept_step(found.lifecycle, lifecycle, index) and not was[index].ok)
        for was, side in zip(originals, columns.run(found.installation, lifecycle), strict=True)
        for index, seen in enumerate(side)
    )


def kept_step(old: Lifecycle, new: Lifecycle, index: int) -> bool:
    """Whether a step is unchanged."""
    return old.steps[index : index + 1] == new.steps[index : index + 1]


def candidates(found: Difference, configuration: Configuration | None) -> Iterator[Candidate]:
    """What might help, the smallest change first."""
    lifecycle = up_to(found)
    yield from other_commands(found, lifecycle)
    yield from other_flags(found, lifecycle)
    if configuration is not None:
        yield from other_files(found, lifecycle, configuration)
    yield from other_words(lifecycle)


def up_to(found: Difference) -> Lifecycle:
    """The lifecycle that ends with the step that differs."""
    return replace(found.lifecycle, steps=found.lifecycle.steps[: found.index + 1])


def other_commands(found: Difference, lifecycle: Lifecycle) -> Iterator[Candidate]:
    """Another command instead of one that changes a nested jail."""
    command = found.command
    name = command.argv[2].removeprefix("name=") if len(command.argv) > 2 else ""
    parent, dot, own = name.rpartition(".")
    if command.argv[:1] != ("jail",) or command.argv[1] not in CHANGING or not dot:
        return
    before = lifecycle.steps[:-1]
    words = command.argv[3:] or tuple(
        as_word(step) for step in before if isinstance(step, FileEdit)
    )
    if words:
        inside = TypedCommand(("jail", "-m", f"name={own}", *words), inside=parent)
        text = f"{inside.shown}   (jail(8) must be there, in {parent})"
        yield Candidate(text, replace(lifecycle, steps=(*without_edits(before), inside)))
    if not command.argv[3:]:
        anew = jail("-r", name), jail("-c", name)
        text = f"{anew[0].shown}; {anew[1].shown}   (the jail is stopped for it)"
        yield Candidate(text, replace(lifecycle, steps=(*before, *anew)))


def other_flags(found: Difference, lifecycle: Lifecycle) -> Iterator[Candidate]:
    """rc.conf without -d among the flags of jail(8)."""
    text = found.installation.files.get(RC_CONF, "")
    changed = FLAG_D.sub(r"\1", text)
    if changed != text:
        files = {**(lifecycle.files or {}), RC_CONF: changed}
        yield Candidate("leave -d out of jail_flags in rc.conf", replace(lifecycle, files=files))


def as_word(step: FileEdit) -> str:
    """The parameter that a change of the file sets, as a word of a command line."""
    name, _, value = step.line.rstrip(";").partition(" = ")
    bare = value.strip('"')
    return f"{name}={bare}"


def without_edits(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """All steps except changes of the file."""
    return tuple(step for step in steps if not isinstance(step, FileEdit))


def other_files(
    found: Difference, lifecycle: Lifecycle, configuration: Configuration
) -> Iterator[Candidate]:
    """The files without the parameters that make the difference."""
    jails = [one for one in configuration.jails if one.name in found.jails]
    jails = jails or [one for one in configuration.jails if one.name in lifecycle.jails]
    files = lifecycle.files or configuration.files
    for names in (("allow.dying",), ("allow.dying", "jid")):
        changed, removed = files, []
        for one in jails or configuration.jails:
            spots = [spot for name in names if (spot := configuration.where(one, name))]
            changed = configuration.without(changed, one, *names)
            removed += [f"{configuration.text(spot)} ({spot.place})" for spot in spots]
        if changed != files:
            text = f"leave out {' and '.join(dict.fromkeys(removed))}"
            yield Candidate(text, replace(lifecycle, files=changed))
            yield from started_anew(found, lifecycle, text, changed)


def started_anew(
    found: Difference, lifecycle: Lifecycle, text: str, files: Mapping[str, str]
) -> Iterator[Candidate]:
    """jail -c instead of a change of a dying jail."""
    name = found.command.argv[-1]
    if found.command.argv[:1] == ("jail",) and found.command.argv[1] in CHANGING:
        anew = jail("-c", name)
        steps = (*lifecycle.steps[:-1], anew)
        yield Candidate(f"{anew.shown}, and {text}", replace(lifecycle, steps=steps, files=files))


def other_words(lifecycle: Lifecycle) -> Iterator[Candidate]:
    """The commands without the options that make the difference."""
    for left_out in (("-d", "allow.dying"), ("jid",), ("-d", "allow.dying", "jid")):
        steps = tuple(
            stripped(step, left_out) if isinstance(step, TypedCommand) else step
            for step in lifecycle.steps
        )
        if steps != lifecycle.steps:
            changed = [
                new.shown
                for old, new in zip(lifecycle.steps, steps, strict=True)
                if old != new and isinstance(new, TypedCommand)
            ]
            yield Candidate("; ".join(dict.fromkeys(changed)), replace(lifecycle, steps=steps))


def stripped(step: TypedCommand, left_out: tuple[str, ...]) -> TypedCommand:
    """A command without some options and parameters."""

    def kept(words: Iterable[str]) -> tuple[str, ...]:
        return tuple(word for word in words if word.partition("=")[0] not in left_out)

    typed = " ".join(map(quoted_word, kept(shlex.split(step.typed))))
    return replace(step, argv=kept(step.argv), typed=typed)
