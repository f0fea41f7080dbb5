import pytest

from jaildiff.differ.steps.survivors import Survivors
from jaildiff.kernels.registry import LEGACY
from jaildiff.programs.commands.host_state import boot
from tests.programs import program

REMOVED = (
    "p1: fork() = p2",
    "p2: jail_set(CREATE|ATTACH, jid=5)",
    "p2: fork_begin() = p3",
    "p1: jail_remove(5)",
)
BACK = "p1: jail_set(UPDATE|DYING, jid=5, persist)"


@pytest.mark.parametrize(
    ("lines", "pids"),
    [
        ((*REMOVED, BACK), set()),  # The fork goes on.
        ((*REMOVED, BACK, "p3: fork_end()"), {3}),
        ((*REMOVED, "p3: fork_end()", BACK), set()),  # It ended with the jail.
        ((*REMOVED[:3], "p3: fork_end()", REMOVED[3], BACK), set()),  # It was over, and is killed.
        ((*REMOVED, BACK, "p3: fork_end()", "p3: fork() = p4"), {3, 4}),
        ((*REMOVED, BACK, "p3: fork_end()", "p3: exit()", "p1: fork() = p3"), set()),
    ],
)
def test_survivors(lines: tuple[str, ...], pids: set[int]) -> None:
    """Those that were being forked when their jail was removed, and run; and whom they forked."""
    some = program(*lines)
    k, found = boot(some), Survivors()
    for call in some.calls:
        LEGACY.step(k, call)
        found.note(k, call)
    assert found.pids == pids


def test_what_is_about_one() -> None:
    """The end of the fork, every call by the process, its exit too, and the holder that it left."""
    some = program(
        *(*REMOVED, BACK, "p3: fork_end()", "p3: hold(s)", "p1: hold(t)", "p3: exit()"),
        *("drop(t)", "drop(s)"),
    )
    k, found = boot(some), Survivors()
    about = []
    for call in some.calls:
        LEGACY.step(k, call)
        about.append(found.note(k, call))
    assert about == [False] * 5 + [True, True, False, True, False, True]
