"""jail_userland/events.py: what the host notes."""

from jail_userland.events import Called, Executed, Exited, Forked, Left, UserChanged
from tests.sessions import boot, run


def test_what_a_command_does_is_noted_in_order() -> None:
    """Fork, the way into the jail, the user, the command, what it leaves, its end."""
    conf = "a { path=/jails/a; persist; exec.start=d; exec.jail_user=admin; }"
    machine = boot(conf, leaves={"d": 1}, secs={"d": 2})
    run(machine, "jail -c a")
    found = [event for event in machine.host.events if not isinstance(event, Called)]
    assert found == [
        Forked(2, 3),
        UserChanged(1001, 3, whole=True),
        Executed(("d",), 3, 1, 0, secs=2),
        Left(4, 3, 1),
        Exited(3, 0),
    ]
