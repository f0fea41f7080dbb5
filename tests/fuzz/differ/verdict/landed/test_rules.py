import os
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice

import pytest

from jail_kernel.call import Errno, JailGet, JailSet, Result
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.steps.root_experiment import Echo, RootExperiment
from jaildiff.differ.verdict.landed.echoes import ECHO_RULES
from jaildiff.differ.verdict.landed.rules import RULEBOOK, RULES
from jaildiff.differ.verdict.rule import Rule, Severity, Surface, Verdict
from jaildiff.kernels.bug_kinds import BugKind, Side
from jaildiff.programs.commands.command import Command
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.programs.program import Program
from tests.programs import (
    CORPUS,
    NESTED,
    REUSED,
    TRACES,
    ZOMBIE_5,
    cases,
    corpus_files,
    corpus_script,
    divergences,
    generated,
    rules_of,
    steps,
    trace,
)

AnyRule = Rule[RootExperiment] | Rule[Echo]

# Of each file of recordings but the directed ones; everything at night.
SAMPLE: tuple[int | None, ...] = (0, 600, 4)
ALL: tuple[int | None, ...] = (None,)
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"

each_rule = pytest.mark.parametrize("rule", RULEBOOK.by_id.values(), ids=RULEBOOK.by_id.keys())


# THE REGISTRY


def test_ids_are_unique() -> None:
    """No rule hides another in the registry."""
    found: tuple[AnyRule, ...] = (*RULES, *ECHO_RULES)
    assert [rule.id for rule in found] == list(RULEBOOK.by_id)


@each_rule
def test_fields(rule: AnyRule) -> None:
    """A bug says what is broken and in which kernel; what is intended has neither."""
    is_bug = rule.verdict is Verdict.BUG
    assert is_bug or rule.verdict is Verdict.INTENDED
    assert (isinstance(rule.bug_kind, BugKind), isinstance(rule.side, Side)) == (is_bug, is_bug)
    assert isinstance(rule.surface, Surface)
    assert isinstance(rule.severity, Severity)
    assert rule.title
    assert rule.rationale.endswith(".")
    assert rule.reference


def test_json() -> None:
    """A rule as JSON is everything but its predicate."""
    rule = RULEBOOK.by_id["failed-create-renumbers"]
    found = rule.json()
    assert "matches" not in found
    assert found["verdict"] == "bug"
    assert found["bug_kind"] == "half-done failure"
    assert found["witness"] == "rules/failed-create-renumbers.jd"


@pytest.mark.parametrize("folder", ["rules", "rules/near"])
def test_files_are_those_of_the_rules(folder: str) -> None:
    """Every rule has a witness and a counterpart, and no other file lies there."""
    assert {path.stem for path in (CORPUS / folder).glob("*.jd")} == RULEBOOK.by_id.keys()
    assert {rule.witness for rule in RULEBOOK.by_id.values()} == {
        f"rules/{name}.jd" for name in RULEBOOK.by_id
    }


@each_rule
def test_witness(rule: AnyRule) -> None:
    """The witness of a rule shows a divergence that just this rule claims."""
    found = diff(corpus_script(CORPUS / rule.witness).program, LANDED).divergences
    kind = "echo" if rule in ECHO_RULES else "root"
    shown = [d for d in found if d.kind == kind and d.rule == rule.id]
    assert shown
    for divergence in shown:
        said = (divergence.verdict, divergence.bug_kind, divergence.side, divergence.why)
        assert said == (rule.verdict, rule.bug_kind, rule.side, rule.rationale)


@each_rule
def test_counterpart(rule: AnyRule) -> None:
    """The counterpart looks like the witness, but the rule is silent."""
    found = diff(
        corpus_script(CORPUS / "rules" / "near" / f"{rule.id}.jd").program, LANDED
    ).divergences
    assert rule.id not in {d.rule for d in found}


# WHO CLAIMS WHAT


def could_differ(entry: Entry) -> bool:
    """False if a recording says that both kernels answered and did the same throughout."""
    old, new = ((entry.recorded or {}).get(side) for side in ("old", "new"))
    if not isinstance(old, dict) or not isinstance(new, dict):
        return True
    parts = ("results", "states", "procs", "final", "panic")
    same = all(old.get(part) == new.get(part) for part in parts)
    return not same or [last[0] for last in old["last"]] != [last[0] for last in new["last"]]


def corpus_programs() -> Iterator[Program]:
    for path in corpus_files():
        yield corpus_script(path).program
    for name in TRACES:
        entries = islice(
            read_programs(trace(name)), *(ALL if NIGHTLY or name == "cases" else SAMPLE)
        )
        yield from (entry.program for entry in entries if could_differ(entry))


