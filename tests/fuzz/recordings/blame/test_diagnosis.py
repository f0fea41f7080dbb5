import pytest

from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.kernels.bug_kinds import BugKind, Side
from jaildiff.kernels.fault import load
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.recordings.blame.diagnosis import Diagnosis, accuse
from jaildiff.selftest.trial import seeded
from tests.programs import ZOMBIE_5

FAULTS = load()
JAIL = 'p1: jail_set(CREATE, jid=5, name="a", persist, children.max=3)'
BELOW = 'p1: jail_set(CREATE, jid=6, name="a.b", persist)'
INSIDE = "p1: fork() = p2\np2: jail_attach(5)"
DYING = "p1: jail_remove(5)"
ZOMBIE = "\n".join(ZOMBIE_5)
LOOK_INSIDE = "p2: jail_get(0, jid=6)"
ABOVE = JAIL.replace("=3", "=9")
DEEP = """p1: jail_set(UPDATE, name="a.b", children.max=3, persist)
p1: jail_set(CREATE, name="a.b.c", persist)"""
LIVE = 'p1: jail_set(CREATE, jid=6, name="b", persist)'
UPDATE = 'p1: jail_set(CREATE|UPDATE, jid=5, name="b", persist)'

CASES = [
    ("attach-takes-two-references", [JAIL, INSIDE], BugKind.LEAKED_REFERENCE),
    (
        "H15-attach-to-dying-jail",
        [JAIL, INSIDE, DYING, "p1: jail_attach(5)"],
        BugKind.WRONG_VISIBILITY,
    ),
    ("exit-drops-user-reference-twice", [JAIL, INSIDE, "p2: exit()"], BugKind.DROPPED_TWICE),
    ("attach-without-user-reference", [JAIL, INSIDE], BugKind.NEVER_TAKEN),
    ("exit-kills-the-jail", [JAIL, INSIDE, "p2: exit()"], BugKind.DIES_EARLY),
    (
        "removal-kills-newborns",
        [JAIL, INSIDE, "p2: fork_begin() = p3", DYING],
        BugKind.WRONG_PROCESS,
    ),
    ("removal-stops-at-children", [ABOVE, BELOW, DEEP, DYING], BugKind.RESURRECTED),
    ("walk-stands-still", [JAIL, "p1: jail_get(0, lastjid=5)"], BugKind.WRONG_LISTING),
    (
        "name-prefers-dying",
        [ZOMBIE, JAIL.replace("5", "6"), 'p1: jail_get(DYING, name="a")'],
        BugKind.WRONG_JAIL,
    ),
    ("parent-always-shown", [JAIL, BELOW, INSIDE, LOOK_INSIDE], BugKind.WRONG_PARENT),
    (
        "devfs-ruleset-not-inherited",
        [JAIL.replace("children", "devfs_ruleset=4, children"), BELOW],
        BugKind.WRONG_DEFAULT,
    ),
    ("M12b-deadid-starts-one-lower", [ZOMBIE, JAIL], BugKind.RENUMBERED_WRONGLY),
    ("M06-update-renumbers", [ZOMBIE, LIVE, UPDATE], BugKind.RENUMBERED_WRONGLY),
    (
        "enforce-statfs-forgotten",
        [JAIL, "p1: jail_set(UPDATE, jid=5, enforce_statfs=1)"],
        BugKind.STALE_PARAMETERS,
    ),
    (
        "H07c-get-shows-dying-jail",
        [JAIL, INSIDE, DYING, "p1: jail_get(0, jid=5)"],
        BugKind.WRONG_VISIBILITY,
    ),
    (
        "H01-fork-escapes-removal",
        [JAIL, INSIDE, "p2: fork_begin() = p3", DYING, "p3: fork_end()"],
        BugKind.PROCESS_SURVIVES,
    ),
    (
        "one-jail-more-than-the-limit",
        [JAIL.replace("=3", "=0"), INSIDE, "p2: jail_set(CREATE, persist)"],
        None,
    ),
    (
        "M08c-stale-enforce-statfs",
        [
            'p1: jail_set(CREATE, jid=7, name="q", persist, children.max=1, enforce_statfs=2)',
            "p1: fork() = p2\np2: jail_set(CREATE|ATTACH, jid=5, enforce_statfs=1)",
            "p2: hold(r)\np2: exit()",
            'p1: jail_set(CREATE, jid=5, name="q.n", persist)',
        ],
        BugKind.STALE_PARAMETERS,
    ),
    ("attach-says-enoent", ["p1: jail_attach(9)"], BugKind.WRONG_ERRNO),
    ("name-used-twice", [JAIL, 'p1: jail_set(CREATE, name="a", persist)'], BugKind.DUPLICATE_NAME),
    (
        "securelevel-below-parent",
        [
            JAIL.replace("children", "securelevel=2, children"),
            'p1: jail_set(CREATE, name="a.b", persist, securelevel=1)',
        ],
        BugKind.BROKEN_LIMIT,
    ),
    (
        "H09a-primary-address-sorted",
        ['p1: jail_set(CREATE, persist, ip4.addr=["10.0.0.2", "10.0.0.1"])'],
        BugKind.WRONG_VALUE,
    ),
    (
        "names-below-not-renamed",
        [JAIL, BELOW, 'p1: jail_set(UPDATE, jid=5, name="z")'],
        BugKind.LOST_NAME,
    ),
    ("freed-jail-still-counted", [JAIL, DYING], BugKind.WRONG_COUNT),
    (
        "never-dies",
        ["p1: fork() = p2", "p2: jail_set(CREATE|ATTACH, jid=5)", "p2: hold(r)", "p2: exit()"],
        BugKind.NO_REFERENCE,
    ),
    (
        "half-done-hostname",
        [JAIL, 'p1: jail_set(UPDATE, jid=5, host.hostname="h", odd)'],
        BugKind.HALF_DONE,
    ),
    (
        "host-data-pushed-everywhere",
        [JAIL, BELOW, 'p1: jail_set(UPDATE, jid=5, host.hostname="h")'],
        BugKind.WRONG_INHERITANCE,
    ),
    (
        "walk-sees-everything",
        [JAIL, BELOW, INSIDE, "p1: jail_set(CREATE, jid=9, persist)", "p2: jail_get(0, lastjid=6)"],
        BugKind.WRONG_VISIBILITY,
    ),
    (
        "child-of-dying-parent",
        [JAIL, INSIDE, "p2: hold(r)\np2: exit()", DYING, BELOW],
        BugKind.PANIC,
    ),
    ("auto-jid-counter-forgotten", ["p1: jail_set(CREATE, persist)"], BugKind.WRONG_JID),
    ("name-runs-into-path", ['p1: jail_set(CREATE, name="a", persist)'], BugKind.MEMORY),
]


