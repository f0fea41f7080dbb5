from collections import Counter

from hypothesis import given

from fuzz.kernels.registry import DESCRIPTORS
from fuzz.search.generator.generate import generate
from prison.call import Call
from prison.clone import clone
from prison.freeze import freeze
from prison.kernel import Kernel
from prison.state import File, Prison, Proc, Ucred
from prison.step import step
from tests.prison.test_freeze import run
from tests.tools import MODELS, PROGRAMS, boot, both_models

OBJECTS = (Kernel, Prison, Ucred, Proc, File, dict, list)
JOURNAL = {"before", "undo", "counters"}


def reach(value: object, found: dict[int, object]) -> None:
    """Collect all that can change and is to be reached from here, by identity."""
    if id(value) in found or not isinstance(value, OBJECTS):
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
        [(name, *(pr.seq for pr in found)) for name, found in k.names.items()],
        [(addr, *(pr.seq for pr in found)) for addr, found in k.addrs.items()],
        [pr.seq for pr in k.garbled],
        [[*pr.children] for pr in k.allprison],
        [[*pr.procs] for pr in k.allprison],
    )


@both_models
@given(PROGRAMS)
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


@both_models
@given(PROGRAMS)
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


@both_models
@given(PROGRAMS, PROGRAMS)
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
    """A clone has files of its own, shared as in the original, and the texts of modules."""
    full = Counter[str]()
    for number in range(60):
        program = generate(3, number, descriptors=True)
        k = Kernel(program.jail_max)
        for call in program.calls:
            if DESCRIPTORS.step(k, call).panicked:
                k.rollback()
                break
        twin = clone(k)
        assert freeze(twin) == freeze(k)
        ours: dict[int, object] = {}
        theirs: dict[int, object] = {}
        reach(k, ours)
        reach(twin, theirs)
        shared = {id_: obj for id_, obj in ours.items() if id_ in theirs}
        assert not shared
        full.update({name for name in ("fds", "osd") if getattr(k, name)})
    assert min(full["fds"], full["osd"]) > 5