@pytest.fixture(scope="module")
def met() -> list[list[Step]]:
    """Where the kernels differ, for each program of the corpus and for 3,000 generated ones."""
    return [list(steps(found)) for found in chain(corpus_programs(), generated(17, 3000))]


def ids(found: Sequence[AnyRule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in found)


def test_one_rule_for_each_root(met: list[list[Step]]) -> None:
    """Of all roots in the corpus and in generated programs each is claimed by just one rule."""
    claimed = Counter(
        ids(RULEBOOK.claims(c)) for found in met for step in found for c in step.cases
    )
    assert {rules: n for rules, n in claimed.items() if len(rules) != 1} == {}
    assert {rules[0] for rules in claimed} == {rule.id for rule in RULES}


def echoes(found: Sequence[Step]) -> Iterator[Echo]:
    """The echoes of a program, each as if it came from any one root before it, or from all."""
    roots: list[str] = []
    for step in found:
        if step.cases:
            roots.append(RULEBOOK.claims(step.cases[0])[0].id)
        else:
            for some in (*((root,) for root in dict.fromkeys(roots)), tuple(roots)):
                yield step.echo_of(some)


def test_one_rule_for_each_echo(met: list[list[Step]]) -> None:
    """No two rules claim the same echo, and each claims some."""
    claimed = {ids(RULEBOOK.echo_claims(echo)) for found in met for echo in echoes(found)}
    assert claimed == {(), *((rule.id,) for rule in ECHO_RULES)}


def test_only_jail_set_makes_roots(met: list[list[Step]]) -> None:
    """No call but jail_set differs from equal states, and of two userlands a command."""
    calls = [case.call for found in met for step in found for case in step.cases]
    assert {type(call) for call in calls} == {JailSet, Command}


# WHERE NEW DIFFERS FROM OLD
#
# Row by row of the table of intended and other differences: the recorded case, the step of the
# row's call in it, and what the reason for the change (review D28150) makes of it.  "A jid can be
# used again", "a removed jail stays removed" and "the dying flag is a no-op" are what it wants; it
# wants neither a call that fails and changes something, nor one that reaches other subtrees.

INTENDED, OLD, NEW = (Verdict.INTENDED, None), (Verdict.BUG, Side.OLD), (Verdict.BUG, Side.NEW)

ROWS = [
    ("A1", "D01", 4, INTENDED, "dying-jid-reused"),
    ("A1'", "D02", 4, INTENDED, "dying-jid-reused"),
    ("A2", "D03", 4, INTENDED, "dying-jid-reused"),
    ("A3", "D04", 4, OLD, "resurrected-with-stale-parameters"),
    ("A4", "D08", 4, INTENDED, "dying-reads-not-found"),
    ("A4'", "D27", 7, INTENDED, "dying-reads-not-found"),
    ("A5 persist", "D06", 4, INTENDED, "resurrection-withdrawn"),
    ("A5 nothing keeps it up", "D10", 4, OLD, "alive-without-references"),
    ("A5 attach", "D11", 5, INTENDED, "resurrection-withdrawn"),
    ("A5 a killed process in it", "D30", 3, INTENDED, "resurrection-withdrawn"),
    ("A6", "D19", 7, NEW, "foreign-dying-jail-renumbered"),
    ("A6'", "D20", 9, NEW, "foreign-dying-jail-renumbered"),
    ("A7", "D12", 5, INTENDED, "name-wins-over-dying-jid"),
    ("A7 dying flag", "D12", 6, INTENDED, "name-wins-over-dying-jid"),
    ("A7 the same name", "D52", 5, INTENDED, "name-wins-over-dying-jid"),
    ("A8", "D14", 8, INTENDED, "dying-jid-reused"),
    ("A8 dying flag", "D14", 9, INTENDED, "resurrected-instead-of-created"),
    ("A9", "D15", 5, INTENDED, "dying-no-longer-refuses"),
    ("A9 dying flag", "D15", 6, INTENDED, "dying-no-longer-refuses"),
    ("A10", "D17", 6, INTENDED, "dying-no-longer-refuses"),
    ("A10 create", "D46", 5, INTENDED, "dying-no-longer-refuses"),
    ("A11", "D18", 7, INTENDED, "dying-jail-fills-limit"),
    ("A12 name", "D16", 4, NEW, "failed-create-renumbers"),
    ("A12 unknown parameter", "D16", 7, NEW, "failed-create-renumbers"),
    ("A13 once", "D21", 5, INTENDED, "dying-jid-reused"),
    ("A13 twice", "D21", 9, INTENDED, "dying-jid-reused"),
    ("A13 three times", "D21", 12, INTENDED, "dying-jid-reused"),
    ("A13 removed", "D22", 9, INTENDED, "dying-jid-reused"),
    ("A13 collision", "D23", 5, INTENDED, "dying-jid-reused"),
    ("A13 on the new jid", "D24", 5, INTENDED, "dying-jid-reused"),
    ("A13 not reset", "D25", 11, INTENDED, "dying-jid-reused"),
    ("A13 end of the range", "D26", 5, NEW, "false-no-jid-left"),
    ("A13 after the end", "D26", 6, INTENDED, "dying-jid-reused"),
    ("B1", "D09", 4, INTENDED, "dying-reads-not-found"),
    ("B2", "D07", 4, INTENDED, "resurrection-withdrawn"),
    ("B3", "D05", 4, INTENDED, "resurrected-instead-of-created"),
    ("B3 fails later", "D53", 4, INTENDED, "failed-create-uses-jid"),
    ("B4", "D39", 10, INTENDED, "resurrected-instead-of-created"),
    ("C1 securelevel", "D31", 2, NEW, "nested-update-exceeds-parent"),
    ("C1 children.max", "D31", 3, NEW, "nested-update-exceeds-parent"),
    ("C1 enforce_statfs", "D31", 4, NEW, "nested-update-exceeds-parent"),
    ("C1 allow", "D31", 5, NEW, "nested-update-exceeds-parent"),
    ("C1 allow, on by default", "P05", 8, NEW, "nested-update-exceeds-parent"),
    ("C2", "D35", 2, NEW, "nested-update-exceeds-parent"),
    ("C3", "D32", 3, NEW, "nested-update-refused"),
    ("C3 longer", "N04", 4, NEW, "nested-update-refused"),
    ("C4", "D32", 4, NEW, "nested-rename-loses-parent"),
    ("C5", "D51", 3, NEW, "nested-update-refused"),
    ("C5'", "D55", 3, NEW, "nested-rename-ignores-sibling"),
    ("C6 cause", "D33", 4, NEW, "nested-rename-loses-parent"),
    ("C6 cause, jailed root", "D34", 7, NEW, "nested-rename-loses-parent"),
    ("C7", "D48", 5, NEW, "nested-rename-loses-parent"),
    ("C8 the caller's", "D54", 6, NEW, "nested-update-exceeds-parent"),
    ("C8 the parent's", "D54", 7, NEW, "nested-update-refused"),
    ("E", "D36", 4, OLD, "alive-without-references"),
]


@pytest.mark.parametrize(
    ("case", "step", "verdict", "rule"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_row(case: str, step: int, verdict: tuple[Verdict, Side | None], rule: str) -> None:
    """The call of a row of the table is a root with the verdict that the reasons give."""
    (found,) = [d for d in diff(cases()[case].program, LANDED).divergences if d.step == step]
    assert (found.kind, (found.verdict, found.side), found.rule) == ("root", verdict, rule)


@pytest.mark.parametrize(("case", "step"), [("D33", 6), ("D34", 10)])
def test_row_c6(case: str, step: int) -> None:
    """Row C6: a process between two jails reads the name that lost a part, and the kernel faults.

    This follows from row C4, and is a mistake of its own.
    """
    found = diff(cases()[case].program, LANDED).divergences[-1]
    said = (found.step, found.kind, found.verdict, found.side, found.rule)
    assert said == (step, "echo", Verdict.BUG, Side.NEW, "lost-parent-panic")
    assert found.causes == (step - (2 if case == "D33" else 3),)


@pytest.mark.parametrize(("case", "step"), [("D48", 5), ("D49", 9)])
def test_row_c7(case: str, step: int) -> None:
    """Row C7: the name is written past its buffer, into the path, in the new kernel only."""
    found = diff(cases()[case].program, LANDED).violations
    memory = {(v.step, v.side, v.invariant) for v in found if v.bug_kind is BugKind.MEMORY}
    assert memory == {(step, "new", "names-fit"), (step, "new", "paths-kept")}


@pytest.mark.parametrize("case", ["D41", "D43", "N08"])
def test_row_d(case: str) -> None:
    """Row D, and below B: the flag alone means nothing, and dying names were free before."""
    assert diff(cases()[case].program, LANDED).divergences == ()


@pytest.mark.parametrize("case", ["D42", "D44", "D45", "D47"])
def test_row_f(case: str) -> None:
    """Row F: a renumbering shows in other calls, which are no roots, and nobody's mistake."""
    found = diff(cases()[case].program, LANDED).divergences
    assert {d.rule for d in found} == {"dying-jid-reused"}
    assert {d.kind for d in found} == {"root", "echo"}


# NEXT TO A RULE


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The caller's jail is the parent: nothing can be taken for it.
        ((*NESTED[:1], "p1: jail_set(UPDATE, jid=1, securelevel=3)"), []),
        # By name the new kernel looks at the real parent, too.
        ((*NESTED, 'p1: jail_set(UPDATE, name="a.b", children.max=7)'), []),
        # Nothing is compared with a parent.
        ((*NESTED, 'p1: jail_set(UPDATE, jid=2, host.hostname="h")'), []),
        # The jid is nobody's: create or update goes by the name.
        (
            (
                'p1: jail_set(CREATE, name="b", persist)',
                'p1: jail_set(CREATE|UPDATE, jid=5, name="b", persist)',
            ),
            [],
        ),
        # The jid is a live jail's.
        (
            (
                "p1: jail_set(CREATE, jid=5, persist)",
                'p1: jail_set(CREATE, jid=5, name="b", persist)',
            ),
            [],
        ),
        # Checks that come before any lookup are the same.
        ((*ZOMBIE_5, "p1: jail_set(CREATE, jid=5)"), []),
        # In the same way as the last, but one check later.
        (
            (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist, securelevel=-5)"),
            [(4, "failed-create-renumbers")],
        ),
    ],
)
def test_near_a_rule(lines: tuple[str, ...], expected: list[tuple[int, str]]) -> None:
    """Calls that look like those which differ, and are answered alike."""
    assert rules_of(divergences(*lines), "root") == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Cannot add a process to a non-alive prison (jid=5)", None, ["empty-alive-jail-panic"]),
        ("page fault (signal 11) at address 0x1", None, ["garbled-name-panic"]),
        (None, "page fault (signal 11) at address 0x1", ["lost-parent-panic"]),
        (None, "Cannot add a process to a non-alive prison (jid=5)", []),
        ("page fault (signal 11) at address 0x1", "page fault (signal 11) at address 0x1", []),
        (None, None, []),
    ],
)
def test_echo_rules(old: str | None, new: str | None, expected: list[str]) -> None:
    """A panic of one kernel is known by its text and its side; of both, it is nobody's."""
    refused = Result(Errno.ENOENT)
    one, other = (refused if text is None else Result(None, None, text) for text in (old, new))
    assert [
        rule.id for rule in RULEBOOK.echo_claims(Echo(JailGet(1, 0, ()), one, other))
    ] == expected


