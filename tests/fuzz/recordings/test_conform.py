import copy
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.json_form import program_to_json
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.recordings.conform import Tally, column, conform, idle, shorten, with_key
from jaildiff.recordings.follow import Disagreement, compare_panic
from jaildiff.support.errors import InputError
from tests.programs import NESTED, TRACES, ZOMBIE_5, cases, program, script, trace

Answers = dict[str, Any]
Falsify = Callable[[Answers], None]

SLICE = 60

both = pytest.mark.parametrize("model", [LEGACY, NEW], ids=["legacy", "new"])


def run(model: Model, *entries: Entry) -> Tally:
    """The tally after these."""
    tally = Tally(model.key)
    for entry in entries:
        conform(model, entry, tally)
    return tally


def entry_of(recorded: Answers | None, *lines: str) -> Entry:
    """A program with recorded answers."""
    found = program(*lines)
    assert program_to_json(found)
    return Entry(found, None, recorded, "test.jsonl:1")


# THE RECORDINGS


@both
def test_directed_cases(model: Model) -> None:
    """The model agrees with every op and every program of the directed recordings."""
    tally = run(model, *cases().values())
    assert tally.disagreements == []
    assert tally.complete
    assert tally.programs == len(cases())


@both
@pytest.mark.parametrize("name", [name for name in TRACES if name != "cases"])
def test_other_recordings(model: Model, name: str) -> None:
    """The model agrees with the first programs of every other file."""
    tally = run(model, *islice(read_programs(trace(name)), SLICE))
    assert tally.disagreements == []
    assert (tally.complete, tally.programs) == (True, SLICE)
    assert tally.ops > SLICE


# FALSIFIED RECORDINGS


def set_at(*path: str | int, to: object) -> Falsify:
    """Write a value into the answers."""

    def falsify(answers: Answers) -> None:
        holder: Any = answers
        for key in path[:-1]:
            holder = holder[key]
        assert holder[path[-1]] != to
        holder[path[-1]] = to

    return falsify


@pytest.mark.parametrize(
    ("falsify", "step", "what"),
    [
        (set_at("results", 4, "errno", to="EPERM"), 4, "results"),
        (set_at("results", 4, "errmsg", to="another"), 4, "results"),
        (set_at("results", 0, "ret", to=7), 0, "results"),
        (set_at("results", 5, "values", "name", to="b"), 5, "results"),
        (set_at("states", 3, 0, 3, to="alive"), 3, "states"),
        (set_at("states", 7, to=[[5, "a", 0, "dying", 1, 0, 0, 0, False]]), 7, "states"),
        (set_at("procs", 1, "2", 0, to=0), 1, "procs"),
        (set_at("last", 6, 0, to=3), 6, "last"),
        (set_at("final", 0, "children.cur", to=1), 8, "final"),
        (set_at("cleanup", to="jail 5: ref 1, uref 0"), 8, "cleanup"),
    ],
)
def test_falsified(falsify: Falsify, step: int, what: str) -> None:
    """A recording that is changed anywhere is found out, with the step and what it is about."""
    genuine = cases()["D01"]
    assert len(genuine.program.calls) == 8
    recorded: Any = copy.deepcopy(genuine.recorded)
    falsify(recorded["legacy"])
    entry = Entry(genuine.program, None, recorded, genuine.where)
    tally = run(LEGACY, entry)
    (found,) = tally.disagreements
    assert (found.program, found.step, found.what) == (genuine.program.id, step, what)
    assert found.recorded != found.modelled
    assert len(found.calls) == min(step + 1, 8)
    at_end = what in ("final", "cleanup")
    assert (tally.ops_agreed, tally.programs_agreed) == (8 if at_end else 7, 0)
    assert not tally.complete
    assert run(NEW, entry).complete


def panicking(**changes: object) -> Tally:
    """The tally of a recorded panic, changed."""
    genuine = cases()["D37"]
    recorded = copy.deepcopy(genuine.recorded)
    assert recorded is not None
    old: Any = recorded["legacy"]
    old |= changes
    return run(LEGACY, Entry(genuine.program, None, recorded, genuine.where))


def test_panic() -> None:
    """A panic is an op like others, to be met at the same op with the same text."""
    tally = panicking()
    assert tally.complete
    assert tally.ops == 6
    (found,) = panicking(panic="Cannot add a process to a non-alive prison (jid=6)").disagreements
    assert (found.step, found.what) == (5, "panic")
    assert found.recorded == "panic: Cannot add a process to a non-alive prison (jid=6)"
    assert found.modelled == "panic: Cannot add a process to a non-alive prison (jid=5)"


