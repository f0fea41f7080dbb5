import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.call import (
    JAIL_CREATE,
    Call,
    Close,
    Drop,
    Exit,
    Fork,
    Hold,
    JailAttach,
    JailSet,
    Result,
)
from jail_kernel.freeze import open_files
from jail_kernel.kernel import Kernel
from jail_kernel.proc import close, exit_
from jail_kernel.state import Prison, PrisonState, Proc, ProcState
from jail_source.build import is_compiled
from jaildiff.kernels.fault import load
from jaildiff.kernels.invariants import INVARIANTS
from jaildiff.kernels.registry import DESCRIPTORS, KERNELS, NEW, PROPOSALS, Model
from jaildiff.kernels.soundness import sound, still_sound
from jaildiff.programs.commands.command import Op
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from tests.programs import generated, program
from tests.tools import DESC_PROGRAMS, NESTED, PROGRAMS

DAMAGE = {
    "jid": st.integers(-1, 9),
    "name": st.sampled_from(["a", "b", "a.b", "x" * 256]),
    "path": st.sampled_from(["/", "/j"]),
    "state": st.sampled_from(PrisonState),
    "ref": st.integers(-1, 3),
    "uref": st.integers(-1, 3),
    "persist": st.booleans(),
    "childcount": st.integers(0, 3),
    "childmax": st.integers(-1, 9),
    "securelevel": st.integers(-1, 2),
    "enforce_statfs": st.integers(0, 2),
    "vnet": st.booleans(),
    "ip4_restrict": st.booleans(),
    "ip6_restrict": st.booleans(),
    "ip4": st.sampled_from([None, (b"\x0a\0\0\1",), (b"\x0a\0\0\2",)]),
    "ip6": st.sampled_from([None, (b"\1" * 16,)]),
    "allow": st.sampled_from([0, 1, -1]),
}
Change = tuple[int, str, object]  # which jail, counted from prison0; what of it, to what
CHANGES = st.sampled_from([*DAMAGE]).flatmap(
    lambda name: st.tuples(st.integers(0, 9), st.just(name), DAMAGE[name])
)


SHIPPED = KERNELS | PROPOSALS


def holds(k: Kernel) -> bool:
    """Whether all invariants hold, each asked for itself."""
    return not any(True for invariant in INVARIANTS for _ in invariant.broken(k))


def prison_at(k: Kernel, place: int) -> Prison:
    """One of the prisons."""
    prisons = [k.prison0, *k.allprison]
    return prisons[place % len(prisons)]


def ran(model: str, calls: Sequence[Op]) -> Kernel:
    """A kernel after these calls, up to a panic."""
    k = Kernel(16)
    for call in calls:
        if SHIPPED[model].step(k, call).panicked:
            k.rollback()
            break
    return k


MODELS = st.sampled_from(["legacy", "new", *PROPOSALS])
RUNS = st.tuples(MODELS, PROGRAMS) | st.tuples(st.just("descriptors"), DESC_PROGRAMS)
Run = tuple[str, list[Call]]


@given(RUNS, st.lists(CHANGES, max_size=3))
def test_sound_when_all_invariants_hold(run: Run, changes: list[Change]) -> None:
    """One walk says yes exactly when every invariant holds, of whatever damaged kernel."""
    k = ran(*run)
    for place, name, value in changes:
        setattr(prison_at(k, place), name, value)
    assert sound(k) == holds(k)


@pytest.mark.parametrize("name", ["childmax", "securelevel", "enforce_statfs"])
def test_a_limit_beside_that_of_the_parent(name: str) -> None:
    """Of a limit below, at and above the parent's both looks say what the invariants say."""
    found = set()
    for limit, above in product(range(-1, 3), repeat=2):
        k = ran("new", list(NESTED))
        jail, child = k.prid[2], k.prid[3]
        k.begin()
        for pr, value in ((jail, above), (child, limit)):
            k.lock(pr)
            setattr(pr, name, value)
        assert sound(k) == still_sound(k) == holds(k)
        found.add(holds(k))
    assert found == {True, False}


@given(RUNS)
def test_holders_are_known_without_a_look(run: Run) -> None:
    """What each credential and each jail knows of its holders is what all holders come to."""
    k = ran(*run)
    due = Counter([*(p.cred for p in k.procs.values()), *k.resources.values()])
    assert {cred: cred.holders for cred in due} == due
    of_jails = Counter(cred.prison for cred in due)
    assert all(pr.creds == of_jails[pr] for pr in (k.prison0, *k.allprison))


@given(RUNS, st.integers(0, 9), st.sampled_from([-1, 1]))
def test_a_credential_that_counts_wrong(run: Run, which: int, more: int) -> None:
    """A credential with a holder too many or too few is noticed, by a look at all, and by one at
    what was touched.
    """
    k = ran(*run)
    whole = holds(k)
    creds = [p.cred for p in k.procs.values()] or [k.resources[res] for res in k.resources]
    if creds:
        cred = creds[which % len(creds)]
        k.begin()
        k.lock(cred)
        cred.ref += more
        assert not holds(k)
        assert not sound(k)
        assert not (whole and still_sound(k))


@given(RUNS)
def test_a_model_is_still_sound_while_it_is_sound(run: Run) -> None:
    """As long as nothing was broken, what an op touched tells whether something is now."""
    model, calls = run
    k = Kernel(16)
    for call in calls:
        if SHIPPED[model].step(k, call).panicked:
            return
        assert still_sound(k) == holds(k)
        if not holds(k):
            return


