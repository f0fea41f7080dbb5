"""fuzz/jaildiff/search/bench/kernels.py."""

from jail_kernel.call import JailSet
from jaildiff.differ.comparison import RULEBOOKS
from jaildiff.kernels.registry import DESCRIPTORS, KERNELS, NEW
from jaildiff.search.bench.kernels import answered, comparisons, kernels_alone
from jaildiff.search.bench.phases import SEED
from jaildiff.search.generator.generate import generate

BEST_OF = 5


def test_every_registered_comparison_is_measured() -> None:
    """Each that has rules hunts, and is as fast as it is."""
    rates = comparisons(60)
    assert set(rates) == {f"{old},{new}" for old, new in RULEBOOKS}
    assert min(rates.values()) > 0


def test_a_kernel_works_everything_out_itself() -> None:
    """What one kernel has worked out of a call is not there when the next one is timed."""
    program = generate(SEED, 0)
    assert answered(program, NEW) > 0
    assert not any(call.memo for call in program.calls if isinstance(call, JailSet))


def test_descriptors_cost_little_where_there_are_none() -> None:
    """On programs without descriptors at most a quarter more than the kernel before; the best of
    some turns counts, as whatever else runs on the machine only slows one down.
    """
    turns = [kernels_alone(6_000, (NEW, DESCRIPTORS)) for _ in range(BEST_OF)]
    assert min(turn["new"] / turn["descriptors"] for turn in turns) <= 1.25
    assert set(kernels_alone(30)) == set(KERNELS)
