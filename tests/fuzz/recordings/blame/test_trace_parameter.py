from jail_kernel.jail_get import host_view
from jail_kernel.kernel import Kernel
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.registry import NEW
from jaildiff.kernels.snapshot import values_json
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program
from jaildiff.recordings.blame.trace_parameter import Wrong, origin, trace, wrong_parameters
from tests.programs import program

LINES = (
    'p1: jail_set(CREATE, jid=5, name="a", persist, children.max=3, securelevel=1)',
    'p1: jail_set(CREATE, jid=6, name="a.b", persist)',
    "p1: jail_set(CREATE, jid=7, persist)",
    "p1: jail_set(UPDATE, jid=5, securelevel=2)",
    "p1: jail_set(UPDATE, jid=7, securelevel=3)",
    "p1: jail_set(UPDATE, jid=7, securelevel=4, odd)",
)
JAILS = program(*LINES)


def end(found: Program) -> Kernel:
    """The new model's state after a program."""
    k = boot(found)
    for call in found.calls:
        NEW.step(k, call)
    return k


def wrong(jid: int, field: str, value: object) -> Wrong:
    """A parameter of a jail that is wrong at the end."""
    return Wrong(end(JAILS).prid[jid].seq, field, value)


def test_a_value_from_before_was_not_renewed() -> None:
    """The last change to the jail is the one that was forgotten."""
    assert origin(NEW, JAILS, 5, wrong(6, "securelevel", 1)) == 3


def test_a_value_of_the_jail_above_went_too_far() -> None:
    """The call that gave it to the jail above is the one that went wrong."""
    found = program(*LINES, 'p1: jail_set(UPDATE, jid=5, host.hostname="h")')
    hostname = Wrong(end(found).prid[6].seq, "hostname", "h")
    assert origin(NEW, found, 7, hostname) == 6


def test_a_value_that_was_refused_is_half_done() -> None:
    """The call that was refused and would have set it is the one that went wrong."""
    assert origin(NEW, JAILS, 6, wrong(7, "securelevel", 4)) == 5
    found = trace(NEW, JAILS, 6, [wrong(7, "securelevel", 4)])
    assert found is not None
    assert found.kind == BugKind.HALF_DONE


def test_any_other_value_was_set_wrongly() -> None:
    """The last change to the jail is the one that set it."""
    assert origin(NEW, JAILS, 5, wrong(7, "securelevel", 9)) == 4


def test_the_call_is_diagnosed() -> None:
    """What the call at the origin would have done is examined as any other fault."""
    found = trace(NEW, JAILS, 5, [wrong(6, "securelevel", 1)])
    assert found is not None
    assert found.kind == BugKind.BROKEN_LIMIT


def test_a_value_from_the_start_has_no_origin() -> None:
    """What no call changed no call made wrong."""
    assert trace(NEW, JAILS, 5, [Wrong(0, "hostname", "x")]) is None


def test_wrong_parameters_are_found() -> None:
    """Those that differ, as a prison has them, permissions as one."""
    pr = end(JAILS).prid[5]
    values = values_json(host_view(pr))
    assert wrong_parameters(pr, values) == []
    changed = values | {"host.hostname": "h", "ip4.addr": ["10.0.0.1"], "allow.quotas": True}
    changed |= {"ip6.restricted": not pr.ip6_restrict}
    found = {one.field: one.value for one in wrong_parameters(pr, changed)}
    assert found.keys() == {"hostname", "ip4", "allow", "ip6_restrict"}
    assert (found["hostname"], found["ip4"]) == ("h", (b"\n\0\0\1",))
