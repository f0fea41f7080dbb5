"""The page on what the search of mjg's fork lock found."""

from collections.abc import Iterator

from jaildiff.search.designs.blocks import Block, Heading, Listing, Table
from jaildiff.search.designs.fork_lock import (
    ORDERS,
    Give,
    Move,
    Order,
    Result,
    Search,
    Step,
    Take,
    results,
)

THREE = ("fork", "racct", "removal")
MODELLED = (
    (
        "allproc_lock and allprison_lock (sx), and the fork lock (rms) of one jail; a call that "
        "asks for exclusive use keeps out those that ask later to share the lock"
    ),
    (
        "fork: the child is put into the process table, then completed; racct: jail_set moves the "
        "accounts of a renamed jail; removal: the jail is marked dying, then its processes are "
        "killed"
    ),
    "every schedule of two and of three of these calls, on one jail",
)
LEFT_OUT = (
    (
        "every other lock: the prison mutex, the process locks, proctree_lock.  A step between two "
        "locks is atomic"
    ),
    "memory ordering: every processor sees the last value written",
    "other calls, other jails, and more than three calls",
    "shortcuts of a second removal; here it does everything again",
    "signals and interrupts: a call that waits for a lock waits until it gets it",
    (
        "whether the steps are those of the kernel: they come from the review and from reading "
        "the source, and no recording supports them.  This page is argued"
    ),
)


def fork_lock_blocks() -> Iterator[Block]:
    """The whole page."""
    found = {order.name: list(results(order)) for order in ORDERS}
    yield Heading(1, "The fork lock of review D28150")
    yield (
        "A removal kills the processes of a jail, except those that fork has not completed.  mjg "
        "proposed a lock for each jail that fork holds for reading, so that a removal waits for "
        "it.  jamie answered with a deadlock of three calls.  Both are about locks and not about "
        "answers.  So this is not a kernel but a model of the locks, and a search of all its "
        "schedules."
    )
    yield orders_table(found)
    yield Heading(2, "The deadlock")
    yield (
        "A fork, a jail_set that moves accounts, and a removal, in the proposed order.  Each ends "
        "up waiting for a lock that the next one holds."
    )
    yield schedule(deadlock())
    yield Heading(2, "Without it")
    yield (
        "In the order that landed, no schedule of two or three calls ends in a deadlock, because "
        "fork holds no lock while it asks for allproc_lock.  Fork checks the jail again once its "
        "child can be signalled.  If the removal has marked the jail by then, fork sees that; if "
        "it marks the jail later, its kill finds the child.  Without this check a child can live "
        "on:"
    )
    yield schedule(survivor())
    yield Heading(2, "The steps")
    for order in ORDERS:
        yield Heading(3, order.name)
        yield f"{order.about}."
        yield Listing(tuple(call_lines(order)))
    yield Heading(2, "What is modelled")
    yield Listing(tuple(f"- {line}" for line in MODELLED))
    yield Heading(2, "What is left out")
    yield Listing(tuple(f"- {line}" for line in LEFT_OUT))
    yield Heading(2, "Every two and every three calls")
    for name, each in found.items():
        yield Heading(3, name)
        yield details(each)


def deadlock() -> Result:
    """The outcome for the review's three calls in the proposed order."""
    return Search(ORDERS[0], THREE).run()


def survivor() -> Result:
    """The outcome for a fork and a removal if fork does not check the jail again."""
    return Search(ORDERS[-1], ("fork", "removal")).run()


def orders_table(found: dict[str, list[Result]]) -> Table:
    """A row for each order of locks."""
    rows = [
        (
            order.name,
            order.about,
            f"{sum(one.schedules for one in found[order.name]):,}",
            number(sum(one.deadlock is not None for one in found[order.name])),
            number(sum(one.survivor is not None for one in found[order.name])),
        )
        for order in ORDERS
    ]
    return Table(
        "Orders of locks",
        f"The schedules of all {len(found[ORDERS[0].name])} sets of two or three calls; for how "
        "many of these sets a schedule ends in a deadlock, and for how many a child lives on in a "
        "dying jail.",
        ("order", "what it is", "schedules", "deadlocks", "survivors"),
        tuple(rows),
    )


def details(found: list[Result]) -> Table:
    """A row for each set of two or three calls."""
    rows = [
        (
            " + ".join(one.calls),
            f"{one.schedules:,}",
            yes(one.deadlock is not None),
            yes(one.survivor is not None),
        )
        for one in found
    ]
    heads = ("calls", "schedules", "deadlock", "survivor")
    return Table("Calls", "All schedules of these calls.", heads, tuple(rows))


def schedule(found: Result) -> Listing:
    """A schedule with a line for each step, and at its end what every call waits for."""
    way = found.deadlock or found.survivor or ()
    width = max(map(len, found.calls), default=0)
    lines = [f"{place:2}: {line(move, found.calls, width)}" for place, move in enumerate(way, 1)]
    if found.deadlock:
        lines += [f"    {text}" for text in stuck(way, found.calls)]
    return Listing(tuple(lines))


def line(move: Move, calls: tuple[str, ...], width: int) -> str:
    """One step of a schedule."""
    return f"{'ABC'[move.caller]} {calls[move.caller]:{width}}  {move.what}"


def stuck(way: tuple[Move, ...], calls: tuple[str, ...]) -> Iterator[str]:
    """What each call of a deadlock holds and waits for."""
    for caller, name in enumerate(calls):
        own = [move.what for move in way if move.caller == caller]
        gone = {what.removeprefix("lets go of ") for what in own if what.startswith("lets go")}
        got = [what.removeprefix("gets ") for what in own if what.startswith("gets ")]
        has = [lock for lock in got if lock.split(" ", 1)[0] not in gone]
        yield f"{'ABC'[caller]} {name} has {', '.join(has)}, and {own[-1]}"


def call_lines(order: Order) -> Iterator[str]:
    """The steps of each call."""
    for name, steps in order.calls.items():
        yield f"{name}: {'; '.join(map(step_words, steps))}"


def step_words(step: Step) -> str:
    """One step of a call."""
    if isinstance(step, Take):
        return f"take {step.lock} {'alone' if step.alone else 'shared'}"
    return f"let {step.lock} go" if isinstance(step, Give) else step.what


def number(count: int) -> str:
    """A number as text; 0 is "none", so that it stands out."""
    return f"{count}" if count else "none"


def yes(found: bool) -> str:
    """Whether there is one."""
    return "yes" if found else "no"
