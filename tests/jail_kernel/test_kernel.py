from collections.abc import Callable

import pytest
from hypothesis import given

from jail_kernel import allow
from jail_kernel.call import Call, Errno
from jail_kernel.clone import clone
from jail_kernel.kernel import Kernel, c_string
from jail_kernel.state import JAIL_MAX, NAME_SIZE, Prison, Proc, ProcState, Ucred, was
from tests.tools import (
    MODELS,
    PROGRAMS,
    Machine,
    boot,
    both_models,
    creds,
    fails,
    image,
    prisons,
    succeeded,
)

A, B, C = b"\x0a\0\0\1", b"\x0a\0\0\2", bytes(15) + b"\1"


# BOOT


def test_prison0() -> None:
    """prison0 has the values of the recorder."""
    pr = Kernel().prison0
    assert (pr.jid, pr.name, pr.path, pr.root, pr.state) == (0, "0", "/", "/", "alive")
    assert (pr.childmax, pr.childcount, pr.securelevel) == (999999, 0, -1)
    assert (pr.enforce_statfs, pr.devfs_ruleset, pr.osreldate) == (0, 0, 1400097)
    assert (pr.osrelease, pr.hostname, pr.domainname) == (
        "14.0-RELEASE",
        "host.example.org",
        "example.org",
    )
    assert (pr.hostid, pr.hostuuid) == (305419896, "00000000-0000-0000-0000-000000000000")
    assert (pr.host, pr.vnet, pr.ip4_user, pr.ip6_user) == (True, True, False, False)
    assert (pr.allow, pr.parent, pr.persist) == (allow.PRISON0, pr, False)
    assert (c_string(pr.buf, 0), c_string(pr.buf, NAME_SIZE)) == ("0", "/")


def test_boot() -> None:
    """There is one process, in prison0, and no jail; the counters are 0."""
    k = Kernel()
    assert [(p.pid, p.state, p.cred.prison) for p in k.procs.values()] == [
        (1, ProcState.RUNNING, k.prison0)
    ]
    assert (k.allprison, k.resources, k.lastprid, k.lastdeadid) == ([], {}, 0, 0)
    assert (k.prison0.ref, k.prison0.uref) == (2, 2)


def test_jail_max() -> None:
    """A kernel can be built for fewer jails."""
    assert Kernel(6).prison0.childmax == 6
    assert Kernel().jail_max == JAIL_MAX


def test_a_host_is_carried_along() -> None:
    """What stands around a kernel is taken back with the op that changed it, and cloned."""
    k = Kernel()
    k.begin()
    k.set_host("before")
    k.begin()
    k.set_host("after")
    assert clone(k).host == "after"
    k.rollback()
    assert k.host == "before"


# LISTS


def test_allprison_is_sorted() -> None:
    """allprison is by jid, children by age."""
    k = Kernel()
    made = [k.new_prison(jid, k.prison0) for jid in (5, 2, 9)]
    assert [pr.jid for pr in k.allprison] == [2, 5, 9]
    assert list(k.prison0.children.values()) == made
    k.unlink(made[0])
    assert [pr.jid for pr in k.allprison] == [2, 9]
    assert k.prid == {2: made[1], 9: made[2]}
    assert list(k.prison0.children.values()) == made[1:]


def test_renumber() -> None:
    """A jail with a new jid is at its new place, and the old jid is free."""
    k = Kernel()
    one, two = k.new_prison(1, k.prison0), k.new_prison(2, k.prison0)
    k.renumber(one, 7)
    assert k.allprison == [two, one]
    assert k.prid == {2: two, 7: one}
    assert one.jid == 7


def test_names() -> None:
    """The index knows every name and who has it."""
    k = Kernel()
    one, two = k.new_prison(1, k.prison0), k.new_prison(2, k.prison0)
    for pr in (one, two):
        k.set_name(pr, "x\0" + pr.buf[2:])
    assert k.names == {"x": {one: None, two: None}}
    k.unlink(one)
    k.set_name(two, "y\0" + two.buf[2:])
    assert k.names == {"y": {two: None}}


