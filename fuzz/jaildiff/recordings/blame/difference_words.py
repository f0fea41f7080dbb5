"""How a recording differs from a model, in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from jaildiff.programs.answer_language import answer_text, value_text
from jaildiff.recordings.follow import Disagreement
from jaildiff.recordings.validate import FINAL_STATE, final_state

MANY = 4  # more would hide the first


def seen(found: Disagreement) -> list[str]:
    """The first few differences in words, each with the recorded value first."""
    texts = list(WORDS[found.what](found.recorded, found.modelled))
    rest = len(texts) - MANY
    return texts if rest <= 0 else [*texts[:MANY], f"{rest} more"]


def answer_words(recorded: Mapping[str, object], modelled: Mapping[str, object]) -> Iterable[str]:
    """How the answers to a call differ; of two jails that were read, where they differ."""
    now, due = recorded.get("values"), modelled.get("values")
    if isinstance(now, Mapping) and isinstance(due, Mapping) and recorded["ret"] == modelled["ret"]:
        names = sorted(now.keys() & due.keys())
        yield from fields("", names, [now[name] for name in names], [due[name] for name in names])
        return
    yield f"the answer is {answer_text(recorded)} instead of {answer_text(modelled)}"


def panics(recorded: str | None, modelled: str | None) -> Iterable[str]:
    """A panic, or none."""
    yield f"{shown(recorded) or 'no panic'} instead of {modelled or 'no panic'}"


def states(recorded: Sequence[Sequence[Any]], modelled: Sequence[Sequence[Any]]) -> Iterable[str]:
    """The jail list."""
    ours, theirs = ({state[0]: state for state in side} for side in (modelled, recorded))
    for jid in ours:
        if jid not in theirs:
            yield f"jail {jid} is not there"
    for jid, state in theirs.items():
        if jid not in ours:
            yield f"jail {jid}, {state[3]}, should not be there"
        else:
            yield from fields(f"jail {jid}: ", FINAL_STATE, state, ours[jid])
    order = [state[0] for state in recorded]
    if ours == theirs and list(ours) != order:
        yield f"the list has the order {order}"


def fields(
    of: str, names: Iterable[str], recorded: Iterable[object], modelled: Iterable[object]
) -> Iterable[str]:
    """Values that have names."""
    for name, now, due in zip(names, recorded, modelled, strict=True):
        if now != due:
            yield f"{of}{name} is {value_text(now)} instead of {value_text(due)}"


def procs(recorded: Mapping[str, object], modelled: Mapping[str, object]) -> Iterable[str]:
    """The processes."""
    for pid in {**modelled, **recorded}:
        now, due = (place(side.get(pid)) for side in (recorded, modelled))
        if now != due:
            yield f"process {pid} is {now} instead of {due}"


def place(value: object) -> str:
    """Where a process is."""
    if value is None:
        return "gone"
    jid, state = cast("tuple[int, str]", value)
    return f"{state} in jail {jid}"


def last(recorded: Sequence[int], modelled: Sequence[int]) -> Iterable[str]:
    """The jid counters."""
    return fields("", ("lastprid", "lastdeadid"), recorded, modelled)


def fds(
    recorded: Mapping[str, Mapping[str, object]], modelled: Mapping[str, Mapping[str, object]]
) -> Iterable[str]:
    """The jail descriptors."""
    for pid in {**modelled, **recorded}:
        ours, theirs = modelled.get(pid, {}), recorded.get(pid, {})
        for fd in {**ours, **theirs}:
            now, due = (jail_of(side.get(fd)) for side in (theirs, ours))
            if now != due:
                yield f"descriptor {fd} of process {pid} is {now} instead of {due}"


def jail_of(value: object) -> str:
    """What a descriptor stands for."""
    if value is None:
        return "closed"
    jid, kind = cast("tuple[int, str]", value)
    return f"{kind} jail {jid}".lstrip() if jid else f"{kind} dead".lstrip()


def final(
    recorded: Sequence[Mapping[str, Any]], modelled: Sequence[Mapping[str, Any]]
) -> Iterable[str]:
    """The last parameters."""
    ours = {values["jid"]: values for values in modelled}
    yield from states(list(map(final_state, recorded)), list(map(final_state, modelled)))
    for values in recorded:
        due = ours.get(values["jid"], values)
        names = [name for name in values if name in due and name not in FINAL_STATE]
        pairs = [values[name] for name in names], [due[name] for name in names]
        yield from fields(f"jail {values['jid']}: ", names, *pairs)


def left(recorded: str | None, modelled: str | None) -> Iterable[str]:
    """What a clean-up finds."""
    now, due = shown(recorded) or "nothing", modelled or "nothing"
    yield f"left when all is taken away: {now} instead of {due}"


def shown(text: str | None) -> str | None:
    """A text as it is, or quoted if anything in it does not print."""
    return text if text is None or text.isprintable() else value_text(text)


WORDS: Mapping[str, Callable[[Any, Any], Iterable[str]]] = {
    "results": answer_words,
    "panic": panics,
    "states": states,
    "procs": procs,
    "last": last,
    "fds": fds,
    "final": final,
    "cleanup": left,
}
