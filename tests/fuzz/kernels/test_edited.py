import sys

import pytest

from jail_kernel import jail_remove
from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    Errno,
    Exit,
    Fork,
    Hold,
    JailGet,
    JailRemove,
    JailSet,
)
from jail_kernel.kernel import Kernel
from jaildiff.kernels.edited import Edit, load_edited, modules_of, variant
from jaildiff.kernels.registry import DESCRIPTORS, LEGACY, NEW, Model
from jaildiff.support.errors import InputError

EPERM = Edit(
    "jail_kernel/jail_remove.py", "    if pr is None:\n        return EINVAL", "    return EPERM"
)
REFERENCE = Edit("jail_kernel/reference.py", "    cred.ref -= 1", "    cred.ref -= 2")


@pytest.mark.parametrize("model", [LEGACY, NEW], ids=str)
def test_an_edit_changes_one_model_only(model: Model) -> None:
    """The variant answers as edited, the original and the other model as before."""
    faulty = variant(model, [EPERM])
    assert faulty.step(Kernel(), JailRemove(1, 7)).errno is Errno.EPERM
    for sound in (LEGACY, NEW):
        assert sound.step(Kernel(), JailRemove(1, 7)).errno is Errno.EINVAL


def test_an_edit_of_the_ancestor_reaches_the_heir() -> None:
    """What a kernel has from the one that it descends from is edited there."""
    edit = Edit("new_model/deadid.py", "else k.jail_max", "else k.jail_max - 1")
    k = Kernel()
    faulty = variant(DESCRIPTORS, [edit])
    calls = (
        Fork(1, 2),
        JailSet(2, JAIL_CREATE | JAIL_ATTACH, (("jid", 5),)),
        Hold(2, "r"),
        Exit(2),
        JailSet(1, JAIL_CREATE, (("jid", 5), ("persist", True))),
    )
    assert [faulty.step(k, call).errno for call in calls] == [None] * 5
    assert [pr.jid for pr in k.allprison] == [5, 999998]


def test_untouched_handlers_are_the_original_ones() -> None:
    """A call that an edit cannot reach is answered by the same function object."""
    faulty = variant(NEW, [EPERM])
    fresh = {call for call in NEW.handlers if faulty.handlers[call] is not NEW.handlers[call]}
    assert fresh == {JailRemove}


def test_what_imports_an_edited_module_is_loaded_afresh() -> None:
    """An edit below all calls reaches each of them, and the model's own module too."""
    faulty = variant(NEW, [REFERENCE])
    assert faulty.handlers[JailGet] is not NEW.handlers[JailGet]
    assert faulty.handlers[JailSet] is not NEW.handlers[JailSet]


def test_imports_find_the_originals_afterwards() -> None:
    """Nothing that is loaded afresh stays behind for others to import."""
    before = {name: sys.modules[name] for name in modules_of("jail_kernel") if name in sys.modules}
    variant(NEW, [REFERENCE])
    assert {name: sys.modules[name] for name in before} == before
    assert sys.modules["jail_kernel.jail_remove"] is jail_remove
    assert sys.modules["jail_kernel"].jail_remove is jail_remove


def test_imports_find_the_originals_after_a_failure() -> None:
    """A text that cannot be run leaves nothing behind either."""
    broken = Edit(
        "jail_kernel/jail_remove.py",
        "from jail_kernel import allow",
        "from jail_kernel import nothing",
    )
    with pytest.raises(InputError, match="cannot be loaded with the edit: ImportError"):
        variant(NEW, [broken])
    assert sys.modules["jail_kernel.jail_remove"] is jail_remove


def test_edits_apply_one_after_the_other() -> None:
    """A second edit sees the text that the first has made."""
    again = Edit(
        "jail_kernel/jail_remove.py", "    return EPERM\n    # STATE", "    return OK\n    # STATE"
    )
    faulty = variant(NEW, [EPERM, again])
    assert faulty.step(Kernel(), JailRemove(1, 7)).ret == 0


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (Edit("jail_kernel/jail_remove.py", "no such text", ""), "found it 0 times"),
        (Edit("jail_kernel/jail_remove.py", "return", "pass"), "expected once 'return'"),
        (Edit("jail_kernel/jail_remove.py", "# LOOKUP", "# LOOKUP"), "expected once"),
        (Edit("jail_kernel/kernel.py", "x", "y"), "cannot be edited"),
        (Edit("jail_kernel/nowhere.py", "x", "y"), "cannot be edited"),
        (Edit("legacy_model/jail_set.py", "x", "y"), "cannot be edited"),
    ],
)
def test_an_edit_that_does_not_apply_is_refused(edit: Edit, message: str) -> None:
    """The text must be there exactly once, in a file that models do not share."""
    with pytest.raises(InputError, match=message):
        variant(NEW, [edit])


def test_other_modules_can_be_edited() -> None:
    """The rules, too, can be loaded with a change."""
    edit = Edit("fuzz/jaildiff/differ/verdict/predicates.py", '"no available jail IDs"', '"none"')
    fresh = load_edited(
        [edit],
        [
            "jaildiff.differ.verdict.predicates",
            "jaildiff.differ.verdict.landed.rules",
        ],
    )
    assert set(fresh) == {
        "jaildiff.differ.verdict.predicates",
        "jaildiff.differ.verdict.landed.rules",
    }
    assert fresh["jaildiff.differ.verdict.landed.rules"].p.NO_JIDS == "none"
