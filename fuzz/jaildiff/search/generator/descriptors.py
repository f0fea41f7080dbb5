"""Ops and parameters for kernels with jail descriptors, meta and env."""

from jail_kernel import allow
from jail_kernel.call import (
    JAIL_AT_DESC,
    JAIL_GET_DESC,
    JAIL_OWN_DESC,
    JAIL_USE_DESC,
    Call,
    Close,
    Fork,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemoveJd,
    JailSet,
    Params,
    Value,
    Wish,
)
from jaildiff.search.generator.sketch import Maker, Op, Sketch
from jaildiff.search.generator.vocabulary import FLAGS, MARKS, A, C, D, U

USE, AT, GET, OWN = JAIL_USE_DESC, JAIL_AT_DESC, JAIL_GET_DESC, JAIL_OWN_DESC
DESC_FLAGS = USE | AT | GET | OWN
ODD_FDS = (0, 1, 9, 63, 64, -1)
KEYS = ("", ".a", ".b", ".aa", ".noa", ".a.b", ".", "x")
TEXTS: tuple[Value, ...] = (
    "x",
    "",
    "a=1\nb=2",
    "aa=9\na=1\n",
    "a=1\na=2",
    "l1\nl2",
    True,
    False,
    -1,
    5,
)
LONG_TEXT = "v" * 2100  # two of them do not fit
WISHES: tuple[Wish, ...] = (
    ("meta", None),
    ("env", None),
    ("meta.a", None),
    ("env.b", 16),
    ("meta", 0),
    ("meta.noa", 2),
    ("bogus", None),
)


def fd(s: Sketch) -> int:
    """The number of a descriptor: mostly an opened one, seldom an odd one."""
    if s.random() < 0.9:
        return 3 + int(s.random() ** 3 * min(max(s.opened, 1), 6))
    return s.pick(ODD_FDS)


def opener(s: Sketch) -> int:
    """A process to open or use a descriptor: mostly the first one."""
    return 1 if s.random() < 0.6 else s.pid()


def jail_keys(s: Sketch) -> tuple[tuple[str, int | str], ...]:
    """A jid and a name."""
    return ("jid", s.jid()), ("name", s.name())


def target(s: Sketch) -> Params:
    """The jid or the name of a jail, or neither."""
    return s.pick(((jail_keys(s)[0],), (jail_keys(s)[1],), ()))


def get_or_own(s: Sketch) -> int:
    """Flags that ask for a descriptor, or sometimes none."""
    return s.pick((0, GET, GET, OWN, OWN, GET | OWN))


def open_new(s: Sketch) -> None:
    """Create or update a jail and get a descriptor."""
    flags = s.pick((C, C, C, C | A, C | U, U)) | s.pick((GET, GET, OWN))
    more: Params = (("persist", s.random() < 0.8), ("children.max", s.pick((0, 2, 5))))
    s.calls.append(JailSet(opener(s), flags, once(("desc", -1), *target(s), *more)))
    s.opened += 1


def open_known(s: Sketch) -> None:
    """Get a descriptor of an existing jail, perhaps a dying one."""
    by = s.pick((*jail_keys(s), ("lastjid", s.jid()), ("lastjid", 0)))
    flags = s.pick((GET, GET, OWN)) | (D if s.random() < 0.5 else 0)
    want = (s.pick(WISHES),) if s.random() < 0.15 else ()
    s.calls.append(JailGet(opener(s), flags, (("desc", -1), by), want))
    s.opened += 1


def use(s: Sketch) -> None:
    """jail_set or jail_get for the jail of a descriptor."""
    pid, desc = opener(s), ("desc", fd(s))
    if s.random() < 0.4:
        flags = USE | s.pick((0, 0, D, GET, OWN))
        s.calls.append(JailGet(pid, flags, (desc,)))
        return
    flags = USE | s.pick((U, U, U, C, C | U, U | A, C | A)) | s.pick((0, 0, get_or_own(s)))
    marks = s.sample(MARKS, int(s.random() * 2))
    persist: Params = (("persist", s.random() < 0.6),) if s.random() < 0.6 else ()
    s.calls.append(JailSet(pid, flags, once(desc, *target(s), *persist, *marks)))


