from collections import Counter

import pytest

from jail_kernel.kernel import Kernel
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.edited import variant
from jaildiff.kernels.invariants import broken, kind_of
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.recordings.candidates.lines import LineFault, faults_of, line_faults
from tests.programs import program

TEXT = """
def one(k, pr):
    prison_hold(k, pr)
    pr.uref += 1  # Why.
    return pr


def two(k, pr):
    prison_hold(k, pr)
    prison_deref(k, pr, ref=True, uref=True)
    count_child(k, pr, 1)
"""


def test_what_is_changed() -> None:
    """Every line that takes, gives back or counts is left out and done twice; a call that gives
    back two references also gives back one of them.
    """
    found = Counter((fault.line, fault.change) for fault in faults_of("x.py", TEXT))
    deref = "prison_deref(k, pr, ref=True, uref=True)"
    assert found == {
        ("prison_hold(k, pr)", "is left out"): 2,
        ("prison_hold(k, pr)", "is done twice"): 2,
        ("pr.uref += 1", "is left out"): 1,
        ("pr.uref += 1", "is done twice"): 1,
        (deref, "is left out"): 1,
        (deref, "is done twice"): 1,
        (deref, "is done without ref=True"): 1,
        (deref, "is done without uref=True"): 1,
        ("count_child(k, pr, 1)", "is left out"): 1,
        ("count_child(k, pr, 1)", "is done twice"): 1,
    }
    assert all(TEXT.count(fault.edit.old) == 1 for fault in faults_of("x.py", TEXT))


@pytest.mark.parametrize("model", [LEGACY, NEW])
def test_every_one_is_a_kernel(model: Model) -> None:
    """Each can be applied to the model that it is for, and has a name of its own."""
    found = list(line_faults(model))
    assert len({fault.title for fault in found}) > 60
    for fault in found:
        variant(model, [fault.edit])


def of(line: str, change: str) -> LineFault:
    """The only fault of this line."""
    (found,) = (f for f in line_faults(NEW) if (f.line, f.change) == (line, change))
    return found


@pytest.mark.parametrize(
    ("line", "change", "kind"),
    [
        ("prison_proc_hold(k, cred.prison)", "is left out", BugKind.NEVER_TAKEN),
        ("prison_proc_hold(k, cred.prison)", "is done twice", BugKind.LEAKED_REFERENCE),
        ("prison_deref(k, p.cred.prison, uref=True)", "is left out", BugKind.LEAKED_REFERENCE),
        ("prison_deref(k, p.cred.prison, uref=True)", "is done twice", BugKind.DROPPED_TWICE),
    ],
)
def test_the_kind_is_what_an_invariant_says(line: str, change: str, kind: BugKind) -> None:
    """A process that comes and goes shows it."""
    fault = of(line, change)
    model, k = variant(NEW, [fault.edit]), Kernel()
    for call in program("p1: fork() = p2", "p2: exit()").calls:
        model.step(k, call)
        if broken(k):
            break
    assert {kind_of(k, *key) for key in broken(k)} == {fault.kind} == {kind}
