from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from jaildiff.differ.comparison import LANDED
from jaildiff.findings.reports.parts.coverage import ABSENT, ALIVE, APART, DYING, NO_JAIL, Cell
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.search.corpus.coverage import ABOUT_JAILS, OTHER, cells_of, coverages, rows
from jaildiff.search.generator.generate import generate

DYING_JAIL = """\
p1: fork() = p2
p2: jail_set(CREATE|ATTACH, jid=5, name="a")
p2: hold(r)
p1: jail_remove(5)
p2: exit()
"""


def program(*lines: str, before: str = "") -> Program:
    return parse("jaildiff 1\n" + before + "".join(f"{line}\n" for line in lines), "").program


def last(one: Program) -> Cell:
    """What the last call of a program covers."""
    return [*cells_of(one, LANDED)][-1]


def test_a_target_is_absent_alive_or_dying() -> None:
    """By its jid or by its name, before the call."""
    create = 'p1: jail_set(CREATE, jid=5, name="a", persist)'
    assert last(program(create)) == Cell("jail_set", "CREATE", ABSENT, "ok", "ok")
    again = last(program(create, create))
    assert again == Cell("jail_set", "CREATE", ALIVE, "EEXIST", "EEXIST")
    get = 'p1: jail_get(DYING, name="a")'
    assert last(program(get, before=DYING_JAIL)) == Cell("jail_get", "DYING", DYING, "ok", "ok")
    attach = last(program("p1: jail_attach(5)", before=DYING_JAIL))
    assert (attach.call, attach.target) == ("jail_attach", DYING)


def test_a_caller_knows_only_the_jails_below_its_own() -> None:
    """To a prisoner the jid of another jail is that of none."""
    there = "p1: jail_set(CREATE, jid=5, persist)"
    inside = ("p1: fork() = p2", "p2: jail_set(CREATE|ATTACH, jid=6)", "p2: jail_get(0, jid=5)")
    assert last(program(there, *inside)).target == ABSENT


def test_a_call_may_name_no_jail() -> None:
    """A create without jid and name, and a search by lastjid."""
    assert last(program("p1: jail_set(CREATE, persist)")).target == NO_JAIL
    assert last(program("p1: jail_get(0, lastjid=0)")) == Cell(
        "jail_get", "0", NO_JAIL, "ENOENT", "ENOENT"
    )


def test_a_target_that_the_kernels_do_not_have_alike_is_apart() -> None:
    """After a create that only the new kernel grants."""
    create = "p1: jail_set(CREATE, jid=5, persist)"
    found = [*cells_of(program(create, "p1: jail_remove(5)", before=DYING_JAIL), LANDED)]
    assert found[-2] == Cell("jail_set", "CREATE", DYING, "EEXIST", "ok")
    assert (found[-1].call, found[-1].target) == ("jail_remove", APART)


def test_flags_that_no_kernel_of_14_knows_are_one() -> None:
    """Of descriptors, or of nothing at all."""
    for flags in ("CREATE|OWN_DESC", "0x300"):
        assert last(program(f"p1: jail_set({flags}, persist)")).flags == OTHER


def test_a_command_is_covered_by_its_name() -> None:
    """Whatever jails it is about, and with its exit status for an answer."""
    assert last(program("$ jail -r nobody")) == Cell("$ jail", "", NO_JAIL, "exit 1", "exit 1")


def test_other_calls_are_left_out() -> None:
    """They name no jail."""
    assert [*cells_of(program("p1: fork() = p2", "p2: exit()"), LANDED)] == []


@given(st.integers(0, 10_000))
def test_every_call_about_a_jail_is_counted_once(number: int) -> None:
    """Up to a panic, at which a program ends."""
    one = generate(1, number)
    (found,) = coverages([one], LANDED)
    about = sum(isinstance(call, ABOUT_JAILS) for call in one.calls)
    panics = any("panic" in (cell.old, cell.new) for cell in found.cells)
    assert found.cells.total() == about or (panics and found.cells.total() <= about)


def test_what_is_covered_adds_up() -> None:
    """Each program adds to what those before it covered."""
    numbers = [(one.programs, one.cells.total()) for one in coverages(islice(many(), 5), LANDED)]
    assert [number for number, _ in numbers] == [1, 2, 3, 4, 5]
    assert numbers == sorted(numbers)


def many() -> list[Program]:
    """Some programs."""
    return [generate(1, number) for number in range(5)]


def test_the_map_has_a_row_for_each_set_of_flags() -> None:
    """A jail_set creates, updates, or does either; with or without ATTACH and DYING."""
    calls = [call for (call, _), _ in rows()]
    assert calls.count("jail_set") == 3 * 2 * 2
    assert calls.count("jail_get") == 2
    assert len(calls) == len(set(rows_keys())) == 16


def rows_keys() -> list[tuple[str, str]]:
    """The keys of the rows."""
    return [key for key, _ in rows()]
