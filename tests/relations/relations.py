"""The metamorphic relations of a kernel; exemptions.py says where they need not hold."""

from dataclasses import replace

from jail_kernel.call import (
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
from jaildiff.programs.commands.command import Op
from jaildiff.programs.renaming import Renaming
from tests.relations import exemptions
from tests.relations.relation import Calls, Relation

C, U, A, D = JAIL_CREATE, JAIL_UPDATE, JAIL_ATTACH, JAIL_DYING

# Two live jails, the lower one with a process in it, and a dying jail.
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
    """No hold or drop, so nothing keeps a jail dying."""
    return () if isinstance(call, Hold | Drop) else (call,)


DYING_IS_ABSENT = Relation(
    "dying-is-absent",
    "The new kernel answers as if removed jails were gone at once.",
    without_holders,
    exemptions=exemptions.OF_DYING_IS_ABSENT,
)

DYING_FLAG = Relation(
    "dying-flag",
    "JAIL_DYING means nothing to jail_set of the new kernel.",
    lambda call, _: (
        (replace(call, flags=call.flags ^ D),) if isinstance(call, JailSet) else (call,)
    ),
)

WITH_STRANGERS = Relation(
    "strangers",
    "Jails that a program never touches make no difference to it.",
    lambda call, _: (call,),
    before=STRANGERS,
    new=(1500000, 1500001, 1500002),
    exemptions=exemptions.OF_STRANGERS,
)


def relabelled(labels: Renaming) -> Relation:
    """The relation for renamed processes, holders, names and jids."""
    return Relation(
        "labels",
        "Renaming processes, holders, names and jids makes no difference.",
        lambda call, _: (labels.call(call),),
        labels.answer,
        exemptions=exemptions.labels(labels.jid),
    )


def settled(params: Params) -> Params:
    """The parameters that count: the last of each, where x and nox are the same parameter."""
    last: dict[str, Value] = {}
    for name, value in params:
        above, dot, own = name.rpartition(".")
        bare, on = (own[2:], False) if own.startswith("no") else (own, value)
        last[above + dot + bare] = on
    return tuple(last.items())


# WHAT CHANGES NOTHING


def left_out(call: Op, result: Result) -> Calls:
    """Leave out calls that fail and reads without JAIL_DYING.

    Reads with it stay, so that there are answers to compare.
    """
    if isinstance(call, JailGet):
        return (call,) if call.flags & D else ()
    return (call,) if result.errno is None else ()


LEFT_OUT = Relation(
    "left-out",
    "Leaving out calls that fail or only read makes no difference.",
    left_out,
    exemptions=exemptions.OF_LEFT_OUT,
)

# OTHER WORDS


def other_words(call: Op, result: Result) -> Calls:
    """Say the same with other calls, or with the parameters in another order."""
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
    """The answer to these: jail_set, unlike jail_attach, returns the jid."""
    if isinstance(call, JailAttach) and result.errno is None:
        return result._replace(ret=call.jid)
    return result


OTHER_WORDS = Relation(
    "other-words",
    "A fork in one call or two, an attach by either call, parameters in any order: no difference.",
    other_words,
    in_other_words,
    exemptions=exemptions.OF_OTHER_WORDS,
)

# IN STEPS


def in_steps(call: Op, result: Result) -> Calls:
    """Split a create into a bare create and an update, and an update into one per parameter."""
    if not isinstance(call, JailSet) or result.ret is None:
        return (call,)
    if call.flags & ~A == C:
        return create_and_update(call, result.ret)
    if call.flags & ~A == U:
        return one_by_one(call)
    return (call,)


def create_and_update(call: JailSet, jid: int) -> Calls:
    """Make the jail persistent, so that it survives the first call; then update the rest."""
    params = settled(call.params)
    made = tuple(pair for pair in params if pair[0] in CREATE_ONLY)
    rest = tuple(pair for pair in params if pair[0] not in (*CREATE_ONLY, "persist"))
    persist = ("persist", dict(params).get("persist", False) is not False)
    return (
        JailSet(call.pid, C, (*made, ("persist", True))),
        JailSet(call.pid, U | call.flags & A, (("jid", jid), *rest, persist)),
    )


def one_by_one(call: JailSet) -> Calls:
    """One update for each parameter; the last one also has the other flags, such as JAIL_ATTACH.

    host.* stay together, because host=inherit has another meaning beside one of their values.
    """
    params = settled(call.params)
    key = "jid" if dict(params).get("jid") else "name"
    groups: dict[str, Params] = {}
    for name, value in params:
        if name != key:
            group = "host" if name.startswith("host.") else name
            groups[group] = (*groups.get(group, ()), (name, value))
    which = tuple(pair for pair in params if pair[0] == key)
    # persist comes last: once it is cleared, the jail may be gone.
    *first, last = sorted(groups.values(), key=lambda pairs: pairs[0][0] == "persist") or [()]
    return (
        *(JailSet(call.pid, U, (*which, *pairs)) for pairs in first),
        JailSet(call.pid, call.flags, (*which, *last)),
    )


IN_STEPS = Relation(
    "steps",
    "Making a jail and then changing it is the same as making it right at once.",
    in_steps,
    exemptions=exemptions.OF_STEPS,
)
