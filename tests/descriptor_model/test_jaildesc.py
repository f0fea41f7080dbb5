from descriptor_model.jaildesc import FD_MAX, jaildesc_alloc, jaildesc_find
from jail_kernel.call import Errno
from tests.tools import boot, fails, succeeded


def test_numbers() -> None:
    """The lowest that is free; from boot on three are taken by other files.  MD50."""
    m = boot("descriptors")
    m.make("a")
    assert [m.open(1), m.open(1)] == [3, 4]
    succeeded(m.close(3))
    assert m.open(1) == 3
    succeeded(m.close(0))
    assert m.open(1) == 0


def test_a_full_table() -> None:
    """A process has 64 numbers; what fails leaves nothing open.  MD51."""
    m = boot("descriptors")
    m.make("a")
    for _ in range(FD_MAX - 3):
        m.open(1)
    assert m.get("G", desc=-1, jid=1) == fails(Errno.EMFILE)
    assert m.set("CG", desc=-1, name="b", persist=True) == fails(Errno.EMFILE)
    assert (len(m.files()), m.jails()) == (FD_MAX - 3, [(1, "a", "alive")])


def test_what_no_descriptor_is() -> None:
    """A number that is not open, a file of another kind, and one without a jail.  MD10, MD30."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    assert jaildesc_find(m.k, 1, 9) is Errno.EBADF
    assert jaildesc_find(m.k, 1, 0) is Errno.EINVAL
    assert not isinstance(jaildesc_find(m.k, 1, 3), Errno)
    m.remove(1)
    assert jaildesc_find(m.k, 1, 3) is Errno.ENOENT


def test_a_half_built_jail_is_as_good_as_none() -> None:
    """A descriptor of it can be had, and is dead from the start.  MD73, MD74."""
    m = boot("descriptors")
    m.set("C", jid=5, persist=True, meta=-1)
    assert m.get("DG", desc=-1, lastjid=0).fd == 3
    assert m.files() == {3: 5}
    dead = fails(Errno.ENOENT, "descriptor to dead jail")
    assert m.get("DX", desc=3) == dead
    assert m.remove_jd(3) == fails(Errno.ENOENT)


def test_owning_needs_the_right_to_remove() -> None:
    """Whoever may not remove jails gets no descriptor that would.  MD41."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.enter(1, 2)
    m.set("U", {"jid": 1, "allow.suser": False})
    assert jaildesc_alloc(m.k, 2, owning=True) is Errno.EPERM
    assert jaildesc_alloc(m.k, 2, owning=False) == 3


def test_it_follows_a_renumbering() -> None:
    """The file names the jail, not its number.  MD34."""
    m = boot("descriptors")
    m.zombie(5, "z")
    m.open(5, "GD")
    succeeded(m.set("C", jid=5, persist=True))
    assert m.files() == {3: 999999}