def test_name_and_path_lie_side_by_side() -> None:
    """A name without a NUL runs on into the path."""
    k = Kernel()
    pr = k.new_prison(1, k.prison0)
    k.set_name(pr, "x" * NAME_SIZE + "/y\0z")
    assert (pr.name, pr.path) == ("x" * NAME_SIZE + "/y", "/y")


def test_addrs() -> None:
    """The index knows every address and who has it."""
    k = Kernel()
    one, two = k.new_prison(1, k.prison0), k.new_prison(2, k.prison0)
    k.set_addrs(one, "ip4", (A, B))
    k.set_addrs(two, "ip4", (B,))
    k.set_addrs(two, "ip6", (C,))
    assert k.addrs == {A: {one: None}, B: {one: None, two: None}, C: {two: None}}
    k.set_addrs(two, "ip4", None)
    k.unlink(one)
    assert k.addrs == {C: {two: None}}
    k.unlink(two)
    assert k.addrs == {}


def test_garbled() -> None:
    """A name that does not extend the parent's is noted, and so is one that its parent left."""
    k = Kernel()
    one = k.new_prison(1, k.prison0)
    two = k.new_prison(2, one)
    k.set_name(one, "a".ljust(NAME_SIZE, "\0"))
    assert list(k.garbled) == [two]
    k.set_name(two, "a.b".ljust(NAME_SIZE, "\0"))
    assert list(k.garbled) == []
    k.set_name(one, "z".ljust(NAME_SIZE, "\0"))
    assert list(k.garbled) == [two]
    k.unlink(two)
    assert list(k.garbled) == []


@pytest.mark.parametrize(
    ("offset", "seen"),
    [(0, "ab"), (1, "b"), (2, ""), (3, "cd"), (5, ""), (6, "ef"), (8, ""), (9, "")],
)
def test_c_string(offset: int, seen: str) -> None:
    """A C reader sees what there is from its offset to the next NUL, or to the end."""
    assert c_string("ab\0cd\0ef", offset) == seen


# ROLLBACK


def undone(k: Kernel, action: Callable[[], object]) -> bool:
    """True if the action changes something and rolling it back leaves nothing of it."""
    before = image(k)
    k.begin()
    action()
    changed = image(k)
    k.rollback()
    return changed != before == image(k)


def nested() -> tuple[Kernel, Prison, Prison]:
    k = Kernel()
    one = k.new_prison(1, k.prison0)
    two = k.new_prison(2, one)
    k.set_name(one, "a".ljust(NAME_SIZE, "\0") + "/a")
    k.set_addrs(one, "ip4", (A, B))
    k.set_addrs(two, "ip6", (C,))
    k.set_resource("r", k.procs[1].cred)
    return k, one, two


def test_rollback_of_each_change() -> None:
    """Each change of a list is undone, and a new object leaves no trace."""
    k, one, two = nested()
    assert undone(k, lambda: k.new_prison(3, one))
    assert undone(k, lambda: k.unlink(two))
    assert undone(k, lambda: k.renumber(one, 7))
    assert undone(k, lambda: k.set_name(one, "b".ljust(NAME_SIZE, "\0") + "/b"))
    assert undone(k, lambda: k.set_addrs(one, "ip4", (C,)))
    assert undone(k, lambda: k.add_proc(Proc(2, k.procs[1].cred, ProcState.NEW)))
    assert undone(k, lambda: k.del_proc(k.procs[1]))
    assert undone(k, lambda: k.set_cred(k.procs[1], Ucred(two)))
    assert undone(k, lambda: k.set_resource("s", Ucred(two)))
    assert undone(k, lambda: k.set_resource("r", None))


def test_each_change_keeps_the_image() -> None:
    """Each change of an object keeps its image from before the op."""
    k, one, two = nested()
    init = k.procs[1]
    cred = init.cred
    name = "b".ljust(NAME_SIZE, "\0")
    kept: list[object] = []
    changes: tuple[tuple[Prison | Proc, str, Callable[[], object]], ...] = (
        (one, "jid", lambda: k.renumber(one, 7)),
        (one, "name", lambda: k.set_name(one, name)),
        (one, "ip4", lambda: k.set_addrs(one, "ip4", None)),
        (init, "cred", lambda: k.set_cred(init, Ucred(two))),
        (init, "state", lambda: k.del_proc(init)),
    )
    for obj, attribute, action in changes:
        k.begin()
        action()
        kept.append(was(obj, k.before[obj], attribute))
        k.rollback()
    assert kept == [1, "a", (A, B), cred, ProcState.RUNNING]


