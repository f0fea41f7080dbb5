"""Each relation finds seeded faults, in a kernel that is compared with no other."""

from functools import cache

import pytest

from jail_kernel.kernel import Kernel
from jaildiff.kernels.edited import variant
from jaildiff.kernels.fault import Fault, load
from jaildiff.kernels.registry import KERNELS, LEGACY, NEW, Model
from jaildiff.programs.program import Program
from jaildiff.programs.renaming import Renaming
from tests.programs import program
from tests.relations.relation import Difference, Relation, compare
from tests.relations.relations import (
    DYING_FLAG,
    DYING_IS_ABSENT,
    IN_STEPS,
    LEFT_OUT,
    OTHER_WORDS,
    WITH_STRANGERS,
    relabelled,
)

LABELS = relabelled(Renaming(digits={"5": "6", "6": "5"}))
ZOMBIE = """
    p1: fork() = p2
    p2: jail_set(CREATE|ATTACH, jid=5, name="a", allow.mount, ip4.addr=["10.0.0.1", "10.0.0.2"])
    p2: hold(r)
    p2: exit()
"""

FOUND = (
    (
        DYING_IS_ABSENT,
        "H07b-name-clash-with-dying-jail",
        f'{ZOMBIE} p1: jail_set(CREATE, name="a", persist)',
    ),
    (
        DYING_IS_ABSENT,
        "child-of-dying-parent",
        f'{ZOMBIE} p1: jail_set(CREATE, name="a.b", persist)',
    ),
    (
        DYING_IS_ABSENT,
        "name-prefers-dying",
        f"""{ZOMBIE}
        p1: jail_set(CREATE, name="a", persist)
        p1: jail_get(0, name="a")
        """,
    ),
    (
        DYING_IS_ABSENT,
        "H15-attach-to-dying-jail",
        f"""{ZOMBIE}
        p1: fork() = p3
        p3: jail_attach(5)
        """,
    ),
    (
        DYING_IS_ABSENT,
        "H07a-clash-with-dying-jail",
        f'{ZOMBIE} p1: jail_set(CREATE, jid=6, persist, ip4.addr=["10.0.0.1"])',
    ),
    (
        DYING_IS_ABSENT,
        "M08f-stale-permissions",
        f"{ZOMBIE} p1: jail_set(CREATE, jid=5, persist)",
    ),
    (
        DYING_FLAG,
        "M10-dying-name-still-updated",
        f'{ZOMBIE} p1: jail_set(CREATE|UPDATE, name="a", persist)',
    ),
    (DYING_FLAG, "no-operation-accepted", "p1: jail_set(0)"),
    (LABELS, "default-name-of-another-jid", "p1: jail_set(CREATE, jid=5, persist)"),
    (WITH_STRANGERS, "H03a-attach-kills-the-jail-left", "p1: fork() = p2"),
    (
        WITH_STRANGERS,
        "exit-drops-user-reference-twice",
        """
        p1: fork() = p2
        p1: fork() = p3
        p2: exit()
        p3: exit()
        p1: fork() = p4
        """,
    ),
    (
        LEFT_OUT,
        "H05-half-built-jail-stays",
        """
        p1: jail_set(CREATE, jid=5, persist, nonsense)
        p1: jail_get(DYING, jid=5)
        """,
    ),
    (
        LEFT_OUT,
        "half-done-securelevel",
        """
        p1: jail_set(CREATE, jid=5, persist)
        p1: jail_set(UPDATE, jid=5, securelevel=2, nonsense)
        """,
    ),
    (
        LEFT_OUT,
        "half-done-persist",
        """
        p1: jail_set(CREATE, jid=5, persist)
        p1: jail_set(UPDATE, jid=5, persist=false, nonsense)
        """,
    ),
    (
        LEFT_OUT,
        "failed-update-leaks",
        """
        p1: jail_set(CREATE, jid=5, persist)
        p1: jail_set(UPDATE, jid=5, nonsense)
        p1: jail_remove(5)
        """,
    ),
    (
        LEFT_OUT,
        "get-leaks",
        """
        p1: jail_set(CREATE, jid=5, persist)
        p1: jail_get(0, jid=5)
        p1: jail_remove(5)
        """,
    ),
    (LEFT_OUT, "H13a-failed-get-leaks", f"{ZOMBIE} p1: jail_get(0, jid=5)\n drop(r)"),
    (OTHER_WORDS, "newborn-runs-at-once", "p1: fork() = p2"),
    (
        OTHER_WORDS,
        "attach-flag-ignored-on-update",
        """
        p1: jail_set(CREATE, jid=5, persist)
        p1: jail_attach(5)
        p1: jail_get(0, jid=5)
        """,
    ),
    (
        OTHER_WORDS,
        "attach-reaches-everywhere",
        """
        p1: jail_set(CREATE, jid=5, persist)
        p1: jail_set(CREATE, jid=6, persist)
        p1: jail_attach(5)
        p1: jail_attach(6)
        """,
    ),
    (
        IN_STEPS,
        "nopersist-keeps-user-reference",
        """
        p1: fork() = p2
        p2: jail_set(CREATE|ATTACH, jid=5)
        p2: hold(r)
        p2: exit()
        """,
    ),
    (IN_STEPS, "persist-without-user-reference", "p1: jail_set(CREATE|ATTACH)"),
    (
        IN_STEPS,
        "update-takes-two-references",
        """
        p1: fork() = p2
        p2: jail_set(CREATE|ATTACH, jid=5)
        p2: exit()
        """,
    ),
    (
        IN_STEPS,
        "new-jail-without-address-limit",
        'p1: jail_set(CREATE, persist, ip6.addr=["2001:db8::1"])',
    ),
)


@cache
def faults() -> dict[str, Fault]:
    """All seeded faults."""
    return load()


def lines(text: str) -> Program:
    return program(*map(str.strip, text.splitlines()))


def broken(model: Model, some: Program, relation: Relation) -> list[Difference]:
    """The differences that nothing excuses."""
    return [what for what, excuse in compare(model, some, relation) if excuse is None]


@pytest.mark.parametrize(
    ("relation", "name", "text"), FOUND, ids=[f"{one.id}-{name}" for one, name, _ in FOUND]
)
def test_a_relation_finds_a_fault(relation: Relation, name: str, text: str) -> None:
    """A kernel with the fault breaks the relation in a program in which one without it keeps it."""
    fault = faults()[name]
    assert broken(fault.apply(), lines(text), relation)
    assert broken(KERNELS[fault.model], lines(text), relation) == []


def test_every_relation_finds_some() -> None:
    """No relation is without a fault that it finds."""
    relations = {DYING_IS_ABSENT, DYING_FLAG, LABELS, WITH_STRANGERS, LEFT_OUT, OTHER_WORDS}
    assert {relation for relation, _, _ in FOUND} == relations | {IN_STEPS}


def test_a_mistake_of_both_kernels_is_found() -> None:
    """What both kernels get wrong alike is no difference between them, but it breaks a relation."""
    edits = faults()["H07c-get-shows-dying-jail"].edits
    old, new = variant(LEGACY, edits), variant(NEW, edits)
    mistaken = lines(f"{ZOMBIE} p1: jail_get(0, jid=5)")
    kernels = Kernel(), Kernel()
    for call in mistaken.calls:
        assert old.step(kernels[0], call) == new.step(kernels[1], call)
    assert broken(new, mistaken, DYING_IS_ABSENT)
