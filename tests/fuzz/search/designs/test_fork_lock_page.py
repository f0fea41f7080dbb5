from jaildiff.search.designs.blocks import Heading, Listing, Table
from jaildiff.search.designs.fork_lock import ORDERS
from jaildiff.search.designs.fork_lock_page import fork_lock_blocks


def test_the_page() -> None:
    """It shows the deadlock as a schedule, what each call waits for, and what is left out."""
    found = list(fork_lock_blocks())
    headings = [block.text for block in found if isinstance(block, Heading)]
    assert {"The deadlock", "Without it", "What is modelled", "What is left out"} <= set(headings)
    listings = [block.lines for block in found if isinstance(block, Listing)]
    assert listings[0][-3:] == (
        "    A fork has pr_forklock shared, and asks for allproc_lock alone",
        "    B racct has allproc_lock shared, and asks for allprison_lock alone",
        "    C removal has allprison_lock alone, and asks for pr_forklock alone",
    )
    assert any("argued" in line for lines in listings for line in lines)


def test_the_numbers() -> None:
    """One three of the proposed order deadlocks, four of the unchecked one let a child live."""
    table = next(block for block in fork_lock_blocks() if isinstance(block, Table))
    assert [row[0] for row in table.rows] == [order.name for order in ORDERS]
    assert {row[0]: row[3:] for row in table.rows} == {
        "proposed": ("1", "none"),
        "landed": ("none", "none"),
        "behind": ("none", "none"),
        "unchecked": ("none", "4"),
    }
