"""What ends fixed jids; the marks in this package cite these ids."""

from proposed_models.delta import Delta

DELTAS = (
    Delta(
        "F1",
        "a create that names a jid is refused",
        "jamie: changing the policy; bz: not to make jids a first-class citizen",
    ),
    Delta(
        "F2",
        "no dying jail is renumbered: none is in the way",
        "follows from F1",
    ),
)
