from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fuzz.kernels.fault import load
from fuzz.kernels.invariants import INVARIANTS
from fuzz.kernels.registry import DESCRIPTORS, KERNELS, Model
from fuzz.kernels.soundness import sound, still_sound
from fuzz.search.generator.generate import generate
from prison.call import Call
from prison.kernel import Kernel
from prison.state import Prison, PrisonState
from tests.tools import PROGRAMS

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


def holds(k: Kernel) -> bool:
    """Whether all invariants hold, each asked for itself."""
    return not any(True for invariant in INVARIANTS for _ in invariant.broken(k))


def prison_at(k: Kernel, place: int) -> Prison:
    """One of the prisons."""
    prisons = [k.prison0, *k.allprison]
    return prisons[place % len(prisons)]


def ran(model: str, calls: list[Call]) -> Kernel:
    """A kernel after these calls, up to a panic."""
    k = Kernel(8)
    for call in calls:
        if KERNELS[model].step(k, call).panicked:
            k.rollback()
            break
    return k


MODELS = st.sampled_from([*KERNELS])


@given(MODELS, PROGRAMS, st.lists(CHANGES, max_size=3))
def test_sound_when_all_invariants_hold(
    model: str, calls: list[Call], changes: list[Change]
) -> None:
    """One walk says yes exactly when every invariant holds, of whatever damaged kernel."""
    k = ran(model, calls)
    for place, name, value in changes:
        setattr(prison_at(k, place), name, value)
    assert sound(k) == holds(k)


@given(MODELS, PROGRAMS, st.integers(0, 9), st.sampled_from([-1, 1]))
def test_a_credential_that_counts_wrong(
    model: str, calls: list[Call], which: int, more: int
) -> None:
    """A credential with a holder too many or too few is noticed, by a look at all and at little."""
    k = ran(model, calls)
    whole = holds(k)
    creds = [p.cred for p in k.procs.values()] or [k.resources[res] for res in k.resources]
    if creds:
        creds[which % len(creds)].ref += more
        assert not holds(k)
        assert not sound(k)
        assert not (whole and still_sound(k))


@given(MODELS, PROGRAMS)
def test_a_model_is_still_sound_while_it_is_sound(model: str, calls: list[Call]) -> None:
    """As long as nothing was broken, what an op touched tells whether something is now."""
    k = Kernel(8)
    for call in calls:
        if KERNELS[model].step(k, call).panicked:
            return
        assert still_sound(k) == holds(k)
        if not holds(k):
            return


@given(MODELS, PROGRAMS, st.lists(CHANGES, min_size=1, max_size=3))
def test_damage_that_was_locked_is_seen(
    model: str, calls: list[Call], changes: list[Change]
) -> None:
    """Whatever is written after a lock: if an invariant breaks by it, the look at it says so."""
    k = ran(model, calls)
    if not holds(k):
        return
    k.begin()
    for place, name, value in changes:
        pr = prison_at(k, place)
        k.lock(pr)
        setattr(pr, name, value)
    assert holds(k) or not still_sound(k)


def looks(model: Model, seed: int, number: int) -> Counter[bool]:
    """How often a kernel was sound, and how often it was not; up to the latter it is looked at."""
    counts: Counter[bool] = Counter()
    for index in range(number):
        program = generate(seed, index, descriptors=model.has_descriptors)
        k = Kernel(program.jail_max)
        for call in program.calls:
            if model.step(k, call).panicked:
                break
            whole = holds(k)
            assert still_sound(k) == whole, (model, program.id, call)
            counts[whole] += 1
            if not whole:
                break
    return counts


def test_open_files_are_seen_through() -> None:
    """What the kernel with descriptors breaks is seen by what the op touched, files and all."""
    counts = looks(DESCRIPTORS, 5, 150)
    assert min(counts[True], counts[False]) > 20


def test_faulty_kernels_are_seen_through() -> None:
    """What a seeded fault breaks is seen by what the op touched, as by a look at everything."""
    total: Counter[bool] = Counter()
    for fault in load().values():
        if fault.model in KERNELS:
            total += looks(fault.apply(), 5, 3)
    assert min(total[True], total[False]) > 40
