from jail_kernel import allow
from tests.tools import boot, both_models

NAMES = (
    "set_hostname sysvipc raw_sockets chflags mount quotas socket_af mlock reserved_ports "
    "read_msgbuf unprivileged_proc_debug suser nfsd "
    "mount.devfs mount.fdescfs mount.nullfs mount.procfs mount.tmpfs mount.zfs"
)


def names_of(bits: int) -> set[str]:
    return {name for name in allow.NAMES if bits & allow.BIT[name]}


def test_names() -> None:
    """There are nineteen permissions, each named once."""
    assert sorted(allow.NAMES) == sorted(f"allow.{name}" for name in NAMES.split())


def test_bits() -> None:
    """Every permission has a bit of its own, and ALL is exactly these bits."""
    assert [bit.bit_count() for bit in allow.BIT.values()] == [1] * 19
    assert allow.ALL.bit_count() == 19
    assert names_of(allow.ALL) == set(allow.NAMES)


def test_differences() -> None:
    """Only unprivileged_proc_debug may be on where the parent has it off."""
    assert names_of(allow.DIFFERENCES) == {"allow.unprivileged_proc_debug"}


@both_models
def test_prison0_has_all(model: str) -> None:
    """The system itself may do everything, also what kernels have no name for yet."""
    assert boot(model)[0].allow & allow.ALL == allow.ALL
    assert (boot(model)[0].allow & ~allow.ALL).bit_count() == 5


@both_models
def test_default(model: str) -> None:
    """A new jail of prison0 has the four default permissions."""
    assert names_of(boot(model).make("a").allow) == {
        "allow.set_hostname",
        "allow.reserved_ports",
        "allow.unprivileged_proc_debug",
        "allow.suser",
    }


@both_models
def test_default_is_what_the_parent_has(model: str) -> None:
    """A new jail has those of the default permissions that its parent has."""
    m = boot(model)
    m.make("a", {"allow.reserved_ports": False, "allow.mount": True})
    assert names_of(m.make("a.b").allow) == {
        "allow.set_hostname",
        "allow.unprivileged_proc_debug",
        "allow.suser",
    }
