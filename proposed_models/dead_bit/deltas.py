"""What the bit of dying jails changes; the marks in this package cite these ids."""

from proposed_models.delta import Delta

DELTAS = (
    Delta(
        "K1",
        "a jail that dies gets the second-highest bit of its jid set; several can share one",
        "kevans: as many dying jid 8's as you want, without eating up any of the namespace",
    ),
    Delta(
        "K2",
        "no jid and no walk finds a dying jail",
        "kevans: forced to specify the name of the dead jail",
    ),
    Delta(
        "K3",
        "no dying jail is renumbered when its jid is asked for",
        "kevans: less work when you create a jail that's replacing a dying one",
    ),
    Delta(
        "K4",
        "a create that asks for a jid with the bit is undefined",
        "a decision: the review says nothing",
    ),
)
