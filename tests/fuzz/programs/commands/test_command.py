from jail_kernel.call import Drop, Fork, ForkEnd
from jaildiff.programs.commands.command import process_of


def test_the_process_of_an_op() -> None:
    """Who makes a call, or who is about to run after a fork; nobody makes a holder let go."""
    assert [process_of(op) for op in (Fork(2, 3), ForkEnd(3), Drop("r"))] == [2, 3, 0]
