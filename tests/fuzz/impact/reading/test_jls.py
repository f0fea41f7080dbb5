"""The output of jls as a starting state."""

import json
from pathlib import Path

import pytest

from jail_kernel.kernel import Kernel
from jaildiff.impact.reading.jls import read_state
from jaildiff.kernels.registry import KERNELS, LEGACY, Model
from jaildiff.support.errors import InputError
from tests.sessions import boot, run

STATE = Path("state.json")


def listed(*rows: object) -> str:
    """The output of jls with these jails."""
    return json.dumps({"__version": "2", "jail-information": {"jail": rows}})


def jail(
    jid: object,
    name: str,
    parent: int = 0,
    children_max: object = 0,
    *,
    dying: bool = False,
) -> dict[str, object]:
    """A row."""
    row = {"jid": jid, "name": name, "parent": str(parent), "dying": dying, "path": "/"}
    return row | {"children.max": children_max}


def made(text: str, model: Model = LEGACY) -> list[tuple[int, str, str, int]]:
    """The jails that the calls make: jid, name, state and holders of each."""
    kernel = Kernel()
    for call in read_state(STATE, text).calls:
        assert model.step(kernel, call).ok
    return [(pr.jid, pr.name, str(pr.state), pr.ref) for pr in kernel.allprison]


@pytest.mark.parametrize("model", [KERNELS["legacy"], KERNELS["new"]], ids=str)
def test_the_jails_are_made_with_a_holder_for_each_dying_one(model: Model) -> None:
    """A live jail may have the name of a dying one, at the top and below another."""
    text = listed(
        jail("7", "db", children_max="3"),
        jail("3", "web", dying=True),
        jail(4, "web"),
        jail("8", "db.in", parent=7),
        jail("9", "db.in", parent=7, dying=True),
    )
    assert made(text, model) == [
        (3, "web", "dying", 1),
        (4, "web", "alive", 1),
        (7, "db", "alive", 3),
        (8, "db.in", "alive", 1),
        (9, "db.in", "dying", 1),
    ]


def test_what_our_jls_prints_makes_the_same_again() -> None:
    """The list of a system, read back, is that system's jails with their parameters."""
    machine = boot(release=14, kernel="legacy")
    run(machine, "jail -c name=a jid=3 persist children.max=2 allow.mount ip4.addr=10.0.0.1")
    run(machine, "jail -c name=a.b jid=9 persist securelevel=2")
    state = read_state(STATE, run(machine, "jls -d -n --libxo json")["stdout"])
    again = boot(release=14, kernel="legacy")
    for call in state.calls:
        again.host.syscall(call)
    assert run(again, "jls -n")["stdout"] == run(machine, "jls -n")["stdout"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("{}", "expected the output of jls -d -n --libxo json, found other JSON"),
        (listed({"name": "a"}), "expected a jail with a jid"),
        (listed({"jid": 1}), "expected the name of jail 1 and whether it is dying"),
        (listed(jail(1, "a"), jail(1, "b")), "expected each jid once"),
        (listed(jail(1, "a.b", parent=9)), "jail 1 is below one that is not listed"),
        (listed(jail(1, "a", parent=2), jail(2, "b", parent=1)), "jail 1 is below itself"),
        (listed(jail(1, "a"), jail(2, "x.b", parent=1)), "such a jail cannot be: x.b: "),
        (listed(jail(1, "a", children_max="x")), "expected children.max a number"),
    ],
)
def test_what_no_system_lists_is_refused(text: str, message: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(InputError, match=r"state\.json") as caught:
        read_state(STATE, text)
    assert caught.value.message.startswith(message)
