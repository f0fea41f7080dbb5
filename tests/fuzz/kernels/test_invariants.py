from collections.abc import Callable

import pytest

from jail_kernel import allow
from jail_kernel.call import JAIL_CREATE, JailSet
from jail_kernel.kernel import Kernel
from jail_kernel.state import NAME_SIZE, File, PrisonState
from jaildiff.differ.comparison import LANDED
from jaildiff.findings import baseline
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.holders import creds, prisons
from jaildiff.kernels.invariants import BY_ID, INVARIANTS, NOTHING_LEFT, broken, kind_of
from jaildiff.kernels.registry import KERNELS, LEGACY, NEW, Model
from jaildiff.programs.commands.host_state import boot
from tests.programs import NESTED, ZOMBIE_5, corpus_files, corpus_script, generated, program

Break = Callable[[Kernel], None]

HEALTHY = (
    *ZOMBIE_5,
    *NESTED,
    'p1: jail_set(CREATE, name="a.c", persist, ip4.addr=[])',
    'p1: jail_set(CREATE, name="v", jid=9, persist, vnet="new")',
    "p1: fork() = p3",
    "p3: jail_attach(2)",
    "p3: fork() = p4",
    "p4: hold(s)",
)


def healthy() -> Kernel:
    """prison0, a(1), a.b(2) with two processes, a.c(3), v(9), and a(5), which is dying."""
    k = Kernel()
    for call in program(*HEALTHY).calls:
        assert NEW.step(k, call).errno is None
    return k


def change(jid: int, **values: object) -> Break:
    """Set attributes of a jail."""

    def breaks(k: Kernel) -> None:
        pr = k.prid.get(jid, k.prison0)
        for name, value in values.items():
            before = getattr(pr, name)
            setattr(pr, name, before + 1 if value is ONE_MORE else value)

    return breaks


def restrict_addrs(k: Kernel) -> None:
    """Let jail 1 have one address and jail 2 another."""
    k.prid[1].ip4_restrict = k.prid[2].ip4_restrict = True
    k.prid[1].ip4, k.prid[2].ip4 = (b"\x0a\0\0\1",), (b"\x0a\0\0\2",)


def restrict_addrs6(k: Kernel) -> None:
    """Let jail 2 have an address and jail 1 none."""
    k.prid[1].ip6_restrict = True
    k.prid[2].ip6 = (b"\1" * 16,)


def share_addr(k: Kernel) -> None:
    """Let two live jails beside each other have an address."""
    for jid in (20, 21):
        call = JailSet(1, JAIL_CREATE, (("jid", jid), ("persist", True), ("ip4", "new")))
        assert NEW.step(k, call).ret == jid
        k.set_addrs(k.prid[jid], "ip4", (b"\x0a\0\0\1", bytes((10, 0, 0, jid))))


def one_cred_more(k: Kernel) -> None:
    """Let a credential count a holder that is not there."""
    k.procs[3].cred.ref += 1


def swap(k: Kernel) -> None:
    """Put two jails in the wrong order."""
    k.allprison[:2] = k.allprison[1::-1]


def same_jid(k: Kernel) -> None:
    """Give two jails one jid."""
    k.allprison[1].jid = 1


def take_name(k: Kernel) -> None:
    """Give one live jail the name of another."""
    k.prid[9].name = k.prid[1].name


def share(k: Kernel, *pids: int) -> File:
    """Open a descriptor of jail 9 by process 3, shared by these."""
    file = File(k.procs[3].cred, owning=False)
    file.cred.ref += 1
    file.ref = len(pids)
    file.prison = k.prid[9]
    k.prid[9].ref += 1
    for pid in pids:
        k.set_fds(pid, {3: file})
    return file


def share_twice(k: Kernel) -> None:
    """Let two processes share a descriptor."""
    share(k, 3, 4)


def miscount(k: Kernel) -> None:
    """Let a file count a descriptor that is not there."""
    share(k, 3).ref = 2


def outlive(k: Kernel) -> None:
    """Free a jail for which a descriptor stands."""
    share(k, 3)
    k.unlink(k.prid[9])


ONE_MORE = object()

