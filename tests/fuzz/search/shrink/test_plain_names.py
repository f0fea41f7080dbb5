from jail_kernel.call import Call, Drop, Fork, Hold, JailGet, JailRemove, JailSet
from jaildiff.programs.program import Program
from jaildiff.search.shrink.plain_names import canonical, count_up

CALLS: tuple[Call, ...] = (
    Fork(1, 77),
    JailSet(77, 5, (("jid", 50), ("name", "web.shop"))),
    Hold(77, "connection"),
    JailGet(1, 8, (("lastjid", 50),)),
    JailRemove(1, 50),
    Drop("connection"),
)


def test_everything_gets_a_plain_name() -> None:
    """Processes and resources are counted up, jids are small, components are letters."""
    plain = canonical(Program("x", CALLS), lambda _: True)
    assert plain.calls == (
        Fork(1, 2),
        JailSet(2, 5, (("jid", 1), ("name", "a.b"))),
        Hold(2, "r1"),
        JailGet(1, 8, (("lastjid", 1),)),
        JailRemove(1, 1),
        Drop("r1"),
    )


def test_a_wish_list_keeps_its_names() -> None:
    """The names of parameters are no names of jails."""
    call = JailGet(1, 0, (("jid", 50),), (("path", 16), ("jid", None)), plain=False)
    plain = JailGet(1, 0, (("jid", 1),), (("path", 16), ("jid", None)), plain=False)
    assert canonical(Program("x", (call,)), lambda _: True).calls == (plain,)


def test_a_name_that_matters_stays() -> None:
    """A renaming that loses what the program shows is not made."""

    def shows(program: Program) -> bool:
        return JailRemove(1, 50) in program.calls

    assert JailRemove(1, 50) in canonical(Program("x", CALLS), shows).calls


def test_the_first_process_keeps_its_number() -> None:
    """Process 1 is always process 1, and the others follow."""
    assert count_up(Program("x", CALLS)).pids == {1: 1, 77: 2}