def work_at(s: Sketch) -> None:
    """jail_set or jail_get below the jail of a descriptor."""
    pid, desc = opener(s), ("desc", fd(s))
    if s.random() < 0.5:
        flags = AT | s.pick((0, D, GET, OWN))
        key = s.pick((*jail_keys(s), ("lastjid", 0)))
        s.calls.append(JailGet(pid, flags, (desc, key)))
        return
    flags = AT | s.pick((C, C, C | A, C | U, U)) | s.pick((0, 0, get_or_own(s)))
    s.calls.append(JailSet(pid, flags, once(desc, *target(s), ("persist", True))))


def attach_jd(s: Sketch) -> None:
    """jail_attach_jd, mostly by a fresh process so that the host stays outside."""
    pid = opener(s)
    if pid == 1 and s.random() < 0.9:
        child = s.new_pid()
        s.calls.append(Fork(pid, child))
        s.pids.append(child)
        pid = child
    s.calls.append(JailAttachJd(pid, fd(s)))


def remove_jd(s: Sketch) -> None:
    """jail_remove_jd."""
    s.calls.append(JailRemoveJd(opener(s), fd(s)))


def close(s: Sketch) -> None:
    """close."""
    s.calls.append(Close(opener(s), fd(s)))


def texts(s: Sketch) -> None:
    """Set and read meta and env."""
    text = s.pick(("meta", "env"))
    given: dict[str, Value] = {}
    for _ in range(1 + s.pick((0, 1))):
        given[text + s.pick(KEYS)] = s.pick((*TEXTS, LONG_TEXT))
    flags = s.pick((C, C | A, U, U, C | U))
    persist: Params = (("persist", True),) if flags & C else ()
    jail = s.pick(jail_keys(s))
    s.calls.append(JailSet(s.pid(), flags, once(jail, *persist, *given.items())))
    if s.random() < 0.5:
        want = tuple(s.pick(WISHES) for _ in range(1 + s.pick((0, 1))))
        s.calls.append(JailGet(s.pid(), D, (jail,), want))


def unprivileged(s: Sketch) -> None:
    """Let a process in a jail open a descriptor there; then the jail loses its privilege."""
    pid, jid = s.new_pid(), s.jid()
    made: Params = (("jid", jid), ("persist", True), ("children.max", 3))
    below: Params = (("desc", -1), ("name", s.name()), ("persist", True))
    s.calls += (
        Fork(1, pid),
        JailSet(1, C, made),
        JailAttach(pid, jid),
        JailSet(pid, C | s.pick((GET, OWN)), below),
        JailSet(1, U, (("jid", jid), ("allow.suser", False))),
    )
    s.pids.append(pid)
    s.opened += 1


def misused(s: Sketch) -> None:
    """Use flags of descriptors without a descriptor, or the reverse."""
    flags = s.pick(FLAGS) | s.pick((0, USE, AT, GET, OWN, USE | AT, USE | GET, AT | OWN))
    desc: Params = (("desc", s.pick((fd(s), "abc", "x", None, True, False))),)
    calls: tuple[Call, ...] = (
        JailSet(s.pid(), flags, once(*target(s), ("persist", True))),
        JailSet(s.pid(), flags, once(*target(s), *desc, ("persist", True))),
        JailGet(s.pid(), flags & ~(C | U | A), (("jid", s.jid()),)),
        JailGet(s.pid(), s.pick((0, D, GET, USE | AT)), (("desc", fd(s)), ("jid", s.jid()))),
        JailGet(s.pid(), USE, (("desc", fd(s)), ("lastjid", s.jid()))),
    )
    s.calls.append(s.pick(calls))


def once(*given: tuple[str, Value]) -> Params:
    """These parameters, each once."""
    return tuple(dict(given).items())


DESC_OPS: dict[Op, float] = {
    open_new: 14,
    open_known: 10,
    use: 12,
    work_at: 8,
    attach_jd: 8,
    remove_jd: 7,
    close: 10,
    texts: 6,
    unprivileged: 1.5,
    misused: 2,
}
DESC_MAKERS: tuple[Maker, ...] = (
    lambda s: (s.pick(("meta", "env")) + s.pick(KEYS), s.pick(TEXTS)),
    lambda s: (s.pick(allow.LATER), s.chance(0.6)),
)