FORK = ("p1: fork() = p7", "p7: jail_attach(5)", "p7: fork_begin() = p8")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The old kernel has the jail alive again when the fork ends.
        (
            (
                "p1: jail_set(CREATE, jid=5, persist)",
                *FORK,
                "p1: jail_remove(5)",
                "p1: jail_set(UPDATE|DYING, jid=5, persist)",
                "p8: fork_end()",
            ),
            "fork-survives-removal",
        ),
        # The same, where the new kernel makes another jail of that jid.
        (
            (
                "p1: jail_set(CREATE, jid=5, persist)",
                *FORK,
                "p1: jail_remove(5)",
                "p1: jail_set(CREATE|UPDATE|DYING, jid=5, persist)",
                "p8: fork_end()",
            ),
            "fork-survives-removal",
        ),
        # What the process does then, and what a process does that it forks.
        (
            (
                "p1: jail_set(CREATE, jid=5, persist)",
                *FORK,
                "p1: jail_remove(5)",
                "p1: jail_set(UPDATE|DYING, jid=5, persist)",
                "p8: fork_end()",
                "p8: fork() = p9",
                "p9: hold(s)",
            ),
            "fork-survives-removal",
        ),
        # In the old kernel the fork was never in the jail that was removed, and another jail was
        # brought back.
        (
            (
                *ZOMBIE_5,
                "p1: jail_set(UPDATE|ATTACH|DYING, jid=5)",
                "p1: fork() = p3",
                "p3: jail_set(CREATE|ATTACH, jid=2)",
                "p3: fork_begin() = p4",
                "p1: jail_remove(2)",
                "p4: fork_end()",
            ),
            "resurrection-withdrawn",
        ),
        # In the old kernel nobody ever got into the jail: the fork went on outside.
        (
            (*REUSED, *FORK, "p1: jail_remove(5)", "p8: fork_end()"),
            "dying-jid-reused",
        ),
        # The last reference has gone: the update finds nothing in the old kernel.
        (
            (*REUSED, "drop(r)", "p1: jail_set(UPDATE|DYING, jid=5, persist)"),
            "retried-update-meets-new-jail",
        ),
        # The same, but the new kernel finds nothing either.
        (
            (
                *REUSED,
                "drop(r)",
                "p1: jail_remove(5)",
                "p1: jail_set(UPDATE|DYING, jid=5, persist)",
            ),
            "dying-jid-reused",
        ),
    ],
)
def test_interleavings(lines: tuple[str, ...], expected: str) -> None:
    """What happens between two calls is judged by what was there before, not by the call alone."""
    found = divergences(*lines)
    assert found[-1].kind == "echo"
    assert found[-1].rule == expected
