"""jail_userland/program.py and process.py."""

import pytest

from jail_userland.host import SECOND
from jail_userland.process import ProgramExit
from tests.sessions import boot, process, run, said


def test_an_unknown_program_is_a_mistake_of_the_caller() -> None:
    """Only jail, jls and jexec are modelled."""
    with pytest.raises(KeyError):
        run(boot(), "zfs list")


def test_a_program_is_gone_and_a_second_later() -> None:
    """Each gets a new process number."""
    machine = boot()
    for pid in (2, 3):
        before = machine.host.clock
        run(machine, "jls")
        assert machine.host.lastpid == pid
        assert machine.host.clock - before == SECOND
    assert list(machine.state()["procs"]) == ["1"]


def test_bytes_come_out_as_they_went_in() -> None:
    """Text that is no UTF-8 too."""
    conf = 'a { x = "\u00e4\udcff"; }'
    assert said(run(boot(conf), "jail -e ,"))[0] == "name=a,x=\u00e4\udcff\n"


def test_a_last_message_ends_the_program() -> None:
    """With the program's name before it."""
    proc = process()
    with pytest.raises(ProgramExit) as done:
        proc.errx("it is over", 3)
    assert (done.value.status, proc.err) == (3, ["jail: it is over\n"])