def test_rollback_of_several_changes() -> None:
    """Changes that build on each other are undone in reverse order."""
    k, one, two = nested()

    def action() -> None:
        k.renumber(two, 9)
        k.set_addrs(two, "ip6", None)
        k.set_name(two, "x".ljust(NAME_SIZE, "\0") + "/x")
        k.unlink(two)
        k.renumber(one, 2)
        k.lock(one)
        one.ref, one.persist = 8, True
        k.lastprid, k.lastdeadid = 4, 5
        k.set_cred(k.procs[1], Ucred(k.new_prison(1, one)))
        k.del_proc(k.procs[1])

    assert undone(k, action)


def test_rollback_leaves_an_empty_journal() -> None:
    """What was rolled back once is not rolled back again."""
    k = Kernel()
    k.begin()
    k.new_prison(1, k.prison0)
    k.rollback()
    assert (k.before, k.undo) == ({}, [])
    k.rollback()
    assert k.allprison == []


def test_lock_keeps_the_first_image() -> None:
    """The image is that from before the op, however often the object is locked."""
    k = Kernel()
    k.begin()
    for ref in (7, 8):
        k.lock(k.prison0)
        k.prison0.ref = ref
    assert was(k.prison0, k.before[k.prison0], "ref") == 2


def test_begin_forgets_the_last_op() -> None:
    """An op that was not rolled back stays."""
    k = Kernel()
    k.lastprid = 3
    k.new_prison(1, k.prison0)
    k.begin()
    k.rollback()
    assert [pr.jid for pr in k.allprison] == [1]
    assert (k.lastprid, k.seq) == (3, 1)


@pytest.mark.parametrize(
    "change",
    [Kernel.unlink, lambda k, pr: k.renumber(pr, 9), lambda k, pr: k.bury(pr, 9)],
    ids=["unlink", "renumber", "bury"],
)
def test_rollback_restores_the_place(change: Callable[[Kernel, Prison], None]) -> None:
    """Rolled back, a jail stands in allprison behind the buried one with its jid, as before."""
    k = Kernel()
    pr = k.new_prison(5, k.prison0)
    k.bury(k.new_prison(7, k.prison0), 5)
    assert k.allprison[-1] is pr
    k.begin()
    change(k, pr)
    k.rollback()
    assert k.allprison[-1] is pr


@both_models
def test_rollback_of_a_failed_call(model: str) -> None:
    """A create that fails late has used up a jid; rolled back, not even that."""
    m = boot(model)
    assert m.set("C", persist=True, bogus=1) == fails(Errno.EINVAL, "unknown parameter: bogus")
    assert m.k.lastprid == 1
    m.k.rollback()
    assert image(m.k) == image(Kernel())


@pytest.mark.parametrize("model", MODELS)
@given(program=PROGRAMS)
def test_rolled_back_calls_leave_nothing(model: str, program: list[Call]) -> None:
    """A kernel that tries each call and takes it back equals one that never saw the call, and
    answers it the same way when it comes for good.
    """
    tried, plain = Machine(model), Machine(model)
    for call in program:
        before = image(plain.k)
        first = tried.call(call)
        tried.k.rollback()
        assert image(tried.k) == before
        if first.panicked:
            return  # A panic: here the program ends.
        assert (tried.call(call), plain.call(call)) == (first, first)
        assert image(tried.k) == image(plain.k)


def pictures(k: Kernel) -> dict[object, object]:
    """One picture of each object, by the object."""
    found: dict[object, object] = {pr: pr.image() for pr in prisons(k)}
    found |= {cred: (cred.prison, cred.ref) for cred in creds(k)}
    found |= {p: (p.pid, p.state, p.cred) for p in k.procs.values()}
    return found


