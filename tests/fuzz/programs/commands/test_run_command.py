import subprocess
import sys

from jail_kernel.call import Call
from jail_kernel.freeze import freeze
from jail_kernel.kernel import Kernel
from jaildiff.kernels.registry import NEW
from jaildiff.programs.commands.run_command import WholeJournal
from jaildiff.programs.op_language import parse


def calls(*lines: str) -> list[Call]:
    """System calls."""
    found = parse("\n".join(["jaildiff 1", *lines]), "x").program.calls
    return [call for call in found if isinstance(call, Call)]


def test_several_calls_are_one_op() -> None:
    """The kernel is left with the first image of each object, and rolls all of it back."""
    k = Kernel(6)
    (create,) = calls("p1: jail_set(CREATE, jid=5, persist)")
    NEW.step(k, create)
    start, (pr,) = freeze(k), k.allprison
    journal = WholeJournal(k)
    for call in calls(
        "p1: jail_set(UPDATE, jid=5, securelevel=2)",
        "p1: jail_set(UPDATE, jid=5, securelevel=3)",
        "p1: jail_set(CREATE, jid=2, persist)",
        "p1: jail_remove(2)",
    ):
        NEW.step(k, call)
        journal.absorb()
    journal.hand_over()
    assert pr in k.before
    k.rollback()
    assert freeze(k) == start


def test_what_was_begun_counts() -> None:
    """A call that broke down half way is taken back with the others."""
    k = Kernel(6)
    start, journal = freeze(k), WholeJournal(k)
    pr = k.new_prison(3, k.prison0)
    k.set_name(pr, "half")
    journal.absorb()
    journal.hand_over()
    k.rollback()
    assert freeze(k) == start


def test_only_a_program_with_commands_loads_jail() -> None:
    """Two kernels are compared without jail(8); the first command loads it."""
    code = (
        "import sys; from jaildiff.differ.comparison import LANDED\n"
        "from jaildiff.differ.diff import diff\n"
        "from jaildiff.programs.op_language import parse\n"
        "for line in ('p1: jail_get(0, jid=1)', '$ jls'):\n"
        "    diff(parse('jaildiff 1\\n' + line, '').program, LANDED)\n"
        "    print('jail_userland.jail' in sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == ["False", "True"]
