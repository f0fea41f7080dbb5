"""Random programs: the built-in generator, a pure function of seed and number.

Each program has its own mix of ops and parameters (swarm testing): some are switched off, the
others have random frequencies.  Most jids and names come from a few hot ones, so that calls concern
the same jails; some are fresh.
"""

from collections.abc import Sequence
from random import Random
from typing import Final

from jail_kernel.call import (
    Call,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Params,
    Poke,
    Value,
)
from jaildiff.programs.program import Program
from jaildiff.search.generator.descriptors import DESC_MAKERS, DESC_OPS
from jaildiff.search.generator.sketch import Maker, Op, Sketch
from jaildiff.search.generator.vocabulary import (
    ADDRS4,
    ADDRS6,
    ALLOW,
    FLAGS,
    HOT_JIDS,
    LIMITS,
    MARKS,
    NO_ADDRS,
    ODD_FLAGS,
    ODD_PARAMS,
    A,
    C,
    D,
    U,
)
from jaildiff.search.generator.wishes import with_wishes


def generate(seed: int, number: int, *, wishes: bool = False, descriptors: bool = False) -> Program:
    """Program `number` of a seed; always the same, in every process.

    With `wishes`, some of its jail_gets have a wish list; the rest of the program is the same as
    without.  With `descriptors` it is another program, which uses descriptors, meta and env.
    """
    rng = Random(f"{seed}/{number}")
    sketch = Sketch(rng, (*PARAMS, *DESC_MAKERS) if descriptors else PARAMS)
    jail_max = sketch.write(OPS | DESC_OPS if descriptors else OPS)
    if not sketch.calls:
        fork(sketch)
    calls = tuple(sketch.calls)
    if wishes:
        calls = with_wishes(calls, rng)
    return Program(f"seed-{seed}-{number}", calls, jail_max)


def jail_set(s: Sketch) -> None:
    """jail_set with hot keys and some parameters."""
    flags = s.weighted(FLAGS, s.flag_sums)
    params: list[tuple[str, Value]] = []
    if s.random() < s.jid_share:
        params.append(("jid", s.jid()))
    if s.random() < s.name_share:
        params.append(("name", s.name()))
    if s.random() < 0.7:
        params.append(("persist", s.random() < 0.85))
    while s.params and s.random() < 0.4:
        name, value = s.pick(s.params)(s)
        params.append((name, value))
    s.calls.append(JailSet(s.pid(), flags, tuple(dict(params).items())))
    if flags & C:
        s.next_jid += 1
        s.jids.append(s.next_jid)


def jail_get(s: Sketch) -> None:
    """jail_get by jid, name or lastjid."""
    draw = s.random()
    by: tuple[str, int | str] = ("jid", s.jid())
    if draw > 0.8:
        by = ("lastjid", s.jid())
    elif draw > 0.4:
        by = ("name", s.name())
    s.calls.append(JailGet(s.pid(), D if s.random() < 0.6 else 0, (by,)))


def jail_attach(s: Sketch) -> None:
    """jail_attach, mostly by a fresh process so that the host stays outside."""
    pid = s.pid()
    if pid == 1 and s.random() < 0.9:
        fork(s)
        pid = s.pids[-1]
    s.calls.append(JailAttach(pid, s.jid()))


def jail_remove(s: Sketch) -> None:
    """jail_remove."""
    s.calls.append(JailRemove(s.pid(), s.jid()))


def fork(s: Sketch) -> None:
    """A new process."""
    pid, child = s.pid(), s.new_pid()
    s.calls.append(Fork(pid, child))
    s.pids.append(child)


def fork_halves(s: Sketch) -> None:
    """Begin a fork, or end one that was begun."""
    if s.born and s.random() < 0.5:
        child = s.born.pop()
        s.calls.append(ForkEnd(child))
        s.pids.append(child)
    else:
        s.born.append(s.new_pid())
        s.calls.append(ForkBegin(s.pid(), s.born[-1]))


def exit_(s: Sketch) -> None:
    """Let a process other than the first exit."""
    if len(s.pids) > 1:
        s.calls.append(Exit(s.pids.pop(1 + int(s.random() * (len(s.pids) - 1)))))


def hold(s: Sketch) -> None:
    """Let a resource hold a credential."""
    s.calls.append(Hold(s.pid(), s.new_res()))


def drop(s: Sketch) -> None:
    """Let a resource go."""
    if s.held:
        s.calls.append(Drop(s.held.pop(int(s.random() * len(s.held)))))


