import pytest
from hypothesis import given

from jail_kernel.call import JAIL_UPDATE, Call, Close, JailSet
from jail_kernel.clone import clone
from jail_kernel.freeze import freeze
from jail_kernel.kernel import Kernel
from jail_kernel.state import File, Prison, Proc, Ucred
from jail_kernel.step import step
from tests.jail_kernel.test_freeze import run
from tests.tools import DESC_PROGRAMS, MODELS, PROGRAMS, boot

all_models = pytest.mark.parametrize("model", MODELS)  # any of which can run any program
ANY_PROGRAMS = PROGRAMS | DESC_PROGRAMS
MUTABLE = (Kernel, Prison, Ucred, Proc, File, dict, list)
JOURNAL = {"before", "undo", "counters"}


def reach(value: object, found: dict[int, object]) -> None:
    """Collect all that can change and is to be reached from here, by identity."""
    if id(value) in found or not isinstance(value, MUTABLE):
        return
    found[id(value)] = value
    if isinstance(value, dict):
        inside = [*value, *value.values()]
    else:
        inside = [*(value if isinstance(value, list) else vars(value).values())]
    for each in inside:
        reach(each, found)


def orders(k: Kernel) -> tuple[object, ...]:
    """Everything that has an order of its own."""
    return (
        [pr.seq for pr in k.allprison],
        [[*k.procs], [*k.resources], [*k.prid]],
        [[(pid, *table) for pid, table in k.fds.items()], [pr.seq for pr in k.osd]],
        [(name, *(pr.seq for pr in found)) for name, found in k.names.items()],
        [(addr, *(pr.seq for pr in found)) for addr, found in k.addrs.items()],
        [pr.seq for pr in k.garbled],
        [[*pr.children] for pr in k.allprison],
        [[*pr.procs] for pr in k.allprison],
    )


@all_models
@given(ANY_PROGRAMS)
def test_nothing_is_shared(model: str, calls: list[Call]) -> None:
    """A clone holds the same in the same order, and no object of the original."""
    k = run(model, calls).k
    twin = clone(k)
    assert (twin.before, twin.undo) == ({}, [])
    assert freeze(twin) == freeze(k)
    assert orders(twin) == orders(k)
    assert (twin.seq, twin.counters) == (k.seq, (k.lastprid, k.lastdeadid, k.seq))
    ours: dict[int, object] = {}
    theirs: dict[int, object] = {}
    reach(k, ours)
    reach(twin, theirs)
    assert not ours.keys() & theirs.keys()


@all_models
@given(ANY_PROGRAMS)
def test_every_attribute_is_cloned(model: str, calls: list[Call]) -> None:
    """No attribute of a kernel is forgotten: each is as full as the original's."""
    k = run(model, calls).k
    twin = clone(k)
    assert vars(twin).keys() == vars(k).keys()
    for name in vars(k).keys() - JOURNAL:
        value, copy = getattr(k, name), getattr(twin, name)
        if isinstance(value, dict | list):
            assert len(copy) == len(value), name
        elif isinstance(value, int):
            assert copy == value, name


@all_models
@given(ANY_PROGRAMS, ANY_PROGRAMS)
def test_a_clone_goes_its_own_way(model: str, calls: list[Call], more: list[Call]) -> None:
    """Whatever is called next, the clone answers the same, and the original is left alone."""
    k, handlers = run(model, calls).k, MODELS[model]
    before = freeze(k)
    twin, other = clone(k), clone(k)
    for call in more:
        result = step(twin, handlers, call)
        assert step(other, handlers, call) == result
        if result.errno is None and result.ret is None:
            break
        assert [obj.image() for obj in other.before] == [obj.image() for obj in twin.before]
    assert freeze(k) == before


def test_what_a_broken_kernel_still_points_at() -> None:
    """A jail that was freed too early goes along with the process in it."""
    machine = boot()
    machine.make("a")
    machine.enter(1, 2)
    freed = machine.k.prid[1]
    machine.k.unlink(freed)
    twin = clone(machine.k)
    left = twin.procs[2].cred.prison
    assert (left.name, left.parent, twin.allprison) == ("a", twin.prison0, [])
    assert left is not freed


def test_open_files_and_texts() -> None:
    """A file that is shared stays shared, with its own jail and opener; texts go along."""
    machine = boot("descriptors")
    machine.set("CO", {"name": "a", "persist": True, "meta": "m", "env": "e", "desc": -1})
    machine.set("CG", {"name": "b", "persist": True, "desc": -1})
    machine.fork(2)
    machine.close(3, pid=2)
    k = machine.k
    twin = clone(k)
    assert freeze(twin) == freeze(k)
    assert twin.osd == {twin.prid[1]: {"meta": "m", "env": "e"}}
    own, shared = twin.fds[1][3], twin.fds[1][4]
    assert own is not None
    assert shared is not None
    assert twin.fds[2] == {0: None, 1: None, 2: None, 4: shared}
    assert (own.prison, own.owning, own.ref) == (twin.prid[1], True, 1)
    assert (shared.prison, shared.owning, shared.ref) == (twin.prid[2], False, 2)
    assert own.cred is shared.cred is twin.procs[1].cred
    before = freeze(k)
    step(twin, MODELS["descriptors"], Close(1, 3))
    step(twin, MODELS["descriptors"], JailSet(1, JAIL_UPDATE, (("jid", 2), ("meta", "n"))))
    assert (1 in twin.prid, twin.osd) == (False, {twin.prid[2]: {"meta": "n"}})
    assert freeze(k) == before
