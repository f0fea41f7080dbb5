import pytest

from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.verdict.expectations import flaw
from jaildiff.kernels.edited import Edit, variant
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate

FAULTS = load()
FIRST = (
    "p1: fork() = p2\n"
    'p2: jail_set(CREATE|ATTACH, jid=5, name="a", children.max=3, securelevel=2, '
    'enforce_statfs=1, devfs_ruleset=4, host.hostname="h", allow.chflags, osreldate=7, '
    'path="/p", ip4.addr=["10.0.0.1"])\n'
    "p2: hold(r)\np2: exit()\n"
)
NESTED = (
    'p1: jail_set(CREATE, jid=7, name="q", persist, children.max=5)\np1: fork() = p2\n'
    'p2: jail_set(CREATE|ATTACH, jid=5, name="q.a")\np2: hold(r)\np2: exit()\n'
)
AGAIN = 'p1: jail_set(CREATE, jid=5, name="b", persist)\n'
CREATES = [
    ("M04-renumbered-jail-renamed", "lost more than its jid"),
    ("M08a-stale-securelevel", "not pristine: securelevel"),
    ("M08b-stale-children-max", "not pristine: children.max"),
    ("M08c-stale-enforce-statfs", "not pristine: enforce_statfs"),
    ("M08d-stale-devfs-ruleset", "not pristine: devfs_ruleset"),
    ("M08e-stale-hostname", "not pristine: host.hostname"),
    ("M08f-stale-permissions", "not pristine: allow"),
    ("M08g-stale-addresses", "not pristine: ip4.addr"),
    ("M08i-stale-osrelease", "not pristine: osreldate"),
    ("M08j-stale-path", "not pristine: path"),
    ("M09-new-jail-below-the-dying-ones-parent", "its parent's and one component"),
    ("M12a-deadid-counts-up", "given jid 999999, due was 999997"),
    ("M12b-deadid-starts-one-lower", "given jid 999998, due was 999999"),
    ("M12c-deadid-starts-one-higher", "given jid 1000000, due was 999999"),
    ("M12d-deadid-counter-forgotten", "does not go on from there"),
]


def last_flaw(text: str, new: Model, old: Model = LEGACY) -> str | None:
    program = parse(f"jaildiff 1\n\n{text}", "test").program
    lockstep = Lockstep(program.jail_max, Comparison(old, new), program.setup)
    step = [lockstep.step(call) for call in program.calls][-1]
    assert step is not None
    return flaw(step.cases[-1])


@pytest.mark.parametrize(("name", "what"), CREATES, ids=[name for name, _ in CREATES])
def test_a_create_that_a_rule_claims_can_be_flawed(name: str, what: str) -> None:
    """What the rules do not look at is named: values, name, parent and jid of what was made."""
    first = NESTED if name.startswith("M09") else FIRST
    first += "poke(lastdeadid=999998)\n" if name.startswith("M12a") else ""
    assert last_flaw(first + AGAIN, NEW) is None
    found = last_flaw(first + AGAIN, FAULTS[name].apply())
    assert found is not None
    assert what in found


@pytest.mark.parametrize(
    "name", ["M01-renumbers-before-the-limit", "M02-renumbers-before-the-name"]
)
def test_a_refusal_that_comes_first_must_not_renumber(name: str) -> None:
    """The landed kernel renumbers before its last checks, not before the earlier ones."""
    limit = (
        "p1: jail_set(UPDATE, jid=7, children.max=1)\np1: fork() = p4\np4: jail_attach(7)\n"
        'p4: jail_set(CREATE, jid=5, name="b", persist)\n'
    )
    taken = 'p1: jail_set(CREATE, jid=5, name="q", persist)\n'
    text = NESTED + (limit if name.startswith("M01") else taken)
    found = last_flaw(text, FAULTS[name].apply())
    assert found == "it was refused for what is checked before the renumbering"


@pytest.mark.parametrize("given", ["ip4.nosaddrsel", "allow.nosuser", "allow.chflags"])
def test_what_was_asked_for_is_no_flaw(given: str) -> None:
    """A new jail that differs from a pristine one where the call says so is as it should be."""
    assert (
        last_flaw(f'{FIRST}p1: jail_set(CREATE, jid=5, name="b", persist, {given})\n', NEW) is None
    )


def test_calls_that_the_patch_left_alone_never_differ() -> None:
    """A root of another call than jail_set is flawed whatever a rule says."""
    faulty = FAULTS["H15-attach-to-dying-jail"].apply()
    assert last_flaw(FIRST + "p1: jail_attach(5)\n", faulty) == "the patch left this call alone"


def test_the_old_kernel_may_not_count_dying_jids() -> None:
    """Only the new kernel has a counter that a refused call may move."""
    landed = "    pr = k.prid.get(jid)\n    # [Modified: D1]\n"
    edit = Edit("legacy_model/jail_set.py", landed, landed + "    k.lastdeadid = 7\n")
    found = last_flaw(FIRST + AGAIN, NEW, variant(LEGACY, [edit]))
    assert found == "the old kernel has no counter for the jids of dying jails"


def test_an_update_by_a_dying_jid_finds_nothing() -> None:
    """It is refused for that, and for nothing that comes after the lookup."""
    update = "p1: jail_set(UPDATE, jid=5, persist)\n"
    found = last_flaw(FIRST + update, FAULTS["update-creates"].apply())
    assert found == "an update by the jid of a dying jail must find nothing"
    assert last_flaw(FIRST + update, NEW) is None


def test_the_new_kernel_updates_no_dying_jail() -> None:
    """Neither by its jid nor by its name, not even where another jail was asked for."""
    others = "p1: fork() = p3\np3: jail_set(CREATE|ATTACH, jid=6)\np3: hold(s)\np3: exit()\n"
    both = f'{FIRST}{others}p1: jail_set(CREATE|UPDATE, jid=6, name="a", persist)\n'
    found = last_flaw(both, FAULTS["H07b-name-clash-with-dying-jail"].apply())
    assert found == "the new kernel updated a dying jail"
    assert last_flaw(both, NEW) is None


def test_nothing_is_resurrected_below_a_dying_jail() -> None:
    """The old kernel refuses to bring back a jail of which the parent is dying."""
    child = NESTED + "p1: jail_remove(7)\n"
    update = "p1: jail_set(UPDATE|DYING, jid=5, persist)\n"
    found = last_flaw(child + update, NEW, FAULTS["H02-child-of-dying-parent-revived"].apply())
    assert found == "a jail below a dying one was resurrected"
    assert last_flaw(child + update, NEW) is None


def test_sound_models_have_no_flaw() -> None:
    """In generated programs no root that a rule claims is flawed."""
    flaws = [found for number in range(600) for found in flaws_of(generate(1, number))]
    assert flaws == []


def flaws_of(program: Program) -> list[str]:
    lockstep = Lockstep(program.jail_max, LANDED, program.setup)
    found = []
    for call in program.calls:
        step = lockstep.step(call)
        cases = () if step is None else step.cases
        found += [wrong for case in cases if LANDED.rulebook.claims(case) and (wrong := flaw(case))]
        if lockstep.panicked:
            break
    return found