def zombie(s: Sketch) -> None:
    """Make a jail and leave it dying."""
    fork(s)
    pid = s.pids.pop()
    params: Params = (("jid", s.jid()), ("name", s.name()), ("children.max", 2))
    params = params[: 1 + int(s.random() * 3)]
    marks = s.sample(MARKS, int(s.random() * 3)) if s.chance(0.3) else ()
    s.calls.append(JailSet(pid, C | A, params + marks))
    s.calls += (Hold(pid, s.new_res()), Exit(pid))


def race(s: Sketch) -> None:
    """Remove a jail in the middle of a fork, and perhaps update it while it is dying."""
    fork(s)
    pid, jid = s.pids.pop(), s.jid()
    child = s.new_pid()
    s.calls += (JailSet(pid, C | A, (("jid", jid),)), ForkBegin(pid, child), JailRemove(1, jid))
    if s.random() < 0.7:
        flags = s.pick((U | D, C | U | D, U))
        s.calls.append(JailSet(1, flags, (("jid", jid), ("persist", True))))
    s.calls.append(ForkEnd(child))
    s.pids.append(child)


def family(s: Sketch) -> None:
    """Make a jail, a jail below it, and sometimes a process in each."""
    name, below = s.pick(("a", "b")), s.pick(("a", "b", "c"))
    outer: Params = (("name", name), ("persist", True), ("children.max", 5))
    inner: Params = (("name", f"{name}.{below}"), ("persist", True), ("children.max", 2))
    s.calls += (JailSet(1, C, outer), JailSet(1, C, inner))
    for _ in range(int(s.random() * 3)):
        jail_attach(s)


def below(s: Sketch) -> None:
    """Let a process in a jail make and change jails below it."""
    fork(s)
    pid = s.pids[-1]
    name = s.pick(("a", "b", "c"))
    outer: Params = (("name", name), ("children.max", s.pick((1, 2, 5))))
    path: Params = (("path", s.pick(("/jails/a", "/sub"))),) if s.chance(0.3) else ()
    s.calls.append(JailSet(pid, C | A, and_more(s, *outer, *path)))
    for _ in range(1 + int(s.random() * 3)):
        flags, key = s.pick(((C, "name"), (C | U, "name"), (U, "name"), (U, "jid")))
        which = s.jid() if key == "jid" else s.pick(("a", "b", "a.b", long_name(s)))
        path = () if flags & U else path
        s.calls.append(JailSet(pid, flags, and_more(s, (key, which), ("persist", True), *path)))
    s.calls.append(JailGet(pid, s.pick((0, D)), (("lastjid", 0),)))


def squeeze(s: Sketch) -> None:
    """Change a jail with another below it, and read that one."""
    name = s.pick(("a", "b"))
    jid = s.pick(HOT_JIDS)
    loose, tight = s.pick(LIMITS)
    outer = and_more(s, ("jid", jid), ("name", name), ("persist", True), ("children.max", 5), loose)
    inner = and_more(s, ("name", f"{name}.c"), ("persist", True), ("children.max", 3), loose)
    inmost = and_more(s, ("name", f"{name}.c.c"), ("persist", True), ("children.max", 2), loose)
    s.calls += (JailSet(1, C, outer), JailSet(1, C, inner), JailSet(1, C, inmost))
    for _ in range(1 + int(s.random() * 2)):
        s.calls.append(JailSet(1, U, and_more(s, ("name", name), tight)))
    s.calls.append(JailGet(1, 0, (("name", s.pick((f"{name}.c", f"{name}.c.c"))),)))
    if s.chance(0.3):
        s.calls.append(JailSet(1, U, (("jid", jid), ("name", s.pick(("c", long_name(s)))))))


def network(s: Sketch) -> None:
    """Make jails beside and below each other that ask for the same few addresses."""
    family, pool = s.pick((("ip4", ADDRS4[:3]), ("ip6", ADDRS6[:2])))
    addr = f"{family}.addr"
    for name in ("n", "m", "n.m", "m.n")[: 2 + int(s.random() * 3)]:
        own: Params = ((addr, s.sample(pool, 1 + int(s.random() * len(pool)))),)
        if s.chance(0.4):
            own = s.pick(((), (("vnet", "new"),), ((family, "inherit"),), ((family, "disable"),)))
        made: Params = (
            ("name", name),
            ("persist", True),
            ("children.max", 3 - name.count(".")),
            *own,
        )
        s.calls.append(JailSet(1, C, made))
    for _ in range(int(s.random() * 3)):
        update = (("name", s.pick(("n", "m", "n.m"))), (addr, addresses(s, pool)))
        s.calls.append(JailSet(1, U, update))


