"""jail_userland/jail/paths.py."""

import pytest

from jaildiff.recordings.sessions.machine import SessionMachine
from tests.sessions import boot, commands, run

CONF = 'a { path=/jails/a; persist; mount="/x /jails/a/x nullfs"; }'


@pytest.fixture
def machine() -> SessionMachine:
    made = boot(CONF, dirs=("/jails/a/x",))
    run(made, "jail -c a")
    return made


def test_a_mount_is_taken_away(machine: SessionMachine) -> None:
    """If it is there."""
    assert commands(run(machine, "jail -r a")) == ["/sbin/umount -t nullfs /jails/a/x"]


@pytest.mark.parametrize(
    ("mounts", "message"),
    [
        ({}, "mount: /jails/a/x: not a mount point"),
        ({"/jails/a/x": "tmpfs"}, "mount: /jails/a/x: not a nullfs mount"),
    ],
)
def test_only_such_a_mount_is_taken_away(
    machine: SessionMachine, mounts: dict[str, str], message: str
) -> None:
    """Else it is said, the rest goes on, and the exit status is 1."""
    machine.host.files.mounts = {"/": "ufs", **mounts}
    answer = run(machine, "jail -r a")
    assert (commands(answer), answer["stderr"]) == ([], f"jail: a: {message}\n")
    assert (answer["states"], answer["exit"]) == ([], 1)


def test_outside_of_the_jail_a_path_is_not_followed() -> None:
    """There mount(8) is left to find out."""
    conf = 'a { path=/jails/a; persist; mount="/x /nope nullfs"; }'
    assert commands(run(boot(conf), "jail -c a")) == ["/sbin/mount -t nullfs /x /nope"]
