import pytest

from jail_kernel.state import (
    FIELDS,
    JAIL_MAX,
    NAME_SIZE,
    PRISON_FIELDS,
    File,
    Journaled,
    Prison,
    PrisonState,
    Proc,
    ProcState,
    Ucred,
    was,
)

LINKS = {"parent", "children", "procs", "creds"}
PRISON = Prison(4, None, 9)
OBJECTS: list[Journaled] = [
    PRISON,
    Ucred(PRISON),
    Proc(5, Ucred(PRISON), ProcState.NEW),
    File(Ucred(PRISON), owning=True),
]


def test_sizes() -> None:
    """JAIL_MAX and the size of the name buffer are the kernel's."""
    assert (JAIL_MAX, NAME_SIZE) == (999999, 256)


def test_states() -> None:
    """The states have the names that the recordings show."""
    assert [state.value for state in PrisonState] == ["invalid", "alive", "dying"]
    assert [state.value for state in ProcState] == ["new", "running", "killed"]


def test_new_prison() -> None:
    """A prison begins with one reference, no user reference and an empty name, not alive yet."""
    top = Prison(0, None, 0)
    pr = Prison(4, top, 9)
    assert (pr.jid, pr.parent, pr.seq) == (4, top, 9)
    assert (pr.ref, pr.uref, pr.state) == (1, 0, PrisonState.INVALID)
    assert (pr.name, pr.path, pr.root) == ("", "/", "/")
    assert pr.buf == "\0" * 256 + "/"


def test_only_the_root_is_its_own_parent() -> None:
    """The prison without a parent has itself as its parent."""
    top = Prison(0, None, 0)
    assert top.parent is top
    assert Prison(1, top, 1).parent is top


def test_image_of_a_prison() -> None:
    """The image shows every attribute but the links to other objects."""
    pr = Prison(4, None, 9)
    same = Prison(4, None, 9)
    assert pr.image() == same.image()
    for name, value in vars(pr).items():
        if name not in LINKS:
            setattr(same, name, f"not {value!r}")
            assert pr.image() != same.image(), name
            setattr(same, name, value)
    same.children[1] = pr
    assert pr.image() == same.image()


def test_fields_of_a_prison() -> None:
    """All attributes but the links have their place in an image."""
    assert {*PRISON_FIELDS} | LINKS == vars(PRISON).keys()
    assert len(PRISON_FIELDS) == len({*PRISON_FIELDS})
    assert PRISON.image() == tuple(getattr(PRISON, name) for name in PRISON_FIELDS)


@pytest.mark.parametrize("obj", OBJECTS, ids=lambda obj: type(obj).__name__)
def test_saved_and_restored(obj: Journaled) -> None:
    """Whatever was changed is as before, and what it was can be asked for by its name."""
    kept, image = vars(obj).copy(), obj.saved()
    for name in FIELDS[type(obj)]:
        assert was(obj, image, name) is kept[name]
        setattr(obj, name, f"not {kept[name]!r}")
    assert obj.saved() != image
    obj.restore(image)
    assert vars(obj) == kept


def test_image_of_a_credential() -> None:
    """Whose credential it is, and how many share it."""
    cred = Ucred(Prison(4, None, 9))
    assert cred.image() == (9, 1)


def test_image_of_a_process() -> None:
    """Pid, state, and the image of its credential."""
    cred = Ucred(Prison(4, None, 9))
    cred.ref = 3
    assert Proc(5, cred, ProcState.NEW).image() == (5, ProcState.NEW, 9, 3)
