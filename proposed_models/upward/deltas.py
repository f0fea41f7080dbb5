"""What makes dying jails move up; the marks in this package cite these ids."""

from proposed_models.delta import Delta

DELTAS = (
    Delta(
        "U1",
        "the dying jail gets the next automatic jid, not one from the end of the range",
        "an earlier revision, get_next_prid(); bz's objection to it",
    ),
)
