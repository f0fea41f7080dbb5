from collections.abc import Callable
from dataclasses import replace

import pytest

from jail_kernel.call import Errno, Fork, JailAttach, JailGet, JailSet, Poke, Result
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.steps.observation import Key
from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.differ.verdict.divergence import (
    Divergence,
    gravity,
    judge_echo,
    judge_root,
    outcome_shape,
    surfaces,
)
from jaildiff.differ.verdict.landed.rules import RULEBOOK, RULES
from jaildiff.differ.verdict.rule import Rule, Severity, Verdict
from jaildiff.programs.commands.command import Op
from jaildiff.programs.json_form import call_to_json, op_from_json
from jaildiff.programs.program import Program
from tests.programs import CORPUS, REUSED, ZOMBIE_5, corpus_script, program, steps

GET = JailGet(1, 0, ())
ENOENT = Result(Errno.ENOENT, None, "no")


def step(
    old: Result = ENOENT, new: Result = ENOENT, appeared: list[tuple[Key, str]] | None = None
) -> Step:
    """A step without experiments: an echo."""
    return Step(7, GET, old, new, (), appeared or [])


def root(index: int, rule: str | None) -> Divergence:
    """A root with the verdict of a rule."""
    (found,) = (judge_root(s, LANDED.rulebook) for s in steps(program(*REUSED)))
    claimed = RULEBOOK.by_id.get(rule or "")
    return replace(
        found,
        step=index,
        rule=rule,
        verdict=claimed.verdict if claimed else Verdict.UNEXPLAINED,
        bug_kind=claimed.bug_kind if claimed else None,
        side=claimed.side if claimed else None,
        severity=claimed.severity if claimed else Severity.HIGH,
        why=f"why {rule}",
    )


# ROOTS


def test_root() -> None:
    """A root has the verdict, reason and surface of the one rule that claims it."""
    (found,) = (judge_root(s, LANDED.rulebook) for s in steps(program(*REUSED)))
    rule = RULEBOOK.by_id["dying-jid-reused"]
    assert (found.step, found.kind, found.rule, found.causes) == (4, "root", rule.id, ())
    assert (found.verdict, found.bug_kind, found.side) == (Verdict.INTENDED, None, None)
    assert (found.severity, found.surface, found.why) == (rule.severity, "jid", rule.rationale)
    assert found.old == Result(Errno.EEXIST, None, "jail 5 already exists")
    assert found.new == Result(None, 5)
    assert "jail 5: state" in found.differs


def judged_with(*rules: Rule[RootExperiment]) -> Divergence:
    (found,) = (judge_root(s, replace(RULEBOOK, rules=rules)) for s in steps(program(*REUSED)))
    return found


def test_a_root_that_no_rule_claims() -> None:
    """Without a rule a root is unexplained, and as grave as can be."""
    found = judged_with()
    said = (found.verdict, found.rule, found.side, found.severity)
    assert said == (Verdict.UNEXPLAINED, None, None, Severity.HIGH)
    assert found.why == "No rule claims it."
    assert found.surface == "errno"


def test_a_root_that_a_rule_claims_but_that_is_flawed() -> None:
    """What is done badly is not what the rule describes: it is unexplained, and says why."""
    (sound,) = steps(program(*REUSED))
    cases = tuple(replace(case, next_deadid=77) for case in sound.cases)
    found = judge_root(replace(sound, cases=cases), LANDED.rulebook)
    assert (found.verdict, found.rule) == (Verdict.UNEXPLAINED, None)
    assert found.why == (
        "The rule dying-jid-reused would claim it, "
        "but the dying jail was given jid 999999, due was 77."
    )


def test_a_root_that_two_rules_claim() -> None:
    """Two rules are as bad as none: the root is unexplained and both are named."""
    found = judged_with(*RULES, replace(RULES[0], id="another"))
    assert (found.verdict, found.rule) == (Verdict.UNEXPLAINED, None)
    assert found.why == "More than one rule claims it: dying-jid-reused, another"


def test_the_experiment_that_is_like_what_happened() -> None:
    """Where both states make a root, the one counts whose answers were given."""
    *_, found = steps(
        program(
            *ZOMBIE_5,
            'p1: jail_set(CREATE, jid=5, name="b", persist, bogus)',
            "p1: jail_set(CREATE, jid=999999, persist)",
            "p1: jail_set(CREATE, jid=5, persist)",
        )
    )
    # The old state has jail 5 dying, the new one does not have it.
    assert (found.old.errno, found.new) == (Errno.EEXIST, Result(None, 5))
    assert judge_root(found, LANDED.rulebook).rule == "dying-jid-reused"


# ECHOES


