import copy
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from jail_kernel.call import Malformed
from jaildiff.differ.comparison import LANDED, Named, comparison
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.kernels.bug_kinds import DEFINITIONS, BugKind
from jaildiff.kernels.edited import variant
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.loading import read_programs
from jaildiff.programs.program import Program
from jaildiff.recordings.judge_program import Judgement, judge, judge_as_old
from jaildiff.support.errors import InputError
from tests.programs import NESTED, REUSED, ZOMBIE_5, cases, program, trace
from tests.recordings import bare, entry, record

FAULTS = load()
JAIL = 'p1: jail_set(CREATE, jid=5, name="a", persist, children.max=3)'
BELOW = 'p1: jail_set(CREATE, jid=6, name="a.b", persist)'
INSIDE = ("p1: fork() = p2", "p2: jail_attach(5)")

BOTH = (
    'p1: jail_set(CREATE, jid=1, name="b", persist, children.max=5)',
    'p1: jail_set(CREATE, jid=2, name="b.c", persist)',
)

# A fault, a program that ends with what it does wrong, and what is to be said of it.
SEEN = [
    ("get-leaks", (JAIL, "p1: jail_get(0, jid=5)"), BugKind.LEAKED_REFERENCE),
    ("attach-takes-two-references", (JAIL, *INSIDE), BugKind.LEAKED_REFERENCE),
    ("name-used-twice", (JAIL, 'p1: jail_set(CREATE, name="a", persist)'), BugKind.DUPLICATE_NAME),
    ("attach-says-enoent", ("p1: jail_attach(9)",), BugKind.WRONG_ERRNO),
    ("freed-jail-still-counted", (JAIL, BELOW, "p1: jail_remove(6)"), BugKind.WRONG_COUNT),
    ("new-name-without-parent", (JAIL, BELOW), BugKind.LOST_NAME),
    (
        "H01-fork-escapes-removal",
        (JAIL, *INSIDE, "p2: fork_begin() = p3", "p1: jail_remove(5)", "p3: fork_end()"),
        BugKind.PROCESS_SURVIVES,
    ),
    (
        "child-of-dying-parent",
        (*ZOMBIE_5, "p1: jail_remove(5)", 'p1: jail_set(CREATE, name="a.b", persist)'),
        BugKind.PANIC,
    ),
]


def faulty(name: str) -> Model:
    """The new kernel with a fault."""
    return replace(variant(NEW, FAULTS[name].edits), key="new")


def judged(model: Model, found: Program, *, inside: bool = True) -> Judgement:
    """What is said of a kernel by one program, recorded with or without what is inside."""
    recorded: dict[str, Any] = record(model, found)
    return judge(entry(found, recorded if inside else bare(recorded)), "new", LANDED)


@pytest.mark.parametrize(("name", "lines", "kind"), SEEN, ids=[case[0] for case in SEEN])
def test_a_fault_is_named_where_it_happens(
    name: str, lines: tuple[str, ...], kind: BugKind
) -> None:
    """The step, and the kind of bug, which is one of those that the fault's entry accepts."""
    found = program(*lines)
    said = judged(faulty(name), found)
    assert (said.step, said.verdict, said.agrees_with) == (len(found.calls) - 1, "bug", ())
    assert said.bug_kind in {kind, *FAULTS[name].kinds}
    assert said.why.startswith(DEFINITIONS[BugKind(str(said.bug_kind))].meaning)


def test_the_new_kernel_agrees() -> None:
    """Of the new kernel nothing is said but that it is the new one."""
    said = judged(NEW, program(*REUSED))
    assert (said.agrees_with, said.step, said.verdict) == (("new",), None, None)


def test_where_the_patch_does_nothing_both_agree() -> None:
    """A program that no patch touches tells the kernels not apart."""
    assert judged(LEGACY, program(*NESTED)).agrees_with == ("new", "legacy")


@pytest.mark.parametrize("inside", [True, False])
def test_the_old_kernel_lacks_the_patch(inside: bool) -> None:
    """What the old kernel does has the words of the rule, and a kind of bug."""
    said = judged(LEGACY, program(*REUSED), inside=inside)
    assert (said.agrees_with, said.step, said.verdict) == (("legacy",), 4, "bug")
    assert "patch is missing" in said.why
    assert said.bug_kind == BugKind.WRONG_VISIBILITY


