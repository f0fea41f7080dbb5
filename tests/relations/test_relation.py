from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jail_kernel.call import JailSet
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jaildiff.kernels.registry import KERNELS, LEGACY, NEW, Model
from jaildiff.programs.commands.command import Op
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program
from jaildiff.programs.renaming import Renaming
from jaildiff.search.property_testing.strategies import programs
from tests.programs import REUSED, generated, script
from tests.relations.exemptions import jid_of
from tests.relations.relation import Difference, Exemption, Relation, compare
from tests.relations.relations import (
    DYING_FLAG,
    DYING_IS_ABSENT,
    IN_STEPS,
    LEFT_OUT,
    OTHER_WORDS,
    WITH_STRANGERS,
    relabelled,
)
from tests.tools import image

ROTATED = Renaming(
    {2: 3, 3: 4, 4: 2},
    {"r1": "r2", "r2": "r1"},
    letters={"a": "b", "b": "c", "c": "a"},
    digits={"3": "4", "4": "5", "5": "6", "6": "3"},
)
LABELS = relabelled(ROTATED)
BOTH = (LABELS, WITH_STRANGERS, LEFT_OUT, OTHER_WORDS, IN_STEPS)
ONLY_NEW = (DYING_IS_ABSENT, DYING_FLAG)  # to the old kernel a dying jail can come back
RELATIONS = (*BOTH, *ONLY_NEW)
HOLDS = [
    *((model, relation) for relation in BOTH for model in KERNELS.values()),
    *((NEW, relation) for relation in ONLY_NEW),
]
holds = pytest.mark.parametrize(
    ("model", "relation"), HOLDS, ids=lambda value: getattr(value, "id", getattr(value, "name", ""))
)


def permutations(items: str) -> st.SearchStrategy[dict[str, str]]:
    """A permutation of characters."""
    return st.permutations(items).map(lambda order: dict(zip(items, order, strict=True)))


relabellings: st.SearchStrategy[Renaming] = st.builds(
    Renaming,
    st.permutations(range(2, 6)).map(lambda order: dict(zip(range(2, 6), order, strict=True))),
    permutations("123").map(lambda found: {f"r{a}": f"r{b}" for a, b in found.items()}),
    letters=permutations("abcw"),
    digits=st.just({}) | permutations("3456"),
)


def broken(model: Model, program: Program, relation: Relation) -> list[Difference]:
    """The differences that nothing excuses."""
    return [what for what, excuse in compare(model, program, relation) if excuse is None]


def witness(exemption: Exemption) -> Program:
    """The program that shows why there is this exemption."""
    return script(*map(str.strip, exemption.witness.splitlines())).program


@holds
def test_a_relation_holds(model: Model, relation: Relation) -> None:
    """The generated programs keep each relation but for what is exempt."""
    for some in generated(401, 200):
        assert broken(model, some, relation) == []


@holds
@given(some=programs)
@settings(max_examples=40)
def test_a_relation_holds_of_any_program(model: Model, relation: Relation, some: Program) -> None:
    """So do programs of any shape."""
    assert broken(model, some, relation) == []


@pytest.mark.parametrize("model", KERNELS.values(), ids=list(KERNELS))
@given(some=programs, labels=relabellings)
@settings(max_examples=60)
def test_any_labels_will_do(model: Model, some: Program, labels: Renaming) -> None:
    """Any permutation of pids, holders, letters and digits keeps the answers."""
    assert broken(model, some, relabelled(labels)) == []


# EXEMPTIONS

EXEMPTIONS = [(relation, exemption) for relation in RELATIONS for exemption in relation.exemptions]


@pytest.mark.parametrize(("relation", "exemption"), EXEMPTIONS, ids=lambda value: value.id)
def test_an_exemption_is_needed(relation: Relation, exemption: Exemption) -> None:
    """Without any one exemption its witness breaks the relation, and with it nothing does."""
    shows = witness(exemption)
    excuses = [excuse for _, excuse in compare(NEW, shows, relation)]
    assert exemption in excuses
    assert None not in excuses
    fewer = tuple(other for other in relation.exemptions if other is not exemption)
    assert broken(NEW, shows, replace(relation, exemptions=fewer))


@pytest.mark.parametrize(("relation", "exemption"), EXEMPTIONS, ids=lambda value: value.id)
def test_an_exemption_says_why(relation: Relation, exemption: Exemption) -> None:
    """Each exemption has an id of its own and one sentence."""
    assert [other.id for other in relation.exemptions].count(exemption.id) == 1
    assert exemption.why.endswith(".")
    assert exemption.why.count(". ") == 0


def test_the_old_kernel_does_not_forget_the_dying() -> None:
    """To the old kernel a dying jail makes a difference that no exemption covers."""
    reused = script(*REUSED).program
    assert broken(LEGACY, reused, DYING_IS_ABSENT)
    assert broken(NEW, reused, DYING_IS_ABSENT) == []


# BETWEEN THE MODELS


def patched(kernel: Kernel, call: Op) -> bool:
    """Whether the patch has a say in a call: a jail is dying, or an update by jid is of a jail
    that is not the caller's own child.
    """
    if not isinstance(call, JailSet) or call.pid not in kernel.procs:
        return False
    pr = kernel.prid.get(jid_of(call))
    nested = pr is not None and pr.parent is not kernel.procs[call.pid].cred.prison
    return nested or any(pr.state is not ALIVE for pr in kernel.allprison)


def test_the_kernels_part_where_the_patch_has_a_say() -> None:
    """As long as the kernels are alike, only a jail_set in which the patch has a say is answered
    in two ways.
    """
    apart = 0
    for some in generated(409, 600):
        old, new = boot(some), boot(some)
        for call in some.calls:
            excused = patched(new, call)
            results = LEGACY.step(old, call), NEW.step(new, call)
            if results[0] != results[1]:
                assert excused
                apart += 1
            if results[1].panicked or (excused and image(old) != image(new)):
                break
    assert apart > 10
