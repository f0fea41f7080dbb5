"""What the patch changed; the marks in both models cite these ids."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delta:
    """One change of commit ed31b3f4a146 (review D28150)."""

    id: str
    title: str
    reference: str


DELTAS = (
    Delta("D1", "a dying jail with the jid asked for counts as absent", "kern_jail_set(), deadpr"),
    Delta(
        "D2",
        "the presumed parent is no longer set to the parent of the jail found by jid; this was "
        "lost when the block was rewritten, and the review does not mention it",
        "kern_jail_set(), ppr",
    ),
    Delta("D3", "a dying jail is not brought back by its jid", "kern_jail_set(), JAIL_DYING"),
    Delta("D4", "a dying jail is not brought back by its name", "kern_jail_set(), JAIL_DYING"),
    Delta(
        "D5",
        "a new jail takes the jid of a dying one, which gets another from the end of the range",
        "get_next_deadid(), kern_jail_set()",
    ),
    Delta("D6", "only a new jail becomes alive", "kern_jail_set(), born"),
)
