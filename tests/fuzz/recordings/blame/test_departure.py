from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.edited import variant
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import NEW
from jaildiff.programs.program import Program
from jaildiff.recordings.blame.departure import Opinion, Parting, departure
from jaildiff.recordings.follow import KnownToBoth, first_parting
from tests.programs import NESTED, ZOMBIE_5, program
from tests.recordings import bare, record

FAULTS = load()
JAIL = 'p1: jail_set(CREATE, jid=5, name="a", persist)'
ABOVE = 'p1: jail_set(CREATE, jid=5, name="a", persist, children.max=3)'
BELOW = 'p1: jail_set(CREATE, jid=6, name="a.b", persist)'
BESIDE = 'p1: jail_set(CREATE, jid=6, name="b", persist)'
DYING_BELOW = ("p1: fork() = p2", "p2: jail_attach(6)", "p1: jail_remove(6)")
Answers = dict[str, Any]


def said(found: Program, recorded: Answers) -> Opinion:
    """What is said where the new model and a recording part."""
    parted = first_parting(NEW, found, KnownToBoth(recorded))
    assert parted is not None
    return departure(Parting(LANDED, NEW, found, recorded, parted))


def faulty(name: str, found: Program) -> Answers:
    """The recording of a kernel with a fault."""
    return record(replace(variant(NEW, FAULTS[name].edits), key="new"), found)


def twice(recorded: Answers) -> None:
    """A jid stands twice in the list."""
    recorded["states"][1].append(recorded["states"][1][0])


def reordered(recorded: Answers) -> None:
    """The list has another order."""
    recorded["states"][1].reverse()


def nought(recorded: Answers) -> None:
    """A jail has the jid 0."""
    recorded["states"][2][0][0] = 0


def elsewhere(recorded: Answers) -> None:
    """A jail stands below another one."""
    recorded["states"][2][1][2] = 0


def killed(recorded: Answers) -> None:
    """A process is killed."""
    recorded["procs"][2]["1"][1] = "killed"


def counted(recorded: Answers) -> None:
    """A counter is wrong."""
    recorded["last"][2][0] = 7


@pytest.mark.parametrize(
    ("falsify", "kind"),
    [
        (twice, BugKind.DUPLICATE_JID),
        (reordered, BugKind.UNSORTED),
        (nought, BugKind.RENUMBERED_WRONGLY),
        (elsewhere, BugKind.WRONG_PARENT),
        (killed, BugKind.WRONG_PROCESS),
        (counted, BugKind.WRONG_JID),
    ],
)
def test_what_only_the_state_shows(falsify: Callable[[Answers], None], kind: BugKind) -> None:
    """The answers agree, and a list, a parent, a process or a counter does not."""
    found = program(*NESTED, "p1: jail_get(0, jid=1)")
    recorded = record(NEW, found)
    falsify(recorded)
    opinion = said(found, recorded)
    assert (opinion.verdict, opinion.bug_kind) == (Verdict.BUG, kind)
    assert opinion.surface != "state"
    assert "Seen in jail_" in opinion.why


def test_without_states_the_clean_up_is_a_witness() -> None:
    """A leak that makes a jail_get answer for another jail is a leak if it is left at the end."""
    look = "p1: jail_get(DYING, jid=5)"
    found = program(*ZOMBIE_5, "p1: jail_remove(5)", look, "drop(r)", look)
    opinion = said(found, bare(faulty("drop-keeps-reference", found)))
    assert opinion.bug_kind is BugKind.LEAKED_REFERENCE


def test_a_jail_that_stays_alive_by_itself_was_leaked() -> None:
    """A user reference is kept if a jail does not die with its last process."""
    found = program(*ZOMBIE_5, "p1: jail_get(DYING, jid=5)")
    opinion = said(found, bare(faulty("exit-keeps-user-reference", found)))
    assert opinion.bug_kind is BugKind.LEAKED_REFERENCE
    assert "dying is false instead of true" in opinion.why


def test_a_jail_that_a_removal_leaves_alive_was_not() -> None:
    """A removed jail that is shown as alive is treated as alive."""
    look = "p1: jail_get(DYING, jid=5)"
    found = program(JAIL, "p1: fork() = p2", "p2: jail_attach(5)", "p1: jail_remove(5)", look)
    recorded = bare(record(NEW, found))
    recorded["results"][4]["values"]["dying"] = False
    assert said(found, recorded).bug_kind is BugKind.RESURRECTED


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("leaked jail 5 (ref 1 uref 0)", BugKind.LEAKED_REFERENCE),
        ("prison0: childcount 0 ref 3 uref 2", BugKind.LEAKED_REFERENCE),
        ("prison0: childcount 0 ref 2 uref 1", BugKind.DROPPED_TWICE),
        ("prison0: childcount 1 ref 2 uref 2", BugKind.WRONG_COUNT),
        ("2 jails and a credential are left", BugKind.LEAKED_REFERENCE),
        ("Cannot add a process to a non-alive prison (jid=5)", BugKind.PANIC),
        ("page fault (signal 11) at address 0x1", BugKind.PANIC),
        ("freed last ref on prison (jid=5)", BugKind.PANIC),
    ],
)
def test_what_the_clean_up_finds(text: str, kind: BugKind) -> None:
    """References, a count, or a panic."""
    found = program(JAIL)
    recorded = record(NEW, found) | {"cleanup": text}
    opinion = said(found, recorded)
    assert (opinion.bug_kind, opinion.surface == "panic") == (kind, kind is BugKind.PANIC)