@pytest.mark.parametrize("model", MODELS)
@given(program=PROGRAMS)
def test_journal_has_all_that_changed(model: str, program: list[Call]) -> None:
    """Whatever an op changes has its image from before the op in the journal."""
    m = Machine(model)
    for call in program:
        before = pictures(m.k)
        result = m.call(call)
        after = pictures(m.k)
        changed = {obj for obj, picture in before.items() if after.get(obj, picture) != picture}
        assert changed <= set(m.k.before), call
        if result.panicked:
            return


@pytest.mark.parametrize("model", MODELS)
@given(program=PROGRAMS)
def test_indexes_agree_with_the_list(model: str, program: list[Call]) -> None:
    """After each op every index says what a walk over allprison finds."""
    m = Machine(model)
    for call in program:
        result = m.call(call)
        if result.panicked:
            return
        k = m.k
        assert [pr.jid for pr in k.allprison] == sorted(pr.jid for pr in k.allprison)
        assert k.prid == {pr.jid: pr for pr in k.allprison if pr not in k.buried}
        assert set(k.buried) <= set(k.allprison)
        for pr in k.allprison:
            assert (pr in k.names.get(pr.name, {})) is (pr not in k.buried)
            assert pr.parent.children[pr.seq] is pr
        assert sum(map(len, k.names.values())) == len(k.allprison) - len(k.buried)
        assert sum(len(pr.children) for pr in prisons(k)) == len(k.allprison)
        has = {(addr, pr) for pr in k.allprison for addr in (pr.ip4 or ()) + (pr.ip6 or ())}
        assert {(addr, pr) for addr, found in k.addrs.items() for pr in found} == has
        assert set(k.garbled) == {
            pr
            for pr in k.allprison
            if pr.parent is not k.prison0 and not pr.name.startswith(pr.parent.name + ".")
        }
        for pr in prisons(k):
            assert pr.procs == {p.pid: p for p in k.procs.values() if p.cred.prison is pr}


@both_models
def test_name_index_follows_a_rename(model: str) -> None:
    """A renamed family is found by its new names only."""
    m = boot(model)
    m.make("a", {"children.max": 1})
    m.make("a.b")
    succeeded(m.set("U", jid=1, name="z"))
    assert set(m.k.names) == {"z", "z.b"}


# BURIED JAILS


def three_in_a_row() -> tuple[Kernel, list[Prison]]:
    """A kernel with three jails, of jids 1 to 3, all named alike."""
    k = Kernel()
    found = [k.new_prison(jid, k.prison0) for jid in (1, 2, 3)]
    for pr in found:
        k.set_name(pr, "a".ljust(NAME_SIZE, "\0") + "/")
    k.begin()
    return k, found


def test_a_buried_jail_is_not_found() -> None:
    """No jid and no name finds it, but it stands in the list and below its parent."""
    k, (one, two, three) = three_in_a_row()
    k.bury(two, 9)
    assert k.allprison == [one, three, two]
    assert (k.prid, list(k.names["a"])) == ({1: one, 3: three}, [one, three])
    assert (two.jid, k.has(two), two in k.prison0.children.values()) == (9, True, True)
    assert k.buried_now == [2]


def test_several_are_buried_under_one_jid() -> None:
    """Each is freed for itself, and others can take the jid."""
    k, (one, two, three) = three_in_a_row()
    for pr in (one, two, three):
        k.bury(pr, 9)
    fresh = k.new_prison(9, k.prison0)
    k.unlink(two)
    assert k.allprison == [fresh, three, one]
    assert (k.prid, list(k.buried)) == ({9: fresh}, [one, three])


def test_a_burial_is_taken_back() -> None:
    """Rolled back, the jail has its jid and its name again, also if it was freed since."""
    k, (one, two, three) = three_in_a_row()
    before = image(k)
    k.bury(two, 9)
    k.set_name(two, "b".ljust(NAME_SIZE, "\0") + "/")
    k.unlink(two)
    k.bury(one, 1)
    k.rollback()
    assert image(k) == before
    assert k.allprison == [one, two, three]
