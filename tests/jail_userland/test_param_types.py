"""jail_userland/param_types.py."""

from jail_kernel.allow import NAMES
from jail_userland.param_types import PARAM_TYPES, Access
from tests.sessions import boot, run


def test_every_permission_of_the_kernel_is_known() -> None:
    """As a boolean."""
    assert set(NAMES) == {name for name in PARAM_TYPES if name.startswith("allow.")}


def test_the_kernel_answers_for_every_parameter() -> None:
    """jls asks for all of them, and gets them."""
    machine = boot()
    run(machine, "jail -c name=a persist")
    answer = run(machine, "jls -n")
    assert answer["exit"] == 0
    assert len(answer["stdout"].split()) == len(PARAM_TYPES)


def test_what_is_fixed_at_creation() -> None:
    """The list that an update compares."""
    fixed = {name for name, kind in PARAM_TYPES.items() if kind.access is Access.CREATE}
    assert fixed == {"jid", "path", "osreldate", "osrelease", "vnet", "ip4", "ip6"}
