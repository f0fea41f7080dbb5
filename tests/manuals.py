"""What the tests of the manual pages share."""

from jail_kernel.call import Errno, Result
from tests.tools import Machine, Named, boot

PERSIST = {"persist": True}
BOUND: Named = {
    "children.max": 4,
    "securelevel": 2,
    "enforce_statfs": 1,
    "devfs_ruleset": 7,
    "ip4.addr": ("10.0.0.1",),
}


def errno_of(result: Result) -> Errno | None:
    return result.errno


def nested(model: str) -> Machine:
    """foo (1), foo.bar (2), foo.bar.baz (3) and other (4); process 2 in foo, process 3 in bar."""
    m = boot(model)
    m.make("foo", {"children.max": 9, "path": "/foo"})
    m.make("foo.bar", {"children.max": 8, "path": "/foo/bar"})
    m.make("foo.bar.baz")
    m.make("other")
    m.enter(1, 2)
    m.enter(2, 3)
    return m


def walk(m: Machine, flags: str = "", *, pid: int = 1) -> list[int]:
    """The jids that a walk by lastjid meets, as jls(8) walks."""
    jids = [0]
    while (found := m.get(flags, pid=pid, lastjid=jids[-1])).ret is not None:
        jids.append(found.ret)
    return jids[1:]
