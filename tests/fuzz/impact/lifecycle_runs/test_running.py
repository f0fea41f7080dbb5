"""Running steps on one system."""

from pathlib import Path

from jail_userland.deltas import Release
from jaildiff.impact.lifecycle import (
    FileEdit,
    Lifecycle,
    Linger,
    Lingering,
    Step,
    TypedCommand,
    When,
    jail,
    service,
)
from jaildiff.impact.lifecycle_runs.installation import Installation, installation_of
from jaildiff.impact.lifecycle_runs.running import Column, StepResult, run_lifecycle
from jaildiff.impact.reading.rc_conf import NO_RC_CONF
from jaildiff.kernels.registry import KERNELS
from tests.impacts import PLAIN, STATIC, conf

NEW = Column(Release.R15, KERNELS["new"])


def seen(*steps: Step, installation: Installation | None = None) -> list[StepResult]:
    """What is seen on 15."""
    return run_lifecycle(
        installation or Installation(), Lifecycle("x", When.ALWAYS, (), steps), NEW
    )


def states(last: StepResult) -> list[tuple[object, object]]:
    """Name and state of each jail."""
    return [(view[1], str(view[4])) for view in last.jails]


def test_what_lingers_keeps_a_jail_dying() -> None:
    """A held credential and a stuck process; without them the jail is gone."""
    make, stop = jail("-c", "name=a", "persist"), jail("-r", "a")
    assert states(seen(make, stop)[-1]) == []
    for what in Lingering:
        assert states(seen(make, Linger("a", what), stop)[-1]) == [("a", "dying")]
        assert states(seen(make, Linger("", what), stop)[-1]) == [("a", "dying")]
        assert states(seen(make, Linger("b", what), stop)[-1]) == []


def test_a_command_can_be_typed_in_a_jail() -> None:
    """It sees what is below that jail, by its own names; in no jail it cannot be typed."""
    make = jail("-c", "name=a", "persist", "children.max=1"), jail("-c", "name=a.b", "persist")
    inside = TypedCommand(("jail", "-m", "name=b", "securelevel=2"), inside="a")
    done = seen(*make, inside)
    assert [one.ok for one in done] == [True, True, True]
    assert seen(TypedCommand(("jls",), inside="a"))[0].stderr == 'jexec: jail "a" not found\n'
    assert inside.shown == "jexec a jail -m name=b securelevel=2"


def test_a_service_that_failed_did_not_work(tmp_path: Path) -> None:
    """It exits 0 all the same; what jail(8) said is in its output."""
    found = conf(tmp_path, PLAIN + "a { path = nowhere; }\n")
    installation = installation_of(found, NO_RC_CONF)
    (done,) = seen(service("start"), installation=installation)
    assert (done.exit, done.ok) == (0, False)
    (works,) = seen(
        service("start"), installation=installation_of(conf(tmp_path, STATIC), NO_RC_CONF)
    )
    assert (works.exit, works.ok) == (0, True)


def test_a_change_of_the_file_is_read_by_the_next_command(tmp_path: Path) -> None:
    """It stands in the jail's block."""
    found = conf(tmp_path, STATIC)
    (web,) = found.jails
    edit = FileEdit("web", "securelevel = 2;", found.span(web.block.span).path, web.block.end)
    done = seen(
        jail("-c"), edit, jail("-m", "web"), installation=installation_of(found, NO_RC_CONF)
    )
    assert done[-1].jails[0][5] == 2


def test_nothing_of_a_configuration_is_executed(tmp_path: Path) -> None:
    """Its commands only happen in the model."""
    mark = tmp_path / "mark"
    text = (
        f'a {{ path = /; persist; exec.prestart = "touch {mark}"; exec.start = "touch {mark}"; }}\n'
    )
    (done,) = seen(jail("-c"), installation=installation_of(conf(tmp_path, text), NO_RC_CONF))
    assert done.ok
    assert not mark.exists()