def test_an_old_mistake_has_its_own_kind() -> None:
    """Where the rule says that the old kernel has a bug, that is what the recorded one has."""
    stale = [line.replace("jid=5", 'jid=5, host.hostname="h"') for line in ZOMBIE_5]
    update = 'p1: jail_set(CREATE|UPDATE|DYING, jid=5, name="a", persist)'
    said = judged(LEGACY, program(*stale, update))
    assert (said.verdict, said.bug_kind) == ("bug", BugKind.STALE_PARAMETERS)


CREATE_5 = "p1: jail_set(CREATE, jid=5, persist, odd)"
RENAME = 'p1: jail_set(UPDATE, jid=2, name="d")'
WALK = "p1: jail_get(DYING, lastjid=4)"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("N3-failed-create-corrected", (*ZOMBIE_5, CREATE_5, WALK)),
        ("N1-presumed-parent-corrected", (*BOTH, RENAME, "p1: jail_get(0, jid=2)")),
    ],
)
def test_a_correction_shows_by_answers_alone(name: str, lines: tuple[str, ...]) -> None:
    """Also where the mistake leaves no trace in the answer to the call that makes it."""
    found = program(*lines)
    said = judged(faulty(name), found, inside=False)
    assert (said.step, said.verdict, said.bug_kind) == (len(found.calls) - 1, "intended", None)
    assert FAULTS[name].title in said.why


@pytest.mark.parametrize("inside", [True, False])
def test_a_jid_for_the_dying_jail_is_no_broken_limit(inside: bool) -> None:
    """That the corrected kernel finds a jid where both models find none is intended."""
    found = cases()["D26"].program
    said = judged(faulty("N2-exhaustion-corrected"), found, inside=inside)
    assert (said.verdict, said.bug_kind) == (Verdict.INTENDED, None)


@pytest.mark.parametrize(
    ("errno", "verdict"), [("ENOSPC", Verdict.BUG), ("EPERM", Verdict.INTENDED)]
)
def test_a_refusal_must_be_one_of_a_known_kernel(errno: str, verdict: Verdict) -> None:
    """A mistake is not corrected by a refusal that neither old nor corrected kernels give."""
    found = program(*BOTH, "p1: jail_set(UPDATE, jid=2, allow.chflags)")
    recorded = bare(record(faulty("N1-presumed-parent-corrected"), found))
    assert recorded["results"][-1]["errno"] == "EPERM"
    recorded["results"][-1]["errno"] = errno
    assert judge(entry(found, recorded), "new", LANDED).verdict is verdict


def test_a_refusal_because_of_dying_is_no_limit() -> None:
    """Whatever its errno, a create that is refused for a dying jail lacks the patch."""
    found = program(*REUSED)
    recorded = bare(record(NEW, found))
    refused = {"errno": "EAGAIN", "ret": None, "errmsg": "jail 5 is dying"}
    recorded["results"][4] = refused
    said = judge(entry(found, recorded), "new", LANDED)
    assert (said.step, said.bug_kind) == (4, BugKind.WRONG_VISIBILITY)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("N3-failed-create-corrected", "p1: jail_set(CREATE, jid=5, persist, odd)"),
        ("N1-presumed-parent-corrected", RENAME),
    ],
)
def test_a_corrected_mistake_is_intended(name: str, line: str) -> None:
    """Where the new kernel makes a mistake, a kernel that does not is praised."""
    said = judged(faulty(name), program(*ZOMBIE_5, *BOTH, line))
    assert (said.step, said.verdict, said.bug_kind) == (6, Verdict.INTENDED, None)
    assert "corrected" in said.why


def test_a_parameter_is_traced_to_the_call_that_set_it() -> None:
    """What a jail_get shows late is named after the call that went wrong."""
    found = program(
        JAIL, BELOW, "p1: jail_set(UPDATE, jid=5, securelevel=2)", "p1: jail_get(0, jid=6)"
    )
    said = judged(faulty("securelevel-not-pushed-down"), found, inside=False)
    assert (said.step, said.bug_kind, said.call) == (3, BugKind.BROKEN_LIMIT, "jail_set")
    assert "Seen in jail_get, made by jail_set: " in said.why


def test_the_last_parameters_count() -> None:
    """A difference that only the last parameters show stands at the end of the program."""
    found = program(JAIL, BELOW, "p1: jail_set(UPDATE, jid=5, securelevel=2)")
    said = judged(faulty("securelevel-not-pushed-down"), found)
    assert (said.step, said.bug_kind, said.call) == (3, BugKind.BROKEN_LIMIT, "jail_set")


