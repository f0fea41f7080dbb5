"""Make small changes to a program that keep it meaningful, and cross two programs.

Names stay consistent: spliced-in calls use processes and resources of their own, and a call is
inserted only where those that it needs exist.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from jail_kernel.call import (
    JAIL_DYING,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
)
from jaildiff.programs.commands.command import Op
from jaildiff.programs.program import Program
from jaildiff.programs.renaming import Renaming
from jaildiff.search.generator.generate import OPS, PARAMS
from jaildiff.search.generator.sketch import Sketch
from jaildiff.search.generator.vocabulary import FLAGS, HOT_JIDS, NAMES
from jaildiff.search.generator.wishes import wishful

LENGTH_MAX = 120  # calls; longer programs are cut, as otherwise they would grow without limit

Calls = list[Op]


def mutate(program: Program, rng: Random) -> Program:
    """The program after one to four changes."""
    calls: Calls = list(program.calls)
    for _ in range(1 + int(rng.random() ** 2 * 4)):
        calls = rng.choice(MUTATIONS)(calls, rng)
    return replace(program, calls=tuple(calls[:LENGTH_MAX]))


def cross(one: Program, other: Program, rng: Random) -> Program:
    """The beginning of one program and the end of another.

    Processes and resources of the second get new names.  Jids and jail names stay, so that both
    parts concern the same jails.
    """
    head = one.calls[: rng.randint(0, len(one.calls))]
    tail = other.calls[rng.randint(0, len(other.calls)) :]
    tail = apart(head)(Program("", tail)).calls
    return replace(one, calls=(head + tail)[:LENGTH_MAX])


def apart(calls: Sequence[Op]) -> Callable[[Program], Program]:
    """A renaming of processes and resources to names that `calls` does not use."""

    def rename(program: Program) -> Program:
        above = max(pids_of(calls), default=1)
        held = {call.res for call in calls if isinstance(call, Hold)}
        number = len(held)
        return Renaming(
            pids={pid: pid + above for pid in pids_of(program.calls) if pid != 1},
            resources={
                call.res: f"{call.res}.{number}" for call in program.calls if isinstance(call, Hold)
            },
        )(program)

    return rename


def pids_of(calls: Sequence[Op]) -> set[int]:
    """All processes that the calls make."""
    return {1} | {call.child for call in calls if isinstance(call, Fork | ForkBegin)}


def place(calls: Calls, rng: Random) -> int:
    """A random place for a call."""
    return rng.randint(0, len(calls))


def insert_calls(calls: Calls, rng: Random) -> Calls:
    """Insert a new op or idiom, with processes of its own."""
    sketch = Sketch(rng, PARAMS)
    sketch.next_pid = max(pids_of(calls)) + 1
    sketch.next_res = len(calls) + 1
    at = place(calls, rng)
    sketch.pids += sorted(pids_of(calls[:at]) - {1})
    rng.choice(list(OPS))(sketch)
    return calls[:at] + sketch.calls + calls[at:]


def remove_call(calls: Calls, rng: Random) -> Calls:
    """Remove one call."""
    at = rng.randrange(len(calls)) if len(calls) > 1 else 0
    return calls[:at] + calls[at + 1 :] if len(calls) > 1 else calls


def repeat_call(calls: Calls, rng: Random) -> Calls:
    """Repeat a call later."""
    if not calls:
        return calls
    at = rng.randrange(len(calls))
    later = rng.randint(at, len(calls))
    return [*calls[:later], calls[at], *calls[later:]]


def retime(calls: Calls, rng: Random) -> Calls:
    """Move a drop, an exit or a removal to another time."""
    movable = [i for i, call in enumerate(calls) if isinstance(call, Drop | Exit | JailRemove)]
    if not movable:
        return calls
    at = rng.choice(movable)
    rest = calls[:at] + calls[at + 1 :]
    to = place(rest, rng)
    return [*rest[:to], calls[at], *rest[to:]]


def flip_flag(calls: Calls, rng: Random) -> Calls:
    """Give a jail_set or a jail_get other flags."""
    return change(
        calls,
        rng,
        JailSet | JailGet,
        lambda call: replace(
            call,
            flags=call.flags ^ JAIL_DYING
            if isinstance(call, JailGet)
            else other_flags(call.flags, rng),
        ),
    )


def other_flags(bits: int, rng: Random) -> int:
    """Flags with one bit flipped, or a usual combination."""
    return bits ^ 1 << rng.randrange(4) if rng.random() < 0.5 else rng.choice(FLAGS)


def hot_key(calls: Calls, rng: Random) -> Calls:
    """Give a call a jid or a name that other calls use."""
    jids = [*HOT_JIDS, *(call.jid for call in calls if isinstance(call, JailRemove | JailAttach))]

    def other(call: JailSet) -> JailSet:
        name, value = (
            ("jid", rng.choice(jids)) if rng.random() < 0.5 else ("name", rng.choice(NAMES))
        )
        return replace(call, params=tuple((dict(call.params) | {name: value}).items()))

    return change(calls, rng, JailSet, other)


def other_parameters(calls: Calls, rng: Random) -> Calls:
    """Give a jail_set the parameters of another, or a new one."""
    donors = [call for call in calls if isinstance(call, JailSet)]

    def other(call: JailSet) -> JailSet:
        if rng.random() < 0.5:
            given = dict([rng.choice(PARAMS)(Sketch(rng, PARAMS))])
        else:
            given = {k: v for k, v in rng.choice(donors).params if k not in ("jid", "name")}
        return replace(call, params=tuple((dict(call.params) | given).items()))

    return change(calls, rng, JailSet, other)


def drop_parameter(calls: Calls, rng: Random) -> Calls:
    """Remove a parameter from a jail_set."""

    def other(call: JailSet) -> JailSet:
        at = rng.randrange(len(call.params) or 1)
        return replace(call, params=call.params[:at] + call.params[at + 1 :])

    return change(calls, rng, JailSet, other)


def other_wishes(calls: Calls, rng: Random) -> Calls:
    """Give a jail_get a wish list, or another one."""
    return change(calls, rng, JailGet, lambda call: wishful(call, rng))


def change(calls: Calls, rng: Random, kind: object, other: Callable[..., Op]) -> Calls:
    """Change one call of this kind, if there is one."""
    places = [i for i, call in enumerate(calls) if isinstance(call, kind)]  # type: ignore[arg-type]  # a union of classes is a class to isinstance
    if not places:
        return calls
    at = rng.choice(places)
    return [*calls[:at], other(calls[at]), *calls[at + 1 :]]


MUTATIONS: tuple[Callable[[Calls, Random], Calls], ...] = (
    insert_calls,
    insert_calls,
    remove_call,
    repeat_call,
    retime,
    flip_flag,
    hot_key,
    other_parameters,
    drop_parameter,
    other_wishes,
)
