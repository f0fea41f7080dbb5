"""fuzz/jaildiff/recordings/sessions: replay, machine and event_words against the recordings."""

from dataclasses import replace
from typing import Any

import pytest

from jaildiff.recordings.sessions.machine import SessionMachine
from jaildiff.recordings.sessions.replay import SessionTally, conform_session
from jaildiff.recordings.sessions.session import Session, read_sessions
from tests.house.tools import ROOT

FOLDER = ROOT / "corpus" / "userland"
EVERY = {"directed": 1, "random": 12, "conf": 20}


@pytest.mark.parametrize("name", EVERY)
def test_the_userland_agrees_with_the_recordings(name: str) -> None:
    """All directed sessions, and a sample of the others; `jaildiff conform` replays all."""
    tally = SessionTally()
    for number, session in enumerate(read_sessions(FOLDER / f"{name}.sessions.zst")):
        if number % EVERY[name] == 0:
            conform_session(session, tally)
    assert [(parted.session.title, parted.step, parted.what) for parted in tally.parted] == []
    assert tally.complete
    assert tally.sessions > 100


@pytest.fixture(scope="module")
def session() -> Session:
    """A start, a list, a stop, a list."""
    return next(read_sessions(FOLDER / "directed.sessions.zst"))


def changed(session: Session, step: int, **new: object) -> Session:
    """The session with another answer."""
    assert session.answers is not None
    answers = list(session.answers)
    answers[step] = {**answers[step], **new}
    return replace(session, answers=tuple(answers))


def first_event(session: Session, step: int, **new: object) -> list[dict[str, Any]]:
    """The events of a step, the first one changed."""
    assert session.answers is not None
    first, *rest = session.answers[step]["events"]
    return [{**first, **new}, *rest]


@pytest.mark.parametrize(
    ("new", "what"),
    [
        ({"stdout": ""}, "stdout"),
        ({"stderr": "x"}, "stderr"),
        ({"exit": 1}, "exit"),
        ({"states": []}, "states"),
        ({"procs": {}}, "procs"),
        ({"last": [9, 9]}, "last"),
        ({"written": {"x": ""}}, "written"),
        ({"hang": True}, "hang"),
        ({"events": []}, "event 0"),
    ],
)
def test_every_difference_is_found(session: Session, new: dict[str, object], what: str) -> None:
    """Whatever part of an answer it is in; the command does not count as agreed then."""
    tally = SessionTally()
    conform_session(changed(session, 0, **new), tally)
    (parted,) = tally.parted
    assert (parted.step, parted.what) == (0, what)
    assert tally.line == "AGREE 3/4 commands, 0/1 sessions"


def test_the_order_of_parameters_counts(session: Session) -> None:
    """Objects with another order compare equal, so it is looked at by itself."""
    assert session.answers is not None
    get, jail_set = session.answers[0]["events"]
    reverse = {**jail_set, "params": dict(reversed(jail_set["params"].items()))}
    tally = SessionTally()
    conform_session(changed(session, 0, events=[get, reverse]), tally)
    assert [parted.what for parted in tally.parted] == ["order of parameters"]


@pytest.mark.parametrize("new", [{"flags": ["dying"]}, {"by": {"name": "x"}}, {"wants": ["jid"]}])
def test_how_a_call_is_made_counts(session: Session, new: dict[str, object]) -> None:
    """Flags, keys and what is asked for."""
    tally = SessionTally()
    conform_session(changed(session, 0, events=first_event(session, 0, **new)), tally)
    assert [parted.what for parted in tally.parted] == ["event 0"]


def test_the_state_at_the_end_counts(session: Session) -> None:
    """It is compared once all steps are over."""
    tally = SessionTally()
    conform_session(replace(session, state=[[1]]), tally)
    assert [(parted.step, parted.what) for parted in tally.parted] == [(4, "state")]


def test_a_program_that_breaks_is_one_disagreement(session: Session) -> None:
    """The session ends there, the others go on."""
    tally = SessionTally()
    conform_session(replace(session, steps=({"run": ["nope"]}, *session.steps[1:])), tally)
    (parted,) = tally.parted
    assert (parted.step, parted.what) == (0, "internal error")


def test_a_session_without_answers_is_not_counted(session: Session) -> None:
    """There is nothing to agree with."""
    tally = SessionTally()
    conform_session(replace(session, answers=None), tally)
    assert tally == SessionTally()


def test_other_actors_name_jails() -> None:
    """The lowest process in a jail, or its jid, alive before dying; -1 if there is none."""
    from tests.sessions import boot, run  # noqa: PLC0415  # only here

    machine: SessionMachine = boot(
        "a { jid=5; path=/jails/a; persist; exec.start=d; }", leaves={"d": 2}
    )
    run(machine, "jail -c a")
    exits = machine.step({"op": {"op": "exit", "pid": {"jail": "a"}}})
    assert exits["op"] == {"op": "exit", "pid": 4}
    removal = machine.step({"op": {"op": "jail_remove", "pid": 1, "jid": {"jail": "a"}}})
    assert (removal["op"]["jid"], removal["errno"]) == (5, None)
    assert removal["events"] == [{"exit": 5, "status": "signal 9"}]
    assert machine.step({"op": {"op": "jail_remove", "pid": 1, "jid": {"jail": "a"}}})["errno"]
