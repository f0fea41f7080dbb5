"""Another value for every parameter that can be changed."""

from pathlib import Path

from jail_userland.param_types import PARAM_TYPES, Access
from jaildiff.impact.lifecycle_runs.values import LEFT_OUT, changed_values
from tests.impacts import PLAIN, conf


def test_every_changeable_parameter_is_changed(tmp_path: Path) -> None:
    """All but those that are left out with a reason; what is set is cleared."""
    (one,) = conf(tmp_path, PLAIN + "a { persist; allow.mount; allow.norouting; }\n").jails
    values = dict(changed_values(one))
    changeable = {name for name, kind in PARAM_TYPES.items() if kind.access is Access.WRITE}
    assert set(values) == changeable - set(LEFT_OUT)
    assert values["allow.mount"] == "allow.nomount"
    assert values["children.max"] == "children.max=0"


def test_what_is_denied_is_allowed(tmp_path: Path) -> None:
    """A "no" name that is given is taken back."""
    (one,) = conf(tmp_path, PLAIN + "a { allow.noset_hostname; }\n").jails
    assert dict(changed_values(one))["allow.set_hostname"] == "allow.set_hostname"