def test_echo_of_the_gravest() -> None:
    """An echo has the verdict of the gravest of its roots, and says which that is."""
    roots = [
        root(1, "dying-jid-reused"),
        root(2, "failed-create-renumbers"),
        root(3, "dying-reads-not-found"),
    ]
    found = judge_echo(step(new=Result(None, 5)), roots, LANDED.rulebook)
    assert (found.kind, found.step, found.causes) == ("echo", 7, (1, 2, 3))
    assert (found.rule, found.verdict) == ("failed-create-renumbers", Verdict.BUG)
    assert (found.bug_kind, found.side) == (roots[1].bug_kind, roots[1].side)
    assert found.why == "A consequence of step 2: why failed-create-renumbers"
    assert found.surface == "errno"


def test_a_root_that_changed_nothing_decides_nothing() -> None:
    """A graver root at which both kernels refuse and nothing comes to differ only decides what a
    later one does: it gives the verdict only if there is no other.
    """
    refused = Result(Errno.EEXIST)
    idle = replace(root(2, "false-no-jid-left"), old=refused, new=refused, differs=())
    acting = root(1, "dying-jid-reused")
    found = judge_echo(step(), [acting, idle], LANDED.rulebook)
    assert (found.rule, found.causes) == ("dying-jid-reused", (1, 2))
    assert judge_echo(step(), [idle], LANDED.rulebook).rule == "false-no-jid-left"
    moved = replace(idle, differs=("jail 5: jid",))
    assert judge_echo(step(), [acting, moved], LANDED.rulebook).rule == "false-no-jid-left"


def test_echo_of_something_unexplained() -> None:
    """What follows from something unexplained is unexplained."""
    found = judge_echo(step(), [root(1, "failed-create-renumbers"), root(2, None)], LANDED.rulebook)
    assert (found.verdict, found.rule) == (Verdict.UNEXPLAINED, None)


def test_echo_of_nothing() -> None:
    """An echo without a root is unexplained."""
    found = judge_echo(step(), [], LANDED.rulebook)
    assert (found.verdict, found.causes) == (Verdict.UNEXPLAINED, ())
    assert found.why == "It comes from no root."


def test_echo_with_a_rule_of_its_own() -> None:
    """A panic is judged for what it is, whatever it comes from."""
    panic = Result(None, None, "page fault (signal 11) at address 0x1")
    found = judge_echo(step(new=panic), [root(1, "nested-rename-loses-parent")], LANDED.rulebook)
    assert (found.rule, found.causes, found.surface) == ("lost-parent-panic", (1,), "panic")
    assert found.why == RULEBOOK.by_id["lost-parent-panic"].rationale


def test_gravity() -> None:
    """Unexplained, then bugs, then the intended; by severity; the later of equals."""
    ordered = [
        root(9, "dying-reads-not-found"),
        root(1, "dying-jid-reused"),
        root(9, "false-no-jid-left"),
        root(1, "failed-create-renumbers"),
        root(1, "nested-rename-loses-parent"),
        root(2, "nested-rename-loses-parent"),
        root(1, None),
    ]
    ranks = [gravity(divergence) for divergence in ordered]
    assert ranks == sorted(set(ranks))


# SURFACES


@pytest.mark.parametrize(
    ("old", "new", "appeared", "expected"),
    [
        (Result(None, None, "page fault"), ENOENT, [], ["panic"]),
        (Result(None, 1), ENOENT, [], ["errno"]),
        (Result(Errno.ENOENT, None, "other"), ENOENT, [], ["message"]),
        (Result(None, 1), Result(None, 2), [], ["jid"]),
        (Result(None, 1, None, (1,)), Result(None, 1, None, (2,)), [], ["parameters"]),
        (
            Result(None, 1, wanted=(("path", "/"),)),
            Result(None, 1, wanted=(("path", "/a"),)),
            [],
            ["parameters"],
        ),
        (ENOENT, ENOENT, [(("jail", 5), "exists"), (("jail", 6), "state")], ["lifecycle"]),
        (ENOENT, ENOENT, [(("jail", 5), "name"), (("name", "a"), "order")], ["name"]),
        (ENOENT, ENOENT, [(("jail", 5), "childcount")], ["count"]),
        (ENOENT, ENOENT, [(("process", 5), "location")], ["process"]),
        (ENOENT, ENOENT, [(("next jid", 0), "jid")], ["next jid"]),
        (ENOENT, ENOENT, [(("jail", 5), "securelevel")], ["parameters"]),
        (Result(None, 1), Result(None, 2), [(("jail", 5), "jid")], ["jid"]),
        (Result(None, 1), ENOENT, [(("jail", 5), "exists")], ["errno", "lifecycle"]),
        (ENOENT, ENOENT, [], ["state"]),
    ],
)
def test_surfaces(
    old: Result, new: Result, appeared: list[tuple[Key, str]], expected: list[str]
) -> None:
    """The answer tells more than the state, and a panic tells most."""
    assert surfaces(step(old, new, appeared)) == expected


# FINGERPRINTS