def test_panic_that_does_not_come() -> None:
    """A recorded panic where the model answers is a disagreement, and the end."""
    recorded: Answers = {"legacy": {"results": [], "panic": "stop", "panic_op": 0}}
    (found,) = run(LEGACY, entry_of(recorded, "p1: exit()", "p1: exit()")).disagreements
    assert (found.step, found.what, found.recorded) == (0, "panic", "panic: stop")
    assert found.modelled is None


def test_panic_that_was_not_recorded() -> None:
    """A panic of the model where the recording goes on is a disagreement."""
    lines = (
        *ZOMBIE_5,
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p1: jail_set(CREATE, name="a.x", persist)',
    )
    results = [{"errno": None, "ret": ret, "errmsg": None} for ret in (2, 5, 0, 0, 5, 1)]
    tally = run(LEGACY, entry_of({"legacy": {"results": results}}, *lines))
    (found,) = tally.disagreements
    assert (found.step, found.what, found.recorded) == (5, "panic", None)
    assert (tally.ops, tally.ops_agreed) == (6, 5)


def test_page_faults_are_alike() -> None:
    """Page faults are compared without their addresses, and with nothing else."""
    recorded = {"panic_op": 3, "panic": "page fault (signal 11) at address 0x99"}
    assert compare_panic(recorded, 3, "panic: page fault (signal 11) at address 0x1") is None
    assert compare_panic(recorded, 3, "panic: other") is not None
    assert compare_panic(recorded, 2, None) is None
    assert compare_panic({}, 2, "panic: other") == ("panic", None, "panic: other")


# PARTIAL AND MALFORMED RECORDINGS


def test_results_only() -> None:
    """A recording may have results alone; then only these are compared."""
    ok = {"errno": None, "ret": 1, "errmsg": None}
    assert run(NEW, entry_of({"new": {"results": [ok]}}, NESTED[0])).complete


def test_nothing_recorded() -> None:
    """A program without answers, or with the other kernel's only, adds nothing."""
    recordings: tuple[Answers | None, ...] = (None, {"new": {"results": []}})
    for recorded in recordings:
        tally = run(LEGACY, entry_of(recorded, "p1: exit()"))
        assert (tally.ops, tally.programs) == (0, 0)
        assert tally.complete


@pytest.mark.parametrize("what", ["results", "states", "procs", "last"])
def test_truncated(what: str) -> None:
    """A list that is shorter or longer than the program is bad input, not a disagreement."""
    genuine = cases()["D01"]
    for length in (0, 7, 9):
        recorded: Any = copy.deepcopy(genuine.recorded)
        recorded["new"][what] = (recorded["new"][what] * 2)[:length]
        with pytest.raises(InputError, match=f'"new" .* "{what}" a list of 8') as caught:
            run(NEW, Entry(genuine.program, None, recorded, genuine.where))
        assert str(caught.value).startswith(f"{genuine.where}: ")


@pytest.mark.parametrize(
    "answers",
    [
        5,
        [],
        {},
        {"results": 5},
        {"results": None},
        {"results": {}},
        {"results": [], "panic": "x", "panic_op": 0.5},
        {"results": [{}], "panic": "x", "panic_op": 1},
        {"results": [{}], "panic": "x"},
        {"results": [], "panic_op": 0},
        {"results": [{}, {}, {}], "panic_op": 3},
        {"results": [], "panic_op": None},
        {"results": [{"errno": "EINVAL", "ret": None, "errmsg": None}], "states": None},
    ],
)
def test_malformed(answers: object) -> None:
    """What is no recording is bad input, and says where."""
    with pytest.raises(InputError, match=r"^test\.jsonl:1: expected "):
        run(LEGACY, entry_of({"legacy": answers}, "p1: jail_remove(5)"))


def test_a_panic_cuts_the_lists() -> None:
    """The lists of a recording with a panic end before that op."""
    recorded: Answers = {"legacy": {"results": [], "panic": "x", "panic_op": 0, "states": []}}
    assert column(entry_of(recorded, "p1: exit()"), LEGACY.key) == recorded["legacy"]


# WRITTEN-DOWN ANSWERS


def scripted(*lines: str) -> Entry:
    found = script(*lines)
    return Entry(found.program, found, None, "test.jd")


def test_script() -> None:
    """The answers in a script count where they are written down."""
    entry = scripted("p1: jail_remove(5)", "    both EINVAL", "p1: exit()", NESTED[0], "    new  1")
    assert (run(LEGACY, entry).ops, run(NEW, entry).ops) == (1, 2)
    # The only process has exited: nobody is there to create a jail.
    (found,) = run(NEW, entry).disagreements
    assert (found.step, found.recorded, found.modelled) == (2, "1", "ESRCH")
    assert run(LEGACY, entry).complete


