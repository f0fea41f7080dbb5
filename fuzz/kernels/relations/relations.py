"""The metamorphic relations that hold of a kernel; exemptions.py says where they need not."""

from dataclasses import replace

from fuzz.kernels.relations import exemptions
from fuzz.kernels.relations.relation import Calls, Relation
from fuzz.programs.commands.command import Op
from fuzz.programs.renaming import Renaming
from prison.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailSet,
    Params,
    Result,
    Value,
)

C, U, A, D = JAIL_CREATE, JAIL_UPDATE, JAIL_ATTACH, JAIL_DYING

# Two live jails, one below the other with a process in it, and a dying one.
STRANGERS: Calls = (
    Fork(1, 90001),
    JailSet(
        1,
        C,
        (
            ("jid", 1500000),
            ("name", "stranger"),
            ("persist", True),
            ("children.max", 2),
            ("ip4.addr", ("172.16.0.1", "172.16.0.2")),
        ),
    ),
    JailSet(1, C, (("jid", 1500001), ("name", "stranger.child"), ("persist", True))),
    JailAttach(90001, 1500001),
    Fork(1, 90002),
    JailSet(90002, C | A, (("jid", 1500002), ("name", "stranger-in-death"))),
    Hold(90002, "stranger"),
    Exit(90002),
)

CREATE_ONLY = ("jid", "name", "path", "osrelease", "osreldate", "vnet", "ip4", "ip6")


def without_holders(call: Op, _: Result) -> Calls:
    """Nothing lingers: neither hold nor drop."""
    return () if isinstance(call, Hold | Drop) else (call,)


DYING_IS_ABSENT = Relation(
    "dying-is-absent",
    "The new kernel answers as it does when nothing keeps a jail dying.",
    without_holders,
    exemptions=exemptions.OF_DYING_IS_ABSENT,
)

DYING_FLAG = Relation(
    "dying-flag",
    "To jail_set of the new kernel JAIL_DYING means nothing.",
    lambda call, _: (
        (replace(call, flags=call.flags ^ D),) if isinstance(call, JailSet) else (call,)
    ),
)

WITH_STRANGERS = Relation(
    "strangers",
    "Jails that a program has nothing to do with make no difference to it.",
    lambda call, _: (call,),
    before=STRANGERS,
    new=(1500000, 1500001, 1500002),
    exemptions=exemptions.OF_STRANGERS,
)


def relabelled(labels: Renaming) -> Relation:
    """What processes, holders, names and jids are called."""
    return Relation(
        "labels",
        "What processes, holders, names and jids are called makes no difference.",
        lambda call, _: (labels.call(call),),
        labels.answer,
        exemptions=exemptions.labels(labels.jid),
    )


def settled(params: Params) -> Params:
    """What counts of the parameters: the last of each, be it with "no" in front or without."""
    last: dict[str, Value] = {}
    for name, value in params:
        above, dot, own = name.rpartition(".")
        bare, on = (own[2:], False) if own.startswith("no") else (own, value)
        last[above + dot + bare] = on
    return tuple(last.items())


# WHAT CHANGES NOTHING


def left_out(call: Op, result: Result) -> Calls:
    """No call that fails, and no look at what is alive; the looks at all jails compare the two."""
    if isinstance(call, JailGet):
        return (call,) if call.flags & D else ()
    return (call,) if result.errno is None else ()


LEFT_OUT = Relation(
    "left-out",
    "What fails, or only looks, can be left out.",
    left_out,
    exemptions=exemptions.OF_LEFT_OUT,
)

# OTHER WORDS


def other_words(call: Op, result: Result) -> Calls:
    """Another way to say it."""
    match call:
        case Fork(pid, child):
            return ForkBegin(pid, child), ForkEnd(child)
        case JailAttach(pid, jid) if result.errno is None:
            return (JailSet(pid, U | A, (("jid", jid),)),)
        case JailSet(pid, flags, params):
            pairs = ((name, None if on is True else on) for name, on in settled(params))
            return (JailSet(pid, flags, tuple(pairs)[::-1]),)
        case _:
            return (call,)


def in_other_words(call: Op, result: Result) -> Result:
    """The answer to that: jail_set says which jail."""
    if isinstance(call, JailAttach) and result.errno is None:
        return result._replace(ret=call.jid)
    return result


OTHER_WORDS = Relation(
    "other-words",
    "Whole or in halves, attached or set to be: it is the same in either words and order.",
    other_words,
    in_other_words,
    exemptions=exemptions.OF_OTHER_WORDS,
)

# IN STEPS


def in_steps(call: Op, result: Result) -> Calls:
    """A create without its parameters, and an update; of an update one for each parameter."""
    if not isinstance(call, JailSet) or result.ret is None:
        return (call,)
    if call.flags & ~A == C:
        return create_and_update(call, result.ret)
    if call.flags & ~A == U:
        return one_by_one(call)
    return (call,)


def create_and_update(call: JailSet, jid: int) -> Calls:
    """The jail, persistent at first; then what else it is to be."""
    params = settled(call.params)
    made = tuple(pair for pair in params if pair[0] in CREATE_ONLY)
    rest = tuple(pair for pair in params if pair[0] not in (*CREATE_ONLY, "persist"))
    persist = ("persist", dict(params).get("persist", False) is not False)
    return (
        JailSet(call.pid, C, (*made, ("persist", True))),
        JailSet(call.pid, U | call.flags & A, (("jid", jid), *rest, persist)),
    )


def one_by_one(call: JailSet) -> Calls:
    """Each parameter in an update of its own; with the last one the caller attaches.

    The host's values stay together: host=inherit means something else beside a value.
    """
    params = settled(call.params)
    key = "jid" if dict(params).get("jid") else "name"
    groups: dict[str, Params] = {}
    for name, value in params:
        if name != key:
            group = "host" if name.startswith("host.") else name
            groups[group] = (*groups.get(group, ()), (name, value))
    which = tuple(pair for pair in params if pair[0] == key)
    # Without persist the jail may be gone.
    *first, last = sorted(groups.values(), key=lambda pairs: pairs[0][0] == "persist") or [()]
    return (
        *(JailSet(call.pid, U, (*which, *pairs)) for pairs in first),
        JailSet(call.pid, call.flags, (*which, *last)),
    )


IN_STEPS = Relation(
    "steps",
    "A jail that is made and then changed is the jail that is made so at once.",
    in_steps,
    exemptions=exemptions.OF_STEPS,
)
