"""Jids as the program and the machine know them."""

from jaildiff.recordings.recorder.jids import JAIL_MAX, Jids


def test_automatic_jids_count_from_one() -> None:
    """The machine goes on from where it was; the program starts afresh."""
    jids = Jids(1000)
    jids.observe([1001], 1001, None)
    jids.observe([1001, 1002], 1002, None)
    assert [jids.to_machine(n) for n in (1, 2, 3)] == [1001, 1002, 3]
    assert [jids.to_program(n) for n in (1001, 1002, 7)] == [1, 2, 7]


def test_a_jid_that_was_passed_over() -> None:
    """A create that failed has cost the machine a jid, and so it costs the program one."""
    jids = Jids(1000)
    jids.observe([1001], 1001, None)
    jids.observe([1001, 1003], 1003, None)
    assert jids.to_program(1003) == 3


def test_a_jid_that_is_in_use_is_no_loss() -> None:
    """In the program's numbers an explicit jid is passed over, too."""
    jids = Jids(1000)
    jids.observe([1], 1, 1)
    jids.observe([1, 1001], 1001, None)
    assert jids.to_program(1001) == 2


def test_dying_jails_count_down() -> None:
    """What appears and was not made is a dying jail that was renumbered."""
    jids = Jids(1000)
    jids.observe([5], 5, 5)
    jids.observe([5, 999900], 5, 5)
    jids.observe([5, 999899, 999900], 5, 5)
    assert jids.to_program(999900) == JAIL_MAX
    assert jids.to_program(999899) == JAIL_MAX - 1


def test_numbers_in_names_and_messages() -> None:
    """A jail without a name has its jid as one; only whole numbers count."""
    jids = Jids(1000)
    jids.observe([1001], 1001, None)
    assert jids.name_to_machine("1") == "1001"
    assert jids.name_to_machine("a.1") == "a.1001"
    assert jids.name_to_machine("a1") == "a1"
    assert jids.name_to_machine("01") == "01"
    assert jids.text_to_program('jail 1001 not found, "1001.x", 10011') == (
        'jail 1 not found, "1.x", 10011'
    )


def test_a_name_that_foretells_a_jid() -> None:
    """It is the next automatic one that is meant."""
    jids = Jids(1000)
    jids.observe([1001], 1001, None)
    assert jids.name_to_machine("2", foretells=True) == "1002"
    assert jids.name_to_machine("2") == "2"
    assert jids.text_to_program("1002") == "2"


def test_a_create_that_failed_took_what_was_free_then() -> None:
    """A jid that is given to nobody's jail shows what was taken before it."""
    jids = Jids(1000)
    jids.advance(1002)
    jids.observe([1], 1, 1)
    jids.observe([1, 1003], 1003, None)
    assert jids.to_program(1003) == 2
    jids.advance(1004)
    jids.observe([1, 1003, 1005], 1005, None)
    assert jids.to_program(1005) == 3


def test_the_order_of_a_walk() -> None:
    """Where explicit and automatic jids mix the machine may have another order."""
    jids = Jids(1000)
    jids.observe([1001], 1001, None)
    assert jids.in_order()
    assert [jids.last_to_machine(n) for n in (0, 1, 5)] == [0, 1001, 1001]
    jids.observe([5, 1001], 5, 5)
    assert not jids.in_order()