@given(RUNS, st.lists(CHANGES, min_size=1, max_size=3))
def test_damage_that_was_locked_is_seen(run: Run, changes: list[Change]) -> None:
    """Whatever is written after a lock: if an invariant breaks by it, the look at it says so."""
    k = ran(*run)
    if not holds(k):
        return
    k.begin()
    for place, name, value in changes:
        pr = prison_at(k, place)
        k.lock(pr)
        setattr(pr, name, value)
    assert holds(k) or not still_sound(k)


def uncounted(k: Kernel, call: Hold | Fork) -> Result:
    """One more holder of the credential of process 1, which takes no reference."""
    cred = k.procs[1].cred
    if isinstance(call, Fork):
        k.add_proc(Proc(call.child, cred, ProcState.RUNNING))
    else:
        k.set_resource(call.res, cred)
    return Result(None, 0)


@pytest.mark.parametrize("call", [Hold(1, "r"), Fork(1, 2)])
def test_a_holder_that_nobody_counts(call: Call) -> None:
    """A call that makes a holder and touches neither credential nor jail is seen through."""
    faulty = replace(NEW, handlers={**NEW.handlers, Hold: uncounted, Fork: uncounted})
    k = Kernel()
    assert faulty.step(k, call).errno is None
    assert still_sound(k) == holds(k) is False


def calls_made(k: Kernel) -> int:
    """How many functions a look at what was touched calls."""
    count = 0

    def called(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        assert still_sound(k)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.skipif(is_compiled(), reason="what is compiled cannot be watched")
def test_a_look_takes_as_long_in_a_crowd() -> None:
    """It does not depend on how many jails, processes, and holders of a jail there are."""
    calls: list[Call] = [
        JailSet(1, JAIL_CREATE, (("name", "z"), ("persist", True))),
        Fork(1, 900),
        JailAttach(900, 1),
        Hold(900, "z"),
        Exit(900),
        Drop("z"),
    ]
    looks: list[list[int]] = []
    for number in (1, 100):
        k = Kernel()
        for name in range(number):
            NEW.step(k, JailSet(1, JAIL_CREATE, (("name", f"j{name}"), ("persist", True))))
            NEW.step(k, Fork(1, name + 2))
            NEW.step(k, JailAttach(name + 2, 1))
            NEW.step(k, Hold(name + 2, f"r{name}"))
        looks.append([])
        for call in calls:
            assert NEW.step(k, call).errno is None
            looks[-1].append(calls_made(k))
    few, many = looks
    assert all(b <= a + 30 for a, b in zip(few, many, strict=True)), looks


@given(
    DESC_PROGRAMS,
    st.integers(0, 9),
    st.sampled_from(["ref", "prison"]),
    st.integers(-1, 2),
    st.booleans(),
)
def test_damage_to_an_open_file(
    calls: list[Call], which: int, name: str, more: int, freed: bool
) -> None:
    """A file that counts wrong, or stands for another jail or a freed one, is seen by both looks
    exactly when an invariant sees it.
    """
    k = ran("descriptors", calls)
    whole, files = holds(k), open_files(k)
    if not files:
        return
    file = files[which % len(files)]
    if name == "ref":
        file.ref += more
    else:
        file.prison = Prison(9, k.prison0, 99) if freed else prison_at(k, more)
    k.begin()
    assert sound(k) == holds(k)
    assert not whole or still_sound(k) == holds(k)


def test_files_that_nobody_closed_are_missed() -> None:
    """A process that goes and leaves its only descriptor open is seen, though no table is left."""
    k, leaks = Kernel(), replace(DESCRIPTORS, handlers={**DESCRIPTORS.handlers, Exit: exit_})
    lines = (
        'p1: jail_set(CREATE, name="a", persist)',
        "p1: fork() = p2",
        "p2: jail_get(GET_DESC, desc=-1, jid=1)",
        "p2: exit()",
    )
    found = []
    for call in program(*lines).calls:
        assert leaks.step(k, call).errno is None
        found.append((still_sound(k), holds(k)))
    assert found == [(True, True)] * 3 + [(False, False)]
    assert not k.fds


def looks(model: Model, programs: Iterable[Program]) -> Counter[bool]:
    """How often a kernel was sound, and how often it was not; up to the latter it is looked at."""
    counts: Counter[bool] = Counter()
    for some in programs:
        k = boot(some)
        for call in some.calls:
            if model.step(k, call).panicked:
                break
            whole = holds(k)
            assert still_sound(k) == whole, (model, some.id, call)
            counts[whole] += 1
            if not whole:
                break
    return counts


def test_faulty_kernels_are_seen_through() -> None:
    """What a seeded fault breaks is seen by what the op touched, as by a look at everything."""
    total: Counter[bool] = Counter()
    for fault in load().values():
        if fault.model in KERNELS:
            total += looks(fault.apply(), generated(5, 3))
    assert min(total[True], total[False]) > 40


def test_programs_with_descriptors() -> None:
    """Of either kernel that they are made to compare both looks say the same, sound or not."""
    programs = [generate(5, number, descriptors=True) for number in range(60)]
    found = {model.name: looks(model, programs) for model in (NEW, DESCRIPTORS)}
    assert min(found["new"][True], found["descriptors"][True]) > 400
    leaks = replace(DESCRIPTORS, handlers={**DESCRIPTORS.handlers, Exit: exit_, Close: close})
    assert looks(leaks, programs)[False] > 5
