from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fuzz.departure import Opinion, Parting, departure
from fuzz.fault import load
from fuzz.models import NEW
from fuzz.program import Program
from fuzz.recorded import follow
from fuzz.rule import BugKind, Verdict
from fuzz.variant import variant
from tests.programs import NESTED, ZOMBIE_5, program
from tests.recordings import bare, record

FAULTS = load()
JAIL = 'p1: jail_set(CREATE, jid=5, name="a", persist)'
Answers = dict[str, Any]


def said(found: Program, recorded: Answers) -> Opinion:
    """What is said where the new model and a recording part."""
    parted = follow(NEW, found, recorded)
    assert parted is not None
    return departure(Parting(NEW, found, recorded, parted))


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
        (twice, BugKind.UNSORTED),
        (reordered, BugKind.UNSORTED),
        (nought, BugKind.WRONG_COUNT),
        (elsewhere, BugKind.WRONG_SUBTREE),
        (killed, BugKind.WRONG_SUBTREE),
        (counted, BugKind.WRONG_COUNT),
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
    assert "Seen: " in opinion.why


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
    assert "dying is False instead of True" in opinion.why


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
        ("jail 5: ref 1, uref 0", BugKind.LEAKED_REFERENCE),
        ("prison0: ref 3, uref 2, children.cur 0", BugKind.LEAKED_REFERENCE),
        ("prison0: ref 2, uref 2, children.cur 1", BugKind.WRONG_COUNT),
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
