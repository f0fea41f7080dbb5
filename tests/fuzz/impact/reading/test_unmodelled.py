"""Which parameters are modelled, which others a system knows, and which none does."""

import pytest

from jaildiff.impact.reading.unmodelled import known_type, unmodelled


@pytest.mark.parametrize("name", ["path", "allow.mount", "allow.nomount", "nopersist", "depend"])
def test_what_is_modelled(name: str) -> None:
    """Parameters of the kernel and of jail(8), under their "no" names as well."""
    assert known_type(name) is not None


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("allow.vmm", "allow.vmm"),
        ("allow.novmm", "allow.vmm"),
        ("linux.osname", "linux.osname"),
        ("sysvshm", "sysvshm"),
        ("zfs.dataset", "zfs.dataset"),
        ("allow.mount.nolinprocfs", "allow.mount.nolinprocfs"),
        ("meta", "meta"),
    ],
)
def test_what_other_systems_know(name: str, known_as: str) -> None:
    """Of modules, and of parts of the kernel that are not modelled."""
    assert known_type(name) is None
    assert list(unmodelled(name) or ()) == [known_as]


@pytest.mark.parametrize("name", ["foo", "allow.foo", "exec.begin", "host.name"])
def test_what_nobody_knows(name: str) -> None:
    """It is a mistake of the file."""
    assert (known_type(name), unmodelled(name)) == (None, None)
