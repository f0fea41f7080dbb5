"""What makes dying jails invisible; the marks in this package cite these ids."""

from proposed_models.delta import Delta

DELTAS = (
    Delta(
        "V1",
        "no jid, no name and no walk finds a dying jail",
        "jamie: the concept of dying jails could go away for anyone but kernel programmers",
    ),
    Delta(
        "V2",
        "the jid of a dying jail is free; a new jail stands before the dying ones in the list",
        "jamie: new jails are added to the allprison list in front of the old ones",
    ),
)
