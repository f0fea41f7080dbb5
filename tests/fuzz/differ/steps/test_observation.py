"""The incremental answer, `Differences`, equals the full one, `observe`."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.jail_get import VIEW_FIELDS
from jail_kernel.kernel import Kernel, c_string
from jail_kernel.lookup import name_offset
from jail_kernel.reference import ancestry, descendants
from jail_kernel.state import JAIL_MAX, Prison
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.steps.name_views import viewers
from jaildiff.differ.steps.observation import Differences, Key, observe
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from jaildiff.search.libfuzzer.decode import decode

Now = dict[Key, tuple[str, ...]]
Meets = dict[tuple[int, str], list[int]]

HOST = 0
BATCH = 250  # programs in one test

# A garbled name in one kernel only, and then something that concerns no garbled name.
GARBLED = """\
jaildiff 1
p1: jail_set(CREATE, name="a", persist, children.max=5)
p1: jail_set(CREATE, name="a.b", persist)
p1: jail_set(UPDATE, jid=2, name="c")
p1: jail_set(CREATE, name="b", persist)
p1: fork() = p2
p2: jail_attach(1)
p1: jail_set(UPDATE, jid=3, name="d")
p1: jail_remove(2)
p1: jail_set(CREATE, name="c", persist)
"""

# The kernels have made the jails 2 and 7 in another order, and nobody can see it yet.
LATENT = """\
jaildiff 1
p1: fork() = p2
p2: jail_set(CREATE|ATTACH, jid=2, name="c")
p2: hold(r1)
p2: exit()
p1: fork() = p3
p3: jail_set(CREATE|ATTACH, jid=7, name="c")
p3: hold(r2)
p3: exit()
p1: jail_set(CREATE|UPDATE|DYING, jid=2, name="c", persist)
drop(r1)
p1: fork() = p4
p4: jail_attach(2)
p4: hold(r3)
p4: exit()
p1: jail_remove(2)
"""


@dataclass
class Look:
    """All that is to be said of two kernels after one op."""

    old: Kernel
    new: Kernel
    now: Now

    def __post_init__(self) -> None:
        self.answers = (observe(self.old), observe(self.new))
        one, other = self.answers
        self.differing = {key for key in one | other if one.get(key) != other.get(key)}


def looks(program: Program) -> Iterator[Look]:
    """Two kernels in lockstep, after each op."""
    lockstep = Lockstep(program.jail_max, LANDED, program.setup)
    for call in program.calls:
        lockstep.step(call)
        if lockstep.panicked:
            return
        yield Look(lockstep.old, lockstep.new, lockstep.differences.now)


def expected(look: Look) -> Now:
    """What `now` must be, asked from scratch."""
    found: Now = {}
    one, other = look.answers
    for key in look.differing:
        kind, where = key
        if kind == "process":
            found[key] = ("location",) if key in one and key in other else ("exists",)
        elif kind == "next jid":
            found[key] = ("jid",)
        elif kind == "jail" and isinstance(where, tuple) and where[0] == HOST:
            found["jail", where[1]] = fields(one.get(key), other.get(key))
    return found | {("name", name): ("order",) for name in names_met_otherwise(look)}


def fields(view: object, other: object) -> tuple[str, ...]:
    """Which fields of two views differ."""
    if view is None or other is None:
        return ("exists",)
    assert isinstance(view, tuple)
    assert isinstance(other, tuple)
    rows = zip(VIEW_FIELDS, view, other, strict=True)
    return tuple(field for field, value, theirs in rows if value != theirs)


def names_met_otherwise(look: Look) -> set[str]:
    """The names by which the kernels find other jails, or the same in another order: full names,
    and where a name is garbled all names that a viewer of both kernels knows.
    """
    old, new = meets(look.old), meets(look.new)
    both = {HOST}
    if look.old.garbled or look.new.garbled:
        both |= seen_by(look.old) & seen_by(look.new)
    return {
        name
        for viewer, name in old.keys() | new.keys()
        if viewer in both and old.get((viewer, name)) != new.get((viewer, name))
    }


def seen_by(k: Kernel) -> set[int]:
    return {viewer.jid for viewer in viewers(k)}


def meets(k: Kernel) -> Meets:
    """By viewer and name, as it lies in memory, the jails of that name in walking order."""
    found: Meets = {}
    for viewer in viewers(k):
        for pr in descendants(viewer):
            name = c_string(pr.buf, name_offset(k, viewer))
            found.setdefault((viewer.jid, name), []).append(pr.jid)
    return found


def concerned(look: Look, key: Key) -> set[Key]:
    """What a question of any viewer is about: the jails between viewer and answer, both included,
    the processes through which the viewer sees, and the name.
    """
    kind, where = key
    assert isinstance(where, tuple)
    viewer, asked = where
    found: set[Key] = set()
    for k, answers in zip((look.old, look.new), look.answers, strict=True):
        answer = answers.get(key)
        jid = asked if kind == "jail" else answer[0] if isinstance(answer, tuple) else HOST
        for pr in (k.prid.get(viewer), k.prid.get(jid)):
            if pr is not None:
                found |= around(k, pr)
    if kind == "name":
        found |= {("name", asked), *(("name", name) for name in full_names(look, viewer, asked))}
    return found


def around(k: Kernel, pr: Prison) -> set[Key]:
    """A jail, those above it, and who is in it."""
    above: set[Key] = {("jail", ppr.jid) for ppr in ancestry(k, pr)}
    return above | {("process", pid) for pid in pr.procs}


def full_names(look: Look, viewer: int, name: str) -> set[str]:
    found = (k.prid[viewer].name for k in (look.old, look.new) if viewer in k.prid)
    return {f"{prefix}.{name}" for prefix in found}


def check(program: Program) -> None:
    """Every claim of this file about one program."""
    for look in looks(program):
        assert look.now == expected(look)
        anew = Differences()
        anew.begin(look.old, look.new)
        assert anew.now == look.now
        if not look.now:
            assert look.differing == set()
        if not look.differing:
            assert all(latent(look, key) for key in look.now)
        for key in look.differing:
            if key[0] in ("jail", "name"):
                assert concerned(look, key) & look.now.keys(), key


def latent(look: Look, key: Key) -> bool:
    """The kernels meet several jails of that name in another order, with the same first answer."""
    kind, name = key
    return kind == "name" and any(
        len(found) > 1
        for k in (look.old, look.new)
        for (_, met), found in meets(k).items()
        if met == name
    )


def program(text: str) -> Program:
    return parse(text, "observe").program


@pytest.mark.parametrize("seed", range(8))
def test_what_is_followed_is_what_is_there(seed: int) -> None:
    """After every op of a generated program `now` is what a full observation would find, and what
    a comparison that begins there finds; every question that differs, of whatever viewer, concerns
    something in it.
    """
    for number in range(BATCH):
        check(generate(seed, number))


@given(st.binary(max_size=300))
def test_what_is_followed_is_what_is_there_in_any_program(data: bytes) -> None:
    """The same for programs that Hypothesis makes, and shortens."""
    check(decode(data))


@pytest.mark.parametrize("text", [GARBLED, LATENT])
def test_a_garbled_or_reordered_name_is_followed(text: str) -> None:
    """The same for a name that is garbled in one kernel only, then gone, and for an order of
    equal names that no answer shows.
    """
    check(program(text))


def test_what_concerns_no_garbled_name_is_no_difference() -> None:
    """A jail that both kernels make alike is not reported because another has a garbled name."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    steps = [lockstep.step(call) for call in program(GARBLED).calls[:4]]
    assert [step is None for step in steps] == [True, True, False, True]


def test_an_order_that_nobody_sees_is_kept() -> None:
    """Two kernels with the same answers can differ in the order of equal names, and show it when
    the live one of them dies.
    """
    *before, last = looks(program(LATENT))
    assert before[-1].now == {("name", "c"): ("order",)}
    assert last.differing
