"""What the manuals promise and a kernel breaks, each with the rule that says so.

The witness of the rule shows the promise broken by that kernel, and kept by the other.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from jail_kernel import allow
from jail_kernel.call import Errno, Result
from jail_kernel.state import PrisonState
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.differ.verdict.rule import Verdict
from tests.manuals import PERSIST, errno_of
from tests.programs import CORPUS, corpus_script
from tests.tools import Machine, boot, both_models, fails

PAGES = ("jail(2)", "jail(8)", "jls(8)")
Results = list[Result]


@dataclass(frozen=True)
class Promise:
    """Some words of a page, and the kernel that does not keep them; the answers are those of the
    witness.
    """

    rule: str
    page: str
    words: str
    broken_by: str
    kept: Callable[[Machine, Results], bool]


def no_panic(_: Machine, results: Results) -> bool:
    return not results[-1].panicked


def succeeds(_: Machine, results: Results) -> bool:
    return results[-1].errno is None


def names_are_dotted(m: Machine, _: Results) -> bool:
    return not m.k.garbled


def nothing_exceeds_its_parent(m: Machine, _: Results) -> bool:
    return not any(pr.allow & ~pr.parent.allow & ~allow.DIFFERENCES for pr in m.k.allprison)


def still_means(jid: int) -> Callable[[Machine, Results], bool]:
    """The dying jail is still the one of this jid."""
    return lambda m, _: jid in m.k.prid and m[jid].state is PrisonState.DYING


def alive_is_held(m: Machine, _: Results) -> bool:
    return not any(
        pr.state is PrisonState.ALIVE and not (pr.persist or pr.procs or pr.children)
        for pr in m.k.allprison
    )


PROMISES = (
    Promise(
        "dying-jid-reused",
        "jail(8), -rc",
        '"as if" -r and -c "were run in succession"',
        "legacy",
        succeeds,
    ),
    Promise(
        "dying-jid-reused",
        "jail(8), jid",
        '"can be used to identify the jail for later modification, or for such commands"',
        "new",
        still_means(5),
    ),
    Promise(
        "resurrection-withdrawn",
        "jail(2) before the patch, JAIL_DYING",
        '"Allow setting a jail that is in the process of being removed"',
        "new",
        succeeds,
    ),
    Promise(
        "resurrection-withdrawn",
        "jail(2) since the patch, JAIL_DYING",
        '"has no effect"',
        "legacy",
        lambda _, results: results[-1].errno is not None,
    ),
    Promise(
        "failed-create-renumbers",
        "jail(8), jid",
        '"can be used to identify the jail for later modification, or for such commands"',
        "new",
        still_means(5),
    ),
    Promise(
        "foreign-dying-jail-renumbered",
        "jail(8), Hierarchical Jails",
        'jails are "only able to see and/or modify the jails they created"',
        "new",
        still_means(50),
    ),
    Promise(
        "false-no-jid-left",
        "jail(2), ERRORS, EAGAIN",
        '"There are no jail IDs left"',
        "new",
        lambda _, results: results[-1].errno is not Errno.EAGAIN,
    ),
    Promise(
        "nested-update-exceeds-parent",
        "jail(8), Hierarchical Jails",
        'restrictions "may not be bypassed in child jails"',
        "new",
        nothing_exceeds_its_parent,
    ),
    Promise(
        "nested-rename-ignores-sibling",
        "jail(2), JAIL_UPDATE; jail(8), name",
        'the name "identifies a jail", so that no two have the same',
        "new",
        lambda _, results: results[-1].errno is Errno.EEXIST,
    ),
    Promise(
        "nested-rename-loses-parent",
        "jail(8), Hierarchical Jails",
        '"Jail names reflect this hierarchy"',
        "new",
        names_are_dotted,
    ),
    Promise(
        "nested-update-wrong-value",
        "jail(8), devfs_ruleset",
        '"Descendant jails inherit the parent jail\'s"',
        "new",
        lambda m, _: m[3].devfs_ruleset == m[3].parent.devfs_ruleset,
    ),
    Promise(
        "nested-update-refused",
        "jail(2), JAIL_UPDATE",
        'jid and name "must refer to an existing jail", and do',
        "new",
        succeeds,
    ),
    Promise(
        "lost-parent-panic",
        "jail(8), Hierarchical Jails",
        'child jails "are visible to" their parent',
        "new",
        no_panic,
    ),
    Promise(
        "garbled-name-panic",
        "jail(8), Hierarchical Jails",
        'child jails "are visible to" their parent',
        "legacy",
        no_panic,
    ),
    Promise(
        "alive-without-references",
        "jail(8), persist",
        'without it a jail "is destroyed as its last process exits"',
        "legacy",
        alive_is_held,
    ),
    Promise(
        "empty-alive-jail-panic",
        "jail(2), RETURN VALUES",
        '"return -1 on failure, and set errno"',
        "legacy",
        no_panic,
    ),
    Promise(
        "resurrected-with-stale-parameters",
        "jail(2)",
        'parameters not set "will be given default values"',
        "legacy",
        lambda m, _: not m[5].allow & allow.BIT["allow.raw_sockets"],
    ),
    Promise(
        "fork-survives-removal",
        "jail(2)",
        'jail_remove "will kill all processes belonging to the jail"',
        "legacy",
        lambda m, _: 3 not in m.k.procs,
    ),
)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.rule)
@both_models
def test_the_witness_breaks_the_promise(model: str, promise: Promise) -> None:
    """The witness of the rule breaks the promise in the kernel named, and in no other."""
    m = boot(model)
    calls = corpus_script(CORPUS / RULEBOOK.by_id[promise.rule].witness).program.calls
    results = [m.call(call) for call in calls]
    assert promise.kept(m, results) == (model != promise.broken_by), promise.words


def test_rules_that_cite_a_page_are_here() -> None:
    """A rule that calls something a bug and names a manual page has its broken promise here."""
    bugs = [rule for rule in RULEBOOK.by_id.values() if rule.verdict is Verdict.BUG]
    citing = {rule.id for rule in bugs if any(page in rule.reference for page in PAGES)}
    assert len(citing) > 3
    assert citing <= {promise.rule for promise in PROMISES}
    assert {promise.broken_by for promise in PROMISES} == {"legacy", "new"}


# What neither kernel keeps.  The kernels agree, so no rule can say it.


@both_models
def test_create_or_update_takes_no_path(model: str) -> None:
    """jail(2): with both flags "a jail will be created if it does not yet exist", but not if its
    path is given, which is for a create alone.
    """
    refused = fails(Errno.EINVAL, "path cannot be changed after creation")
    assert boot(model).set("CU", PERSIST, name="a", path="/a") == refused


@both_models
def test_create_or_update_needs_persist(model: str) -> None:
    """jail(2): and "modified if it does exist", but not without persist, even if it has that."""
    m = boot(model)
    m.make("a")
    refused = fails(Errno.EINVAL, "new jail must persist or attach")
    assert m.set("CU", name="a", securelevel=1) == refused


@both_models
def test_update_of_an_empty_name_creates(model: str) -> None:
    """jail(2), JAIL_UPDATE: the name "must refer to an existing jail"; an empty one creates it."""
    m = boot(model)
    assert m.set("U", PERSIST, name="") == Result(None, 1)
    assert m.jails() == [(1, "1", "alive")]


@both_models
def test_a_default_name_does_not_identify(model: str) -> None:
    """jail(8), name: "it can be passed to later jail commands", but not to an update if it is the
    jid.
    """
    m = boot(model)
    m.set("C", PERSIST, jid=7)
    assert m.get(name="7").ret == 7
    assert errno_of(m.set("U", name="7", securelevel=1)) is Errno.EINVAL


@both_models
def test_names_below_a_renamed_child_are_garbled(model: str) -> None:
    """jail(8), Hierarchical Jails: "Jail names reflect this hierarchy", but not below a nested
    jail that is renamed.
    """
    m = boot(model)
    m.make("a", {"children.max": 9})
    m.make("a.b", {"children.max": 8})
    m.make("a.b.c")
    m.enter(1, 2)
    assert m.set("U", pid=2, jid=2, name="long") == Result(None, 2)
    assert m[2].name == "a.long"
    assert m[3].name != "a.long.c"


@both_models
def test_removing_a_dying_jail_succeeds(model: str) -> None:
    """jail(2), ERRORS: EINVAL if the jail "does not exist"; a dying one does, for jail_remove."""
    m = boot(model)
    m.zombie(5, "z")
    assert m.remove(5) == Result(None, 0)
    assert errno_of(m.attach(5)) is Errno.EINVAL
