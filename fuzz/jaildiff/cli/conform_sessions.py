"""`jaildiff conform --userland`: the userland against recorded sessions of the real programs."""

import json
from collections.abc import Iterator
from pathlib import Path

from jail_userland.deltas import Release
from jaildiff.cli.exit_codes import BAD_INPUT, FOUND
from jaildiff.cli.terminal import complain, out, say_json
from jaildiff.recordings.sessions.replay import Parted, SessionTally, conform_session
from jaildiff.recordings.sessions.session import Session, read_sessions
from jaildiff.support.errors import InputError

USERLANDS = tuple(str(release.value) for release in Release)
SHOWN_MAX = 20


def conform_sessions(userland: str, files: tuple[Path, ...], *, as_json: bool) -> int:
    """Replay the sessions of one userland, each on the kernel that it names; returns the exit code.

    It compares system calls, commands, output, files, exit status and the jails after each step.
    """
    tally = SessionTally()
    sessions = Sessions(files)
    for session in sessions:
        if session.userland.value == int(userland):
            conform_session(session, tally)
    if as_json:
        say_json(tally_json(userland, tally))
    else:
        for parted in tally.parted[:SHOWN_MAX]:
            show_parted(parted)
        if len(tally.parted) > SHOWN_MAX:
            out.say(f"{len(tally.parted) - SHOWN_MAX} more sessions disagree")
        out.say(tally.line)
    if sessions.failed:
        return BAD_INPUT
    if not tally.sessions:
        complain(f"no recorded sessions of userland {userland}")
        return BAD_INPUT
    return 0 if tally.complete else FOUND


class Sessions:
    """The sessions of all files that can be read; reports the others."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        self.files = files
        self.failed = False

    def __iter__(self) -> Iterator[Session]:
        for file in self.files:
            try:
                yield from read_sessions(file)
            except InputError as error:
                self.failed = True
                complain(error)


def show_parted(parted: Parted) -> None:
    """The first difference between a session and our userland, side by side."""
    session, step = parted.session, parted.step
    last = step == len(session.steps)
    did = "at the end" if last else f"at step {step}, {json.dumps(dict(session.steps[step]))}"
    out.say(f"{session.where}: {session.title} disagrees {did} in {parted.what}", "bold red")
    out.table(("recorded", "ours"), [(json.dumps(parted.recorded), json.dumps(parted.ours))])


def tally_json(userland: str, tally: SessionTally) -> dict[str, object]:
    """The same for machines."""
    return {
        "userland": userland,
        "commands": tally.commands,
        "commands_agreed": tally.commands_agreed,
        "sessions": tally.sessions,
        "sessions_agreed": tally.sessions_agreed,
        "first": [
            {
                "session": parted.session.title,
                "where": parted.session.where,
                "step": parted.step,
                "what": parted.what,
                "recorded": parted.recorded,
                "ours": parted.ours,
            }
            for parted in tally.parted
        ],
    }
