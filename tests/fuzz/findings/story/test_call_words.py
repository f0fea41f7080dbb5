import pytest

from jail_kernel.call import Errno, JailGet, JailSet, Malformed, Poke, Result
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import LANDED
from jaildiff.findings.story.call_words import answer_words, call_words, listed
from jaildiff.programs.commands.command import Op
from tests.programs import program

AS_IF = "a create had taken the automatic jid 4 and 999,991 dying jails had been renumbered"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("p1: jail_set(CREATE)", "W creates a jail"),
        ('p1: jail_set(CREATE, name="a")', 'W creates a jail named "a"'),
        (
            'p1: jail_set(CREATE, jid=2, name="a", path="/x", persist)',
            'W creates jail 2 named "a", with path="/x" and persist',
        ),
        ("p1: jail_set(CREATE|ATTACH, jid=2)", "W creates jail 2, and enters it"),
        ("p1: jail_set(UPDATE, jid=2, persist=false)", "W updates jail 2, with persist=false"),
        ('p1: jail_set(UPDATE, jid=2, name="z")', 'W updates jail 2 and asks for the name "z"'),
        ('p1: jail_set(UPDATE, name="z")', 'W updates the jail named "z"'),
        ("p1: jail_set(UPDATE)", "W updates the jail"),
        (
            "p1: jail_set(CREATE|UPDATE|DYING, jid=2)",
            "W creates or updates jail 2, with the flag JAIL_DYING",
        ),
        ("p1: jail_set(CREATE|0x300, jid=2)", "W creates jail 2, with the unknown flags 0x300"),
        (
            "p1: jail_set(UPDATE|USE_DESC|GET_DESC, desc=3)",
            "W updates the jail, with desc=3, the flag JAIL_USE_DESC and the flag JAIL_GET_DESC",
        ),
        ("p1: jail_get(USE_DESC, desc=3)", "W asks for the jail of descriptor 3"),
        (
            "p1: jail_get(AT_DESC|GET_DESC, desc=3, jid=2)",
            "W asks for jail 2, below the jail of descriptor 3, and for a descriptor of it",
        ),
        (
            "p1: jail_get(OWN_DESC, desc=-1, jid=2)",
            "W asks for jail 2, and for a descriptor that owns it",
        ),
        ("p1: jail_attach_jd(3)", "W enters the jail of descriptor 3"),
        ("p1: jail_remove_jd(3)", "W removes the jail of descriptor 3"),
        ("p1: close(3)", "W closes descriptor 3"),
        ("p1: jail_set(0, jid=2)", "W calls jail_set, neither to create nor to update, jail 2"),
        ('p1: jail_set(CREATE, jid="2")', 'W creates a jail, with jid="2"'),
        ("p1: jail_get(0, jid=2)", "W asks for jail 2"),
        ('p1: jail_get(DYING, name="a")', 'W asks for the jail named "a", a dying one too'),
        ("p1: jail_get(0, lastjid=2)", "W asks for the next jail after 2"),
        ("p1: jail_get(0)", "W asks for no jail at all"),
        ("p1: jail_get(0, jid=2, only)", "W asks for jail 2, and wants nothing else"),
        (
            "p1: jail_get(0, jid=2, only path:16, ip4:0, name)",
            'W asks for jail 2, and wants only "path" (in 16 bytes), "ip4" (its length) and "name"',
        ),
        ("p1: jail_get(0, jid=2, want meta)", 'W asks for jail 2, and wants "meta", too'),
        ("p1: jail_attach(2)", "W enters jail 2"),
        ("p1: jail_remove(2)", "W removes jail 2"),
        ("p1: fork() = p2", "W forks process 2"),
        ("p1: fork_begin() = p2", "W begins to fork process 2"),
        ("p2: fork_end()", "the fork of process 2 ends"),
        ("p1: exit()", "W ends"),
        ("p1: hold(r)", 'W leaves the holder "r" behind, which keeps its jail'),
        ("drop(r)", 'the holder "r" lets go of its jail'),
        (
            "poke(lastprid=4, lastdeadid=9)",
            f"the counters of jids stand as if {AS_IF}",
        ),
    ],
)
def test_call_words(line: str, told: str) -> None:
    """Each kind of call has its sentence."""
    (call,) = program(line).calls
    assert call_words(call, "W", JAIL_MAX) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            'p1: jail_set(CREATE|ATTACH, name="a")',
            'W asks to create a jail named "a", and to enter it',
        ),
        ("p1: jail_set(CREATE|UPDATE, jid=2)", "W asks to create or update jail 2"),
        (
            'p1: jail_set(UPDATE, jid=2, name="z")',
            'W asks to update jail 2 and asks for the name "z"',
        ),
        ("p1: jail_attach(2)", "W asks to enter jail 2"),
        ("p1: jail_remove(2)", "W asks to remove jail 2"),
    ],
)
def test_refused(line: str, told: str) -> None:
    """What a kernel refused was only asked for."""
    (call,) = program(line).calls
    assert call_words(call, "W", JAIL_MAX, done=False) == told


def test_calls_of_no_program() -> None:
    """What only other formats can say has its sentence, too."""
    assert call_words(Poke(), "W", JAIL_MAX) == "the counters of jids stay"
    assert call_words(Malformed('{"x": 1}'), "W", JAIL_MAX) == 'a line is no call: "{\\"x\\": 1}"'


SET = JailSet(1, 1, ())
SAID = '("no \\"a\\"")'
OK, NO, STOP = Result(None, 5), Result(Errno.ENOENT, None, 'no "a"'), Result(None, None, "fault")


@pytest.mark.parametrize(
    ("call", "old", "new", "told"),
    [
        (SET, OK, OK, "both kernels answer alike: each succeeds with jail 5"),
        (
            SET,
            OK,
            NO,
            f"the old kernel succeeds with jail 5; the new kernel refuses with ENOENT {SAID}",
        ),
        (
            SET,
            Result(Errno.EPERM),
            STOP,
            "the old kernel refuses with EPERM; the new kernel panics (fault)",
        ),
        (
            JailGet(1, 0, (), (("path", None),), plain=False),
            Result(None, 5, wanted=(("path", "/"), ("jid", 5))),
            Result(None, 5, wanted=(("path", "/"), ("jid", 6))),
            "each kernel finds jail 5, which has jid=5 on the old kernel and jid=6 on the new one",
        ),
        (Poke(), Result(None, 0), Result(None, 0), "both kernels answer alike: each succeeds"),
    ],
)
def test_answer_words(call: Op, old: Result, new: Result, told: str) -> None:
    """Answers are told for each kernel, or once if they are alike."""
    assert answer_words(call, old, new, LANDED.words) == told


def test_lists() -> None:
    """Words are joined as people do."""
    assert [listed(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
