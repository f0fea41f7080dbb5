"""Names as viewers read them, followed op by op."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.call import JAIL_UPDATE, Fork, JailAttach, JailRemove, JailSet
from jail_kernel.kernel import Kernel
from jail_source.build import is_compiled
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.steps.name_views import NameViews, viewers
from jaildiff.programs.commands.command import Op
from jaildiff.search.bench.crowds import Garbled
from tests.tools import NESTED, PROGRAMS

# The root of jail 1 renames jail 2; what is below that keeps its name.
GARBLE = JailSet(2, JAIL_UPDATE, (("jid", 2), ("name", "q")))


@given(PROGRAMS, PROGRAMS, st.booleans())
def test_what_is_followed_is_what_is_seen(one: list[Op], other: list[Op], apart: bool) -> None:
    """After each op of kernels that go different ways, it is what a look at everything says."""
    kernels = (Kernel(16), Kernel(16))
    models = LANDED.models
    for call in (*NESTED, GARBLE):
        for model, k in zip(models, kernels, strict=True):
            model.step(k, call)
    views = NameViews(kernels)
    for calls in zip(one, other if apart else one, strict=False):
        for model, k, call in zip(models, kernels, calls, strict=True):
            if model.step(k, call).panicked:
                return
        views.update(kernels)
        assert views.viewers == NameViews(kernels).viewers


def test_a_viewer_reads_the_middle_of_a_garbled_name() -> None:
    """A name that only one kernel has garbled differs for the jail above it."""
    kernels = (Kernel(16), Kernel(16))
    for model, k in zip(LANDED.models, kernels, strict=True):
        for call in NESTED:
            model.step(k, call)
    LANDED.new.step(kernels[1], GARBLE)
    views = NameViews(kernels)
    assert views.viewers == {"a.b": {0}, "a.q": {0}, "b": {1}, "q": {1}}
    assert views.differs("q")
    assert not views.differs("a.b.c")


def test_viewers() -> None:
    """prison0 sees, and each jail in which a process runs; not one that has none any more."""
    k = Kernel()
    for call in (*NESTED, Fork(1, 9), JailAttach(9, 3), JailRemove(1, 2)):
        LANDED.new.step(k, call)
    assert [pr.jid for pr in viewers(k)] == [0, 1]


@pytest.mark.skipif(is_compiled(), reason="what is compiled cannot be watched")
def test_a_look_takes_as_long_among_many_jails() -> None:
    """How much an op costs beside a garbled name does not depend on how many jails there are."""
    costs = []
    for jails in (20, 400):
        crowd, count = Garbled(jails, LANDED), 0
        crowd.mix()

        def called(_frame: object, event: str, _arg: object) -> None:
            nonlocal count
            count += event == "call"

        sys.setprofile(called)
        try:
            crowd.mix()
        finally:
            sys.setprofile(None)
        costs.append(count)
    few, many = costs
    assert many <= 1.1 * few, costs
