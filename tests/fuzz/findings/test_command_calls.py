from jail_kernel.call import Errno, JailGet, JailRemove, JailSet, Result
from jail_userland.events import Called, Event, Executed, Forked
from jaildiff.findings.command_calls import side_by_side
from jaildiff.programs.commands.command_result import CommandResult

GET = Called(JailGet(7, 0, (("jid", 5),)), Result(Errno.ENOENT))
MADE = Called(JailSet(7, 1, (("jid", 5),)), Result(None, 5))
REFUSED = Called(JailSet(7, 1, (("jid", 5),)), Result(Errno.EEXIST))
REMOVED = Called(JailRemove(7, 5), Result(None, 0))
RUN = Executed(("/bin/sh", "-c", "rc"), 8, 5, 0)
MISSING = Executed(("nope",), 8, 0, errno="ENOENT")


def rows(old: list[Event], new: list[Event]) -> list[tuple[str, str, str]]:
    """What is shown of two runs."""
    one, other = (CommandResult.of(0, "", "", tuple(events)) for events in (old, new))
    return list(side_by_side(one, other))


def test_what_both_do_is_one_row() -> None:
    """As long as both do the same their answers stand side by side."""
    assert rows([GET, Forked(7, 8), REFUSED], [GET, Forked(7, 8), MADE]) == [
        ("p7: jail_get(0, jid=5)", "ENOENT", "ENOENT"),
        ("p7: jail_set(CREATE, jid=5)", "EEXIST", "5"),
    ]


def test_each_its_own_way() -> None:
    """From the first other deed on each side has rows of its own, also where one is done."""
    assert rows([GET, RUN, REMOVED], [GET, REMOVED]) == [
        ("p7: jail_get(0, jid=5)", "ENOENT", "ENOENT"),
        ('p8: exec "/bin/sh -c rc"', "exit 0, in jail 5", ""),
        ("p7: jail_remove(5)", "", "0"),
        ("p7: jail_remove(5)", "0", ""),
    ]


def test_what_is_not_there_is_said() -> None:
    """A program that is missing has an error for its answer."""
    assert rows([MISSING], [MISSING]) == [
        ('p8: exec "nope"', "ENOENT, on the host", "ENOENT, on the host")
    ]


def test_a_call_does_nothing_below() -> None:
    """An op that is no command has no rows."""
    assert list(side_by_side(Result(None, 0), Result(None, 0))) == []
