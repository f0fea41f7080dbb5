"""What only this kernel has takes part in whatever is done with a kernel's state."""

from contextlib import suppress

from hypothesis import given

from jail_kernel.call import Call
from jail_kernel.freeze import freeze, open_files, thaw
from jail_kernel.kernel import Kernel
from jail_kernel.step import step
from tests.tools import DESC_PROGRAMS, MODELS, Machine, boot, creds, image, prisons, succeeded


def run(calls: list[Call]) -> Machine:
    """A machine after these calls, up to a panic."""
    m = boot("descriptors", jail_max=8)
    for call in calls:
        result = m.call(call)
        if result.errno is None and result.ret is None:
            m.k.rollback()
            break
    return m


@given(DESC_PROGRAMS)
def test_round_trip(calls: list[Call]) -> None:
    """A thawed kernel holds the same files and texts, and is frozen to the same data."""
    k = run(calls).k
    frozen = freeze(k)
    thawed = thaw(frozen)
    assert freeze(thawed) == frozen
    assert len(open_files(thawed)) == len(open_files(k))
    assert [pr.jid for pr in thawed.osd] == [pr.jid for pr in prisons(thawed) if pr in thawed.osd]


@given(DESC_PROGRAMS, DESC_PROGRAMS)
def test_a_thawed_kernel_goes_on_as_the_frozen_one(calls: list[Call], more: list[Call]) -> None:
    """Whatever is called next, both give the same answers and come to the same state."""
    k = run(calls).k
    thawed = thaw(freeze(k))
    for call in more:
        result = step(k, MODELS["descriptors"], call)
        assert step(thawed, MODELS["descriptors"], call) == result
        if result.errno is None and result.ret is None:
            break
        assert freeze(thawed) == freeze(k)


@given(DESC_PROGRAMS)
def test_rolled_back_calls_leave_nothing(calls: list[Call]) -> None:
    """A kernel that tries each call and takes it back equals one that never saw the call."""
    tried, plain = boot("descriptors"), boot("descriptors")
    for call in calls:
        before = image(plain.k)
        first = tried.call(call)
        tried.k.rollback()
        assert image(tried.k) == before
        if first.errno is None and first.ret is None:
            return
        assert (tried.call(call), plain.call(call)) == (first, first)
        assert image(tried.k) == image(plain.k)


def pictures(k: Kernel) -> dict[object, object]:
    """One picture of each object, by the object."""
    found: dict[object, object] = {pr: (pr.image(), k.osd.get(pr)) for pr in prisons(k)}
    found |= {cred: (cred.prison, cred.ref) for cred in creds(k)}
    found |= {file: file.image() for file in open_files(k)}
    return found | {p: (p.pid, p.state, p.cred) for p in k.procs.values()}


@given(DESC_PROGRAMS)
def test_journal_has_all_that_changed(calls: list[Call]) -> None:
    """Whatever an op changes has its image from before the op in the journal."""
    m = boot("descriptors")
    for call in calls:
        before = pictures(m.k)
        result = m.call(call)
        after = pictures(m.k)
        changed = {obj for obj, picture in before.items() if after.get(obj, picture) != picture}
        assert changed <= set(m.k.before), call
        if result.errno is None and result.ret is None:
            return


@given(DESC_PROGRAMS)
def test_the_kernel_before_can_go_on_from_here(calls: list[Call]) -> None:
    """From any state of this kernel the other model answers, or breaks down where references are
    missing, and rollback takes it back.
    """
    m = run(calls)
    before = image(m.k)
    for call in calls:
        with suppress(LookupError):
            step(m.k, MODELS["new"], call)
        m.k.rollback()
        assert image(m.k) == before


def test_other_kernels_have_empty_tables() -> None:
    """Nothing is stored for a kernel without descriptors, whatever its processes do."""
    m = boot("new")
    m.make("a")
    m.enter(1, 2)
    m.fork(3)
    succeeded(m.remove(1))
    assert (m.k.fds, m.k.osd) == ({}, {})
    assert freeze(m.k)[-3:] == ((), (), ())


def test_a_file_is_journaled_whole() -> None:
    """Taking a jail's death back brings its descriptors back to it."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    succeeded(m.remove_jd(3))
    assert m.files() == {3: None}
    m.k.rollback()
    assert m.files() == {3: 1}
