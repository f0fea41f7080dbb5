from collections.abc import Mapping
from dataclasses import replace

import pytest

from jail_kernel.call import JAIL_CREATE, JAIL_UPDATE, Call, Errno, JailGet, JailSet, Result
from jail_kernel.jail_get import VIEW_FIELDS, View
from jaildiff.differ.steps.root_experiment import (
    FIELD,
    JID,
    NAME,
    PARENT,
    PATH,
    STATE,
    Outcome,
    RootExperiment,
    alive_after,
    effects,
    without_count,
)

Views = Mapping[int, View]
Procs = Mapping[int, tuple[int, str]]
OK, REFUSED, PANIC = Result(None, 5), Result(Errno.EPERM), Result(None, None, "page fault")
UPDATE = JailSet(1, JAIL_UPDATE, ())


def view(jid: int, state: str = "alive", parent: int = 0, **fields: object) -> View:
    """What the host reads of a jail; only what a test asks for is set."""
    known = {"jid": jid, "name": f"n{jid}", "parent.jid": parent, "path": "/", "state": state}
    return tuple((known | fields).get(field) for field in VIEW_FIELDS)


def views(*found: View) -> Views:
    return {int(str(one[JID])): one for one in found}


def outcome(
    after: Views, result: Result = OK, procs: Procs | None = None, lastprid: int = 1
) -> Outcome:
    return Outcome(result, after, procs or {}, lastprid, 0)


def case(
    before: Views, new: Outcome, *, old: Outcome | None = None, call: Call = UPDATE
) -> RootExperiment:
    """A call by the host, about jail 5, after which the old kernel is as before."""
    old = old or Outcome(REFUSED, before, {}, 1, 0)
    did = (effects(before, {}, 1, old), effects(before, {}, 1, new))
    return RootExperiment(
        call, 0, 5, 0, before, {}, 1, 0, 999999, 9, old, new, *did, leaves_traces=True
    )


LIVE, DEAD = views(view(5)), views(view(5, "dying"))


def test_positions_in_a_view() -> None:
    """The names for the first fields are those of VIEW_FIELDS."""
    named = [VIEW_FIELDS[i] for i in (JID, NAME, PARENT, PATH, STATE)]
    assert named == ["jid", "name", "parent.jid", "path", "state"]
    assert FIELD["allow"] == VIEW_FIELDS.index("allow")


@pytest.mark.parametrize(
    ("result", "ok", "errno"),
    [(OK, True, "ok"), (REFUSED, False, "EPERM"), (PANIC, False, "panic")],
)
def test_outcome(result: Result, *, ok: bool, errno: str) -> None:
    """An outcome succeeds, has an errno, or is a panic."""
    found = outcome({}, result)
    assert (found.ok, found.kind) == (ok, errno)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (LIVE, LIVE, set()),
        ({}, LIVE, {"created"}),
        (LIVE, {}, {"removed"}),
        (LIVE, DEAD, {"died"}),
        (DEAD, LIVE, {"resurrected"}),
        (DEAD, views(view(9, "dying")), {"renumbered"}),
        (DEAD, views(view(5), view(9, "dying")), {"renumbered", "created"}),
        (LIVE, views(view(5, name="other")), {"updated"}),
        (DEAD, views(view(5, "dying", securelevel=3)), {"updated"}),
        (LIVE, views(view(5, childcount=4)), set()),
    ],
)
def test_effects(before: Views, after: Views, expected: set[str]) -> None:
    """What a call did is read off the observations before and after."""
    assert effects(before, {}, 1, outcome(after)) == expected


def test_effects_beyond_jails() -> None:
    """A process elsewhere and another next jid are effects."""
    moved = outcome(LIVE, procs={2: (5, "running")})
    assert effects(LIVE, {}, 1, moved) == {"processes"}
    used = outcome(LIVE, lastprid=2)
    assert effects(LIVE, {}, 1, used) == {"next jid"}


def test_effects_of_either_kernel() -> None:
    """A case knows both outcomes' effects, and which jail the old kernel resurrected."""
    found = case(DEAD, outcome(views(view(5), view(9, "dying"))), old=outcome(LIVE))
    assert found.old_effects == {"resurrected"}
    assert found.new_effects == {"created", "renumbered"}
    assert found.resurrected == 5
    assert case(DEAD, outcome(DEAD)).resurrected == 0


def test_without_count() -> None:
    """Only children.cur is left out of a view."""
    one, other = view(5, childcount=1), view(5, childcount=2)
    assert one != other
    assert without_count(one) == without_count(other)
    assert len(without_count(one)) == len(one) - 1
    assert without_count(view(5, childmax=1)) != without_count(view(5, childmax=2))


def test_states_before() -> None:
    """A jail before the call is alive, dying, or not there."""
    found = case(views(view(5), view(6, "dying")), outcome({}))
    assert [found.alive(jid) for jid in (5, 6, 7)] == [True, False, False]
    assert [found.dying(jid) for jid in (5, 6, 7)] == [False, True, False]


def test_alive_after() -> None:
    """A jail after the call is alive, or it is not."""
    found = outcome(views(view(5), view(6, "dying")))
    assert [alive_after(found, jid) for jid in (5, 6, 7)] == [True, False, False]


def test_visible() -> None:
    """A caller sees what is below its own jail: not itself, no sibling, nothing absent."""
    before = views(view(1), view(2, parent=1), view(3, parent=2), view(4))
    inside = replace(case(before, outcome({})), me=1)
    assert [inside.visible(jid) for jid in (1, 2, 3, 4, 7)] == [False, True, True, False, False]
    assert [case(before, outcome({})).visible(jid) for jid in (1, 3, 7)] == [True, True, False]
    assert inside.parent(3) == 2


def test_flag() -> None:
    """Flags are asked of a jail_set only."""
    assert case({}, outcome({})).flag(JAIL_UPDATE)
    assert not case({}, outcome({})).flag(JAIL_CREATE)
    assert not case({}, outcome({}), call=JailGet(1, JAIL_UPDATE, ())).flag(JAIL_UPDATE)