BROKEN: list[tuple[str, Break, int, str]] = [
    ("refs-accounted", change(0, ref=ONE_MORE), 0, "pr_ref is 6, its holders account for 5"),
    ("holders-counted", change(5, ref=0), 5, "pr_ref is 0, its holders account for 1"),
    ("urefs-accounted", change(0, uref=ONE_MORE), 0, "pr_uref is 6, its holders account for 5"),
    ("holders-counted", change(2, uref=0), 2, "pr_uref is 0, its holders account for 3"),
    ("creds-accounted", one_cred_more, 2, "a credential counts 4 holders, there are 3"),
    ("alive-is-held", change(9, uref=0), 9, "alive with pr_uref 0"),
    ("dying-gave-up-persist", change(5, persist=True), 5, "dying, and still persistent"),
    (
        "alive-below-alive",
        change(1, state=PrisonState.DYING),
        2,
        "alive below jail 1, which is dying",
    ),
    ("existing-is-held", change(5, ref=0), 5, "still there with pr_ref 0"),
    ("alive-or-dying", change(9, state=PrisonState.INVALID), 9, "neither alive nor dying"),
    ("files-accounted", miscount, 9, "a file counts 2 descriptors, there are 1"),
    (
        "descriptors-of-existing-jails",
        outlive,
        9,
        "freed, and a descriptor still stands for it",
    ),
    ("jids-ascend", swap, 1, "comes after jid 2"),
    ("jids-unique", same_jid, 1, "the jid of 2 jails"),
    ("counts-true", change(1, childcount=ONE_MORE), 1, "children.cur is 3, there are 2"),
    ("counts-true", change(0, childcount=0), 0, "children.cur is 0, there are 5"),
    ("live-names-unique", take_name, 9, "has the name of jail 1"),
    ("names-extend-parents", change(2, name="b"), 2, "its name does not extend its parent's"),
    ("names-extend-parents", change(2, name="ab"), 2, "its name does not extend its parent's"),
    ("names-fit", change(9, name="x" * NAME_SIZE), 9, "a name of 256 bytes in a buffer of 256"),
    ("paths-kept", change(9, path="/j"), 9, "its path has been overwritten"),
    ("within-parent", change(1, securelevel=0), 2, "securelevel below its parent's"),
    ("within-parent", change(2, enforce_statfs=1), 2, "enforce_statfs below its parent's"),
    ("within-parent", change(2, childmax=5), 2, "children.max not below its parent's"),
    ("within-parent", change(2, childmax=6), 2, "children.max not below its parent's"),
    ("within-parent", change(1, allow=0), 2, "permissions that its parent does not have"),
    ("addresses-within-parent", restrict_addrs, 2, "addresses that its parent does not have"),
    ("addresses-within-parent", restrict_addrs6, 2, "addresses that its parent does not have"),
    ("live-addresses-unique", share_addr, 21, "an address that jail 20 has, too"),
]

# What looks broken and is not.
FINE: list[tuple[str, Break]] = [
    # A descriptor holds its jail and its opener's credential, and is shared by two processes.
    ("refs-accounted", share_twice),
    ("creds-accounted", share_twice),
    ("files-accounted", share_twice),
    ("descriptors-of-existing-jails", share_twice),
    # A dying jail may have user references: those of its dying children.
    ("alive-is-held", change(5, uref=3)),
    ("alive-is-held", change(5, uref=0)),
    ("alive-below-alive", change(2, state=PrisonState.DYING)),
    ("live-names-unique", change(5, name="v")),
    ("names-extend-parents", change(9, name="a.b.c")),
    ("names-fit", change(9, name="x" * (NAME_SIZE - 1))),
    ("paths-kept", change(9, path="/j", root="/j")),
    ("paths-kept", change(9, path="/", root="/j")),
    # Jails of prison0 are not compared with it: it has no limits to speak of.
    ("within-parent", change(0, securelevel=3, enforce_statfs=2, childmax=0, allow=0)),
    ("within-parent", change(2, childmax=-1)),
    ("within-parent", change(2, childmax=0, securelevel=3)),
    ("within-parent", change(2, securelevel=-5, state=PrisonState.DYING)),
    ("within-parent", change(1, allow=allow.ALL & ~allow.DIFFERENCES)),
    ("addresses-within-parent", change(1, ip4=(b"\x0a\0\0\1",), ip4_restrict=True)),
    ("addresses-within-parent", change(9, ip4=(b"\x0a\0\0\1",))),
]


