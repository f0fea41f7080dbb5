"""jail_userland/jail/run.py: the queues."""

from jail_userland.conf.jails import JF, CfJail, Jails
from jail_userland.jail.run import Run, requeue, requeue_head
from tests.sessions import process


def made() -> tuple[Run, CfJail, CfJail]:
    """A run with two jails."""
    run = Run(process(), Jails(process()))
    return run, run.jails.add_jail("a"), run.jails.add_jail("b")


def test_a_jail_stands_in_one_queue() -> None:
    """It goes to the end of the other one, or keeps its place where it is."""
    run, a, b = made()
    requeue(a, run.ready)
    requeue(b, run.ready)
    requeue(a, run.ready)
    assert (run.cfjails, run.ready) == ([], [a, b])


def test_a_failure_is_dealt_with_next() -> None:
    """The jail goes to the head of those that are ready."""
    run, a, b = made()
    requeue(a, run.ready)
    run.failed(b)
    assert (run.ready, bool(b.flags & JF.FAILED)) == ([b, a], True)
    requeue_head(a, run.ready)
    assert run.ready == [a, b]
