"""Where a model and a recording part: each value that differs, with its name."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jaildiff.cli.terminal import out
from jaildiff.recordings.follow import Disagreement
from jaildiff.recordings.validate import FINAL_STATE, is_final, is_list, is_proc, is_state

LAST = ("lastjid", "lastdeadid")
PLACE = ("jail", "state")
NONE = "-"


def show_disagreement(found: Disagreement) -> None:
    """The place where the two part, with the program so far."""
    out.say(f"{found.program}: disagrees at step {found.step} in {found.what}", "bold red")
    for call in found.calls:
        out.say(f"    {call}")
    rows = [*differing(found)] or [("", json.dumps(found.recorded), json.dumps(found.modelled))]
    out.table(("", "recorded", "modelled"), rows)


def differing(found: Disagreement) -> Iterator[tuple[str, str, str]]:
    """The values that differ: the name, as recorded, as modelled.  None if only their order or type
    does.
    """
    recorded = dict(leaves(named(found.what, found.recorded)))
    modelled = dict(leaves(named(found.what, found.modelled)))
    for name in dict.fromkeys((*recorded, *modelled)):
        pair = recorded.get(name, NONE), modelled.get(name, NONE)
        if pair[0] != pair[1]:
            yield name, *pair


def named(what: str, value: Any) -> object:
    """The parts of a value by their names, which recordings leave out (docs/recording-format.md).

    A value that does not look like part of a recording is returned unchanged.
    """
    match what:
        case "states" if isinstance(value, list) and all(map(is_state, value)):
            return {f"jail {row[0]}": dict(zip(FINAL_STATE, row, strict=True)) for row in value}
        case "final" if isinstance(value, list) and all(map(is_final, value)):
            return {f"jail {row['jid']}": row for row in value}
        case "procs" if isinstance(value, Mapping) and all(map(is_proc, value.items())):
            places = value.items()
            return {f"process {pid}": dict(zip(PLACE, at, strict=True)) for pid, at in places}
        case "fds" if isinstance(value, Mapping):
            return {f"descriptor of process {pid}": table for pid, table in value.items()}
        case "last" if is_list(value, (int, int)):
            return dict(zip(LAST, value, strict=True))
    return value


def leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested values with their full names; a text is shown as it is, anything else as JSON."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{name} {key}".strip())
    elif value is None or isinstance(value, str):
        yield name, value or NONE
    else:
        yield name, json.dumps(value)
