"""A process of a program."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jaildiff.recordings.recorder.actor import Actor, CannotHoldError, receive, serve
from jaildiff.recordings.recorder.system import Answered, System


class Opening(System):
    """Attaching opens a file, and answers with its number."""

    def attach(self, _jid: int) -> Answered:
        return Answered(os.open(os.devnull, os.O_RDONLY), 0)

    def hold(self, res: str) -> int:
        if res == "no":
            raise subprocess.CalledProcessError(1, "mount")
        return super().hold(res)


@pytest.fixture
def actor() -> Iterator[Actor]:
    """A process."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        serve(Opening("fd"), theirs)
    theirs.close()
    yield Actor(ours, receive(ours), 0)
    ours.close()
    os.waitpid(pid, 0)


def test_descriptors_have_the_numbers_of_the_program(actor: Actor) -> None:
    """The first free one is 3, also in a child and after something was held."""
    child = actor.fork(1)
    assert [actor.call("attach", 0).ret for _ in range(2)] == [3, 4]
    os.close(actor.hold("r"))
    assert actor.call("close", 3) == Answered(0, 0)
    grandchild = actor.fork(1)
    assert [one.call("attach", 0).ret for one in (actor, child, grandchild)] == [3, 3, 3]
    for one in (child, grandchild):
        one.ask("ping")
        one.link.close()


def test_why_nothing_can_be_held(actor: Actor) -> None:
    """It is said, and the process goes on."""
    with pytest.raises(CannotHoldError, match="mount"):
        actor.hold("no")
    assert actor.ask("ping") is None


def test_a_process_has_no_other_files(actor: Actor, tmp_path: Path) -> None:
    """What the recorder has open it has not."""
    with (tmp_path / "file").open("w"):
        child = actor.fork(1)
        files = {int(file.name) for file in Path(f"/proc/{child.pid}/fd").iterdir()}
    assert files == {0, 1, 2, 1000}
    child.link.close()
