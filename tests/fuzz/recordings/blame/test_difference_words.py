import pytest

from jaildiff.recordings.blame.difference_words import MANY, seen
from jaildiff.recordings.follow import Disagreement

STATE = [5, "a", 0, "alive", 2, 2, 0, 3, True]


def texts(what: str, recorded: object, modelled: object) -> list[str]:
    """The words for one disagreement."""
    return seen(Disagreement("test", 0, what, recorded, modelled, ()))


def answer(errno: str | None, ret: int | None, values: dict[str, object] | None) -> object:
    """An answer as it is recorded."""
    return {"errno": errno, "ret": ret, "errmsg": None} | (
        {"values": values} if values is not None else {}
    )


CASES = [
    (
        "results",
        answer("EPERM", None, None),
        answer(None, 5, None),
        ["the answer is EPERM instead of 5"],
    ),
    (
        "results",
        answer(None, 5, {"persist": True, "securelevel": 1}),
        answer(None, 5, {"persist": True, "securelevel": 2}),
        ["securelevel is 1 instead of 2"],
    ),
    (
        "results",
        answer(None, 5, {"name": "", "path": "/a\0\x1b"}),
        answer(None, 5, {"name": "a", "path": "/a"}),
        ['name is "" instead of "a"', 'path is "/a\\u0000\\u001b" instead of "/a"'],
    ),
    ("panic", "panic: \x1b", None, ['"panic: \\u001b" instead of no panic']),
    ("panic", "panic: page fault", None, ["panic: page fault instead of no panic"]),
    ("states", [], [STATE], ["jail 5 is not there"]),
    ("states", [STATE], [], ["jail 5, alive, should not be there"]),
    (
        "states",
        [[*STATE[:4], 3, *STATE[5:]]],
        [STATE],
        ["jail 5: pr_ref is 3 instead of 2"],
    ),
    (
        "states",
        [[7, *STATE[1:]], STATE],
        [STATE, [7, *STATE[1:]]],
        ["the list has the order [7, 5]"],
    ),
    (
        "procs",
        {"1": [0, "running"], "3": [0, "new"]},
        {"1": [5, "running"], "2": [5, "killed"]},
        [
            "process 1 is running in jail 0 instead of running in jail 5",
            "process 2 is gone instead of killed in jail 5",
            "process 3 is new in jail 0 instead of gone",
        ],
    ),
    (
        "fds",
        {"1": {"3": [5, "own"], "4": [0, ""]}},
        {"1": {"3": [5, ""], "4": [5, "dying"]}, "2": {"3": [5, ""]}},
        [
            "descriptor 3 of process 1 is own jail 5 instead of jail 5",
            "descriptor 4 of process 1 is dead instead of dying jail 5",
            "descriptor 3 of process 2 is closed instead of jail 5",
        ],
    ),
    ("final", [{"jid": 5}, {"jid": 5}], [{"jid": 5}], ["the list has the order [5, 5]"]),
    ("last", [3, 9], [2, 9], ["lastprid is 3 instead of 2"]),
    (
        "cleanup",
        "jail 5: ref 1, uref 0",
        None,
        ["left when all is taken away: jail 5: ref 1, uref 0 instead of nothing"],
    ),
]


@pytest.mark.parametrize(("what", "recorded", "modelled", "said"), CASES)
def test_a_difference_in_words(
    what: str, recorded: object, modelled: object, said: list[str]
) -> None:
    """What is otherwise and how, the recorded value first, whatever was recorded."""
    assert texts(what, recorded, modelled) == said


def test_the_first_few_are_told() -> None:
    """Of many differences the rest is counted."""
    rows = [[jid, *STATE[1:]] for jid in range(1, MANY + 4)]
    said = texts("states", [], rows)
    assert said == [*(f"jail {jid} is not there" for jid in range(1, MANY + 1)), "3 more"]