def test_registry() -> None:
    """No two invariants have one id, and each has a kernel here that breaks it."""
    assert [invariant.id for invariant in (*INVARIANTS, NOTHING_LEFT)] == list(BY_ID)
    assert {case[0] for case in BROKEN} == {invariant.id for invariant in INVARIANTS}


def test_healthy() -> None:
    """Nothing is broken in a kernel with nested, dying and vnet jails and with processes."""
    assert broken(healthy()) == {}
    assert broken(Kernel()) == {}
    assert broken(Kernel(5)) == {}


@pytest.mark.parametrize(("invariant", "breaks", "jid", "text"), BROKEN)
def test_fires(invariant: str, breaks: Break, jid: int, text: str) -> None:
    """A kernel broken by hand violates the invariant, which names the jail and the reason."""
    k = healthy()
    assert list(BY_ID[invariant].broken(k)) == []
    breaks(k)
    assert (jid, text) in list(BY_ID[invariant].broken(k))
    assert broken(k)[invariant, jid] == text


@pytest.mark.parametrize(("invariant", "breaks"), FINE)
def test_silent(invariant: str, breaks: Break) -> None:
    """What only looks broken is none of the invariant's business."""
    k = healthy()
    breaks(k)
    assert list(BY_ID[invariant].broken(k)) == []


def test_nothing_left() -> None:
    """At the end no jail is there, and only the cleaner and prison0 itself hold prison0."""
    k = Kernel()
    assert list(NOTHING_LEFT.broken(k)) == []
    k.prison0.childcount = 1
    assert list(NOTHING_LEFT.broken(k)) == [(0, "prison0: childcount 1 ref 2 uref 2")]
    k = healthy()
    assert [jid for jid, _ in NOTHING_LEFT.broken(k)] == [9]


def test_only_what_is_broken() -> None:
    """One thing broken fires one invariant for one jail."""
    k = healthy()
    k.prid[9].childcount = 1
    assert broken(k) == {("counts-true", 9): "children.cur is 1, there are 0"}


@pytest.mark.parametrize(
    ("call", "kind"),
    [("p4: exit()", BugKind.DROPPED_TWICE), ("p4: fork() = p5", BugKind.NEVER_TAKEN)],
)
def test_a_holder_without_a_reference(call: str, kind: BugKind) -> None:
    """It lost its reference in the call that makes the count smaller, else it never had one."""
    k = healthy()
    NEW.step(k, program(call).calls[0])
    k.prid[2].uref -= 1
    assert kind_of(k, "holders-counted", 2) is kind
    assert kind_of(k, "counts-true", 2) is BugKind.WRONG_COUNT


def test_holders() -> None:
    """prison0 counts among the prisons; a shared credential has several holders."""
    k = healthy()
    assert [pr.jid for pr in prisons(k)] == [0, 1, 2, 3, 5, 9]
    assert k.procs[3].cred is k.procs[4].cred is k.resources["s"]
    assert creds(k)[k.procs[3].cred] == 3
    assert creds(k)[k.resources["r"]] == 1


def violated(model: Model, number: int) -> set[str]:
    """The invariants that a model breaks in generated programs, checked after every op."""
    found: set[str] = set()
    for some in generated(43, number):
        k = boot(some)
        for call in some.calls:
            if model.step(k, call).panicked:
                break
            found |= {invariant for invariant, _ in broken(k)}
    return found


@pytest.mark.parametrize("model", KERNELS.values(), ids=KERNELS.keys())
def test_generated_programs_break_only_what_is_known(model: Model) -> None:
    """After every op of generated programs a kernel violates nothing that is not in the baseline.

    In particular no reference, count or list order is ever wrong, in neither kernel.
    """
    side = "old" if model is LEGACY else "new"
    known = {e.rule for e in baseline.load(None, LANDED).entries if e.side in (side, "both")}
    assert violated(model, 300) <= known & BY_ID.keys()


def test_corpus_breaks_only_what_is_known() -> None:
    """The programs people wrote break no reference, count or order either."""
    sound = {"refs-accounted", "urefs-accounted", "creds-accounted", "jids-ascend", "counts-true"}
    sound |= {"existing-is-held", "dying-gave-up-persist", "alive-below-alive"}
    for path in corpus_files():
        script = corpus_script(path)
        for model in (LEGACY, NEW):
            k = boot(script.program)
            for call in script.program.calls:
                if model.step(k, call).panicked:
                    break
            else:
                assert not {invariant for invariant, _ in broken(k)} & sound
