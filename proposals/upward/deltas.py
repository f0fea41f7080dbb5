"""What moves up: the ids that the marks in this package cite."""

from proposals.delta import Delta

DELTAS = (
    Delta(
        "U1",
        "the dying jail gets the next automatic jid, not one from the end of the range",
        "an earlier revision, get_next_prid(); bz's objection to it",
    ),
)