def test_last_references_are_held_against_their_holders() -> None:
    """Without states the last parameters still show a reference too many."""
    found = program(JAIL)
    recorded = bare(record(NEW, found)) | {"final": record(NEW, found)["final"]}
    recorded["final"][1]["pr_ref"] += 1
    opinion = said(found, recorded)
    assert opinion.bug_kind is BugKind.LEAKED_REFERENCE
    assert "jail 5: pr_ref is 2 instead of 1" in opinion.why


def test_what_nothing_explains_is_unexplained() -> None:
    """A parameter that no call set is wrong from the start, and that is all that can be said."""
    found = program(JAIL)
    recorded = record(NEW, found)
    recorded["final"][0]["host.hostname"] = "another"
    assert said(found, recorded).verdict is Verdict.UNEXPLAINED


def ended(answer: dict[str, Any], *lines: str) -> BugKind | None:
    """What is said of a recording of answers if the last one has these in its place."""
    found = program(*lines)
    recorded = bare(record(NEW, found))
    last = recorded["results"][-1]
    recorded["results"][-1] = last | answer
    if "values" in last:
        recorded["results"][-1]["values"] = last["values"] | answer.get("values", {})
    return said(found, recorded).bug_kind


def test_a_change_that_reaches_the_host_is_explained() -> None:
    """Nothing ever changes prison0, so the call is looked for that asked for the wrong value."""
    found = program(JAIL, "p1: jail_set(UPDATE, jid=5, devfs_ruleset=9)")
    recorded = record(NEW, found)
    recorded["final"][0]["devfs_ruleset"] = 9
    opinion = said(found, recorded)
    assert (opinion.verdict, opinion.surface) == (Verdict.BUG, "parameters")
    assert "Seen at the end, made by jail_set: " in opinion.why


def test_a_permission_that_a_refused_update_gave_is_half_done() -> None:
    """Permissions have no value of their own in a call, but are asked for like others."""
    lines = (JAIL, "p1: jail_set(UPDATE, jid=5, allow.chflags, odd)", "p1: jail_get(0, jid=5)")
    assert ended({"values": {"allow.chflags": True}}, *lines) == BugKind.HALF_DONE


def test_a_create_that_finds_no_jid_breaks_a_limit() -> None:
    """That the jail of this jid is still below another one is no other fault."""
    found = program(ABOVE, BELOW, *DYING_BELOW, "p1: jail_set(CREATE, jid=6, persist)")
    recorded = record(NEW, found)
    recorded["results"][-1] = {"errno": "EAGAIN", "ret": None, "errmsg": "no available jail IDs"}
    for name in ("states", "procs", "last"):
        recorded[name][-1] = recorded[name][-2]
    assert said(found, recorded).bug_kind == BugKind.BROKEN_LIMIT


@pytest.mark.parametrize(
    ("answer", "lines", "kind"),
    [
        (
            {"errno": "ENOENT", "ret": None, "errmsg": "no jail after 4"},
            (*ZOMBIE_5, "p1: jail_get(DYING, lastjid=4)"),
            BugKind.WRONG_LISTING,
        ),
        (
            {"errno": "ENOENT", "ret": None, "errmsg": "jail 5 not found"},
            (*ZOMBIE_5, "p1: jail_get(DYING, jid=5)"),
            BugKind.DROPPED_TWICE,
        ),
        (
            {"values": {"name": "b"}, "ret": 6},
            (JAIL, BESIDE, "p1: jail_get(0, jid=5)"),
            BugKind.WRONG_JAIL,
        ),
        (
            {"values": {"children.cur": 2}},
            (ABOVE, BELOW, "p1: jail_get(0, jid=5)"),
            BugKind.WRONG_COUNT,
        ),
        (
            {"ret": 6, "values": {"jid": 6, "name": "b", "children.max": 0}},
            (JAIL, BESIDE, "p1: jail_get(0, lastjid=4)"),
            BugKind.WRONG_LISTING,
        ),
        (
            {"errno": "EKILLED"},
            ("p1: fork() = p2", "p2: exit()", "p2: jail_attach(5)"),
            BugKind.WRONG_PROCESS,
        ),
    ],
)
def test_answers_alone_show(answer: dict[str, Any], lines: tuple[str, ...], kind: BugKind) -> None:
    """A jail gone too early, a wrong count, a list out of order, a process that should be gone."""
    assert ended(answer, *lines) == kind


@pytest.mark.parametrize(
    ("jids", "kind"), [((0, 5, 5), BugKind.DUPLICATE_JID), ((5, 0), BugKind.UNSORTED)]
)
def test_last_parameters_out_of_order_or_twice(jids: tuple[int, ...], kind: BugKind) -> None:
    """They stand in the order of the jail list, each jail once."""
    found = program(ABOVE)
    recorded = record(NEW, found)
    rows = {values["jid"]: values for values in recorded["final"]}
    recorded["final"] = [rows[jid] for jid in jids]
    opinion = said(found, recorded)
    assert opinion.bug_kind == kind
    assert f"the list has the order {list(jids)}" in opinion.why