def test_outcome_shape() -> None:
    """The shape leaves out what only goes with something else, and has a fixed order."""
    effects = frozenset({"renumbered", "created", "processes", "next jid", "updated"})
    assert outcome_shape("ok", effects) == "ok:created,renumbered"
    assert outcome_shape("EPERM", frozenset()) == "EPERM:"


def shift_jid(jid: int) -> int:
    """Another jid for a jid in use; the top of the range is where dying jails go."""
    return jid + 100 if 0 < jid < 900000 else jid


def shift_name(name: str) -> str:
    """A name whose numeric parts are other jids."""
    parts = name.split(".")
    return ".".join(str(shift_jid(int(part))) if part.isdecimal() else part for part in parts)


def other_jids(found: Program) -> tuple[Op, ...]:
    """The program with every jid, given or automatic, a hundred higher."""

    def shifted(call: Op) -> Op:
        match call:
            case JailSet(pid, flags, params):
                changed = dict(params)
                for key, value in params:
                    if key == "jid" and isinstance(value, int):
                        changed[key] = shift_jid(value)
                    elif key == "name" and isinstance(value, str):
                        changed[key] = shift_name(value)
                return JailSet(pid, flags, tuple(changed.items()))
            case JailGet(pid, flags, by):
                keys = [(k, shift_jid(v) if isinstance(v, int) else shift_name(v)) for k, v in by]
                return JailGet(pid, flags, tuple(keys))
            case JailAttach(pid, jid):
                return JailAttach(pid, shift_jid(jid))
            case _:
                text = call_to_json(call)
                assert isinstance(text, dict)
                if text["op"] == "jail_remove":
                    text["jid"] = shift_jid(text["jid"])
                return op_from_json(text)

    return (Poke(lastprid=100), *map(shifted, found.calls))


def other_names(found: Program) -> tuple[Op, ...]:
    """The program with other letters in every name, of jails and of resources."""
    letters = str.maketrans("abcdefghijklmnopqrstuvwxyz", "bcdefghijklmnopqrstuvwxyza")

    def renamed(call: Op) -> Op:
        op = call_to_json(call)
        assert isinstance(op, dict)
        for holder in (op, op.get("params"), op.get("by")):
            for key in ("name", "res"):
                if isinstance(holder, dict) and isinstance(holder.get(key), str):
                    holder[key] = holder[key].translate(letters)
        return op_from_json(op)

    return tuple(map(renamed, found.calls))


def other_pids(found: Program) -> tuple[Op, ...]:
    """The program with other processes; the first one is given."""

    def renamed(call: Op) -> Op:
        op = call_to_json(call)
        assert isinstance(op, dict)
        moved = {key: 1000 - op[key] for key in ("pid", "child") if op.get(key, 1) != 1}
        return op_from_json(op | moved)

    return tuple(map(renamed, found.calls))


def ops_in_front(found: Program) -> tuple[Op, ...]:
    """The program after something that has nothing to do with it."""
    front = program(
        'p1: jail_set(CREATE, jid=800000, name="elsewhere", persist, children.max=2)',
        "p1: fork() = p901",
        "p901: jail_attach(800000)",
        "p901: hold(elsewhere)",
        "p901: exit()",
        "p1: jail_get(0, jid=800000)",
        'p1: jail_set(UPDATE, name="elsewhere", securelevel=1)',
    ).calls
    return (*front, *found.calls)


def prints(calls: tuple[Op, ...], found: Program) -> list[str]:
    report = diff(replace(found, calls=calls), LANDED)
    return [
        *(divergence.fingerprint for divergence in report.divergences),
        *(violation.fingerprint for violation in report.violations),
    ]


@pytest.mark.parametrize("change", [other_jids, other_names, other_pids, ops_in_front])
@pytest.mark.parametrize("rule", RULEBOOK.by_id)
def test_fingerprints_are_stable(rule: str, change: Callable[[Program], tuple[Op, ...]]) -> None:
    """The same thing has the same fingerprint under other jids, names, pids, and later on."""
    found = corpus_script(CORPUS / "rules" / f"{rule}.jd").program
    expected = prints(found.calls, found)
    assert expected
    assert prints(change(found), found) == expected


def test_fingerprints_tell_apart() -> None:
    """Every rule's witness ends in a fingerprint of its own."""
    last = [
        diff(corpus_script(CORPUS / rule.witness).program, LANDED).divergences[-1].fingerprint
        for rule in RULEBOOK.by_id.values()
    ]
    assert len(set(last)) == len(RULEBOOK.by_id)


def test_program_changes_are_real() -> None:
    """A process keeps its parent and the first keeps its number."""
    found = program("p1: fork() = p2", "p2: hold(abc)", "p2: jail_attach(7)", "p2: jail_remove(7)")
    assert other_pids(found)[0] == Fork(1, 998)
    assert other_names(found)[1] == program("p2: hold(bcd)").calls[0]
    assert other_jids(found)[1:] == (
        *found.calls[:2],
        *program("p2: jail_attach(107)", "p2: jail_remove(107)").calls,
    )