def test_script_without_answers() -> None:
    """A script without answers adds nothing."""
    assert run(NEW, scripted("p1: exit()")).programs == 0


def test_script_with_a_panic() -> None:
    """A written-down panic is compared as a text."""
    lines = (
        *ZOMBIE_5,
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p1: jail_set(CREATE, name="a.x", persist)',
        "    old  panic: Cannot add a process to a non-alive prison (jid=5)",
        "p1: exit()",
    )
    assert run(LEGACY, scripted(*lines)).complete


def test_one_word_for_results() -> None:
    """A wrong result is called the same in a recording and in a script."""
    (written,) = run(NEW, scripted("p1: jail_remove(5)", "    both 0")).disagreements
    wrong = {"errno": None, "ret": 0, "errmsg": None}
    recorded = entry_of({"new": {"results": [wrong]}}, "p1: jail_remove(5)")
    assert run(NEW, recorded).disagreements[0].what == written.what


# WHAT IS SAID OF IT


def test_line_and_json() -> None:
    """The last line and the JSON say how much agrees."""
    tally = Tally("new", ops=10, ops_agreed=9, programs=2, programs_agreed=1)
    assert tally.line == "AGREE 9/10 ops, 1/2 programs (0 undefined)"
    assert tally.apart == "1 of 2 programs do not agree"
    assert not tally.complete
    assert tally.json("new") == {
        "kernel": "new",
        "ops": 10,
        "ops_agreed": 9,
        "programs": 2,
        "programs_agreed": 1,
        "undefined": 0,
        "disagreements": 0,
    }


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("p1: jail_set(CREATE, persist)", "jail_set"),
        ("drop(r)", "drop"),
        ("p1: fork() = p2", "fork"),
    ],
)
def test_kind(last: str, expected: str) -> None:
    """Disagreements about the same of the same call are of one kind."""
    found = Disagreement("x", 1, "states", 1, 2, ("p1: exit()", last))
    assert found.kind == ("states", expected)
    assert Disagreement("x", 0, "states", 1, 2, ()).kind == ("states", "")


def test_shorten() -> None:
    """Ops that only looked, or failed and changed nothing, are left out of the program shown."""
    genuine = cases()["D01"]
    recorded: Any = copy.deepcopy(genuine.recorded)
    recorded["legacy"]["last"][7] = [9, -1]
    entry = Entry(genuine.program, None, recorded, genuine.where)
    (found,) = run(LEGACY, entry).disagreements
    shorter = shorten(entry, LEGACY.key, found)
    # The create that the old kernel refuses, and both reads, are not needed.
    assert shorter.calls == (*found.calls[:4], found.calls[7])
    assert (shorter.step, shorter.what) == (found.step, found.what)
    assert [idle(recorded["legacy"], index) for index in range(8)] == [
        False,
        False,
        False,
        False,
        True,
        True,
        True,
        False,
    ]


def test_shorten_needs_states() -> None:
    """Without recorded states, or in a script, nothing is left out."""
    wrong = {"errno": None, "ret": 9, "errmsg": None}
    for entry in (
        entry_of({"new": {"results": [wrong]}}, "p1: jail_remove(5)"),
        scripted("p1: jail_remove(5)", "    both 9"),
    ):
        (found,) = run(NEW, entry).disagreements
        assert shorten(entry, NEW.key, found) is found


# THE NAME OF A RECORDING


@pytest.mark.parametrize(
    ("names", "asked", "taken"),
    [
        (("freebsd-14.3",), None, "freebsd-14.3"),
        (("freebsd-14.3",), "mine", "mine"),
        (("legacy", "freebsd-14.3"), None, "freebsd-14.3"),
        (("legacy", "new", "freebsd-14.3"), None, "new"),
        (("a", "b"), None, "new"),
        (("legacy",), None, "new"),
        ((), None, "new"),
    ],
)
def test_the_only_recording_is_taken(names: tuple[str, ...], asked: str | None, taken: str) -> None:
    """If none is asked for; but never that of another shipped kernel. No entry is lost."""
    entries = [entry_of({name: {"results": []} for name in names}, NESTED[0]) for _ in range(2)]
    key, found = with_key(iter(entries), asked, "new")
    assert (key, [*found]) == (taken, entries)


def test_without_programs_there_is_no_recording() -> None:
    """The usual name stands in."""
    key, found = with_key(iter(()), None, "new")
    assert (key, [*found]) == ("new", [])