def odd(s: Sketch) -> None:
    """An unusual call: unknown flags, a pid or resource in use, a child that is not yet running."""
    pid, taken = s.pid(), s.pick(s.pids)
    born = s.pick(s.born) if s.born else taken
    held = s.pick(s.held) if s.held else "r0"
    calls: tuple[Call, ...] = (
        JailSet(pid, s.pick(FLAGS) | s.pick(ODD_FLAGS), (("jid", s.jid()), ("persist", True))),
        JailSet(pid, C, (("persist", True), s.pick(ODD_PARAMS))),
        JailGet(pid, s.pick(ODD_FLAGS), (("jid", s.jid()),)),
        Fork(pid, taken),
        ForkBegin(pid, taken),
        ForkEnd(taken),
        Hold(pid, held),
        Drop("r0"),
        Hold(born, "r0"),
        Fork(born, s.next_pid),
        JailGet(born, D, (("jid", s.jid()),)),
        JailAttach(born, s.jid()),
        JailRemove(born, s.jid()),
        Exit(born) if born in s.born else ForkEnd(born),
    )
    s.calls.append(s.pick(calls))


def long_name(s: Sketch) -> str:
    """A name about as long as its buffer."""
    return "x" * (252 + int(s.random() * 5))


def and_more(s: Sketch, *given: tuple[str, Value]) -> Params:
    """These parameters and up to three others, each once."""
    others = dict(s.pick(PARAMS)(s) for _ in range(int(s.random() * 4)))
    return tuple((others | dict(given)).items())


def poke(s: Sketch) -> None:
    """Bring a jid counter near its end."""
    near = s.pick((1, 2, 3, 999998, 999999))
    s.calls.append(Poke(lastprid=near) if s.random() < 0.5 else Poke(lastdeadid=near))


OPS: Final[dict[Op, float]] = {
    jail_set: 30,
    jail_get: 14,
    jail_remove: 9,
    jail_attach: 7,
    fork: 8,
    exit_: 8,
    hold: 7,
    drop: 6,
    zombie: 7,
    family: 3,
    below: 1.5,
    squeeze: 1.5,
    network: 1.5,
    odd: 1.5,
    fork_halves: 3,
    race: 1.0,
    poke: 0.3,
}


def addresses(s: Sketch, pool: Sequence[str]) -> tuple[str, ...]:
    """Some addresses."""
    return s.sample(pool, int(s.random() * 4) % (len(pool) + 1))


PARAMS: Final[tuple[Maker, ...]] = (
    lambda s: ("children.max", s.pick((0, 1, 2, 3, 5, -1, 999999))),
    lambda s: ("securelevel", s.pick((-1, 0, 1, 2, 3, -5))),
    lambda s: ("enforce_statfs", s.pick((0, 1, 2, 2, 3))),
    lambda s: ("devfs_ruleset", s.pick((0, 4, 7, 65536))),
    lambda s: ("host.hostname", s.pick(("h1", "h2.example.org", ""))),
    lambda s: ("host.hostid", s.pick((1, 2))),
    lambda s: ("host", s.pick(("new", "inherit", "disable"))),
    lambda s: ("vnet", s.pick(("new", "inherit"))),
    lambda s: ("ip4", s.pick(("new", "inherit", "disable"))),
    lambda s: ("ip6", s.pick(("new", "inherit", "disable"))),
    lambda s: ("ip4.addr", addresses(s, ADDRS4)),
    lambda s: ("ip6.addr", addresses(s, ADDRS6)),
    lambda s: s.pick(NO_ADDRS),
    lambda s: (s.pick(("nopersist", "ip4.nosaddrsel", "allow.nochflags", "allow.nosuser")), True),
    lambda s: ("host.domainname", s.pick(("d1", ""))),
    lambda s: ("host.hostuuid", s.pick(("u1", "u" * 63, "u" * 64))),
    lambda s: ("ip4.saddrsel", s.chance(0.5)),
    lambda s: (s.pick(ALLOW), s.chance(0.6)),
    lambda s: ("path", s.pick(("/", "/jails/a", "sub/../x"))),
    lambda s: ("path", s.pick(("/missing", "/srv/file", "/file/x"))),
    lambda s: ("osrelease", s.pick(("15.0-RELEASE", "x" * 31))),
    lambda s: ("osreldate", s.pick((1500000, 0))),
    lambda s: (s.pick(("bogus", "dying", "allow.bogus")), True),
    lambda s: ("name", s.pick(("x" * 250, "y" * 120, "a." + "z" * 100))),
    lambda s: ("name", s.pick(("", "a.")) + long_name(s)),
)