def test_what_is_left_over_is_a_leak() -> None:
    """Without states, a leak shows when everything is taken away."""
    said = judged(faulty("get-leaks"), program(JAIL, "p1: jail_get(0, jid=5)"), inside=False)
    assert (said.step, said.bug_kind) == (2, BugKind.LEAKED_REFERENCE)
    assert "leaked jail 5 (ref 1" in said.why


@pytest.mark.parametrize("text", ["prison0 not alive (jid=0)", "prison_deref: uref < 0"])
def test_what_a_kernel_says_when_it_stops_is_no_leak(text: str) -> None:
    """A panic while everything is taken away is one."""
    found = program(JAIL)
    recorded = record(NEW, found) | {"cleanup": text}
    said = judge(entry(found, recorded), "new", LANDED)
    assert (said.step, said.bug_kind, said.surface) == (1, BugKind.PANIC, "panic")


def test_an_address_that_is_read_twice_is_judged() -> None:
    """A list of addresses that no kernel can keep is a wrong parameter like others."""
    found = program(
        'p1: jail_set(CREATE, jid=5, name="a", persist, ip4.addr=["10.0.0.1"])',
        "p1: jail_get(0, jid=5)",
    )
    recorded = record(NEW, found)
    recorded["results"][1]["values"]["ip4.addr"] = ["10.0.0.1", "10.0.0.1"]
    said = judge(entry(found, recorded), "new", LANDED)
    assert (said.step, said.verdict) == (1, Verdict.BUG)


def test_a_malformed_op_has_no_name() -> None:
    """What is said of an answer to it is a sentence all the same."""
    found = Program("odd", (Malformed("null"),), 9)
    recorded = bare(record(NEW, found))
    recorded["results"][0] |= {"errno": None, "ret": 2, "errmsg": None}
    said = judge(entry(found, recorded), "new", LANDED)
    assert said.step == 0
    assert "made by" not in said.why


def test_a_changed_old_kernel_is_held_against_the_old_one() -> None:
    """As a changed old kernel it is judged where it departs from that; the step stays."""
    model = replace(variant(LEGACY, FAULTS["attach-says-enoent"].edits), key="new")
    found = program(*REUSED, "p1: jail_attach(9)")
    recorded = entry(found, record(model, found))
    said = judge(recorded, "new", LANDED)
    assert (said.agrees_with, said.step) == ((), 4)
    as_old = judge_as_old(recorded, "new", LANDED, said)
    assert (as_old.step, as_old.bug_kind) == (4, BugKind.WRONG_ERRNO)


def test_genuine_recordings_of_the_old_kernel() -> None:
    """Every directed case is the old kernel's, and none is unexplained."""
    for found in read_programs(trace("cases")):
        said = judge(found, "legacy", LANDED)
        assert "legacy" in said.agrees_with
        assert said.verdict is not Verdict.UNEXPLAINED


def test_a_missing_recording_is_an_error() -> None:
    """A program without the recording that was asked for is named."""
    found = program(JAIL)
    with pytest.raises(InputError, match=r'test\.jsonl:1: expected a recording "mine"'):
        judge(entry(found, record(NEW, found)), "mine", LANDED)


def test_a_wrong_jail_is_known_without_what_was_read_of_it() -> None:
    """A jail_get that answers another jid, of which no parameter was recorded."""
    found = program(JAIL, BELOW, "p1: jail_get(0, jid=5)")
    recorded = bare(record(NEW, found))
    recorded["results"][-1] = {"errno": None, "ret": 6, "errmsg": None}
    said = judge(entry(found, recorded), "new", LANDED)
    assert (said.step, said.bug_kind) == (2, BugKind.WRONG_JAIL)


def test_the_kernel_with_descriptors_agrees_with_itself() -> None:
    """Its permissions are compared as well, which older kernels do not have."""
    standard = comparison(Named("new", "descriptors"))
    for found in islice(read_programs(trace("directed-old-cases")), 20):
        said = judge(found, "descriptors", standard)
        assert (said.step, "descriptors" in said.agrees_with) == (None, True), said.program
    recorded = copy.deepcopy(found.recorded)
    assert recorded is not None
    changed: Any = recorded["descriptors"]
    changed["final"][0]["allow.extattr"] ^= True
    said = judge(replace(found, recorded=recorded), "descriptors", standard)
    assert (said.at_end, said.agrees_with) == (True, ("new",))