def program_of(lines: list[str]) -> Program:
    return parse("\n".join(["jaildiff 1", "", *lines, ""]), "test").program


@pytest.mark.parametrize(("name", "lines", "kind"), CASES, ids=[case[0] for case in CASES])
def test_the_last_step_is_named(name: str, lines: list[str], kind: BugKind | None) -> None:
    """The kind of bug and the side that has it; nothing where the fault does not show."""
    program = program_of(lines)
    found = accuse(program, len(program.calls) - 1, seeded(FAULTS[name], LANDED)[0], LANDED)
    side = seeded(FAULTS[name], LANDED)[1]
    assert found == (Diagnosis(None, None) if kind is None else Diagnosis(kind, side))


def test_sound_models_are_not_accused() -> None:
    """Where the kernels differ as they always do, neither departs from itself."""
    program = program_of([JAIL, INSIDE, DYING, JAIL])
    assert accuse(program, len(program.calls) - 1, LANDED, LANDED) == Diagnosis(None, None)


def test_both_can_be_at_fault() -> None:
    """The same mistake in both kernels is said of both."""
    faults = [FAULTS["attach-takes-two-references"], FAULTS["attach-keeps-user-reference-left"]]
    suspects = Comparison(faults[1].apply(), faults[0].apply())
    program = program_of([JAIL, INSIDE])
    found = accuse(program, len(program.calls) - 1, suspects, LANDED)
    assert found == Diagnosis(BugKind.LEAKED_REFERENCE, Side.BOTH)
