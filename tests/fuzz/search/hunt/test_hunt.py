import json
import os
import subprocess
import sys
import time
from itertools import islice

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.findings import baseline
from jaildiff.findings.finding import findings_of
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.hunt import Hunt, budgeted_programs, shows
from tests.programs import CORPUS, NESTED, REUSED, ZOMBIE_5, corpus_script, generated, program

FAILED = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist, bogus)")
EMPTY_ALIVE = (*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)")
NAMES_LOST = (*NESTED, 'p1: jail_set(UPDATE, jid=2, name="z")')

# A hunt in a process of its own: what it found, as JSON.
ALONE = """
import json
from jaildiff.differ.comparison import LANDED
from jaildiff.findings import baseline
from jaildiff.search.hunt.hunt import Hunt, budgeted_programs
hunt = Hunt(baseline.load(None, LANDED), LANDED)
for program in budgeted_programs({seed}, seconds=None, runs={runs}):
    hunt.try_program(program)
print(json.dumps([[f.fingerprint, f.rule, f.count, f.step] for f in hunt.findings.values()]))
"""


def fresh_hunt() -> Hunt:
    return Hunt(baseline.load(None, LANDED), LANDED)


def hunted(*some: Program) -> Hunt:
    """A hunt that has tried these."""
    hunt = fresh_hunt()
    for one in some:
        hunt.try_program(one)
    return hunt


def counts(hunt: Hunt) -> dict[tuple[str, str | None], int]:
    """How often each was seen, by kind and rule."""
    return {(f.kind, f.rule): f.count for f in hunt.findings.values()}


# A PURE FUNCTION OF THE SEED


def test_same_seed_same_findings() -> None:
    """Seed and number of runs say what is found, in which order and how often."""
    one, other = (hunted(*budgeted_programs(5, seconds=None, runs=80)) for _ in range(2))
    assert list(one.findings.values()) == list(other.findings.values())
    assert one.witnesses == other.witnesses
    assert (one.programs, one.ops) == (other.programs, other.ops)
    another = hunted(*budgeted_programs(6, seconds=None, runs=80))
    assert another.ops != one.ops


def test_same_findings_in_another_process() -> None:
    """Nothing depends on the process: neither on its hash seed nor on what ran before."""
    hunt = hunted(*budgeted_programs(5, seconds=None, runs=80))
    expected = [[f.fingerprint, f.rule, f.count, f.step] for f in hunt.findings.values()]
    for hash_seed in ("0", "4242"):
        answer = subprocess.run(
            [sys.executable, "-c", ALONE.format(seed=5, runs=80)],
            cwd=CORPUS.parent,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(answer.stdout) == expected


def test_finds_what_there_is() -> None:
    """From nothing, within 3,000 programs, the known mistakes of both kernels are found."""
    wanted = {
        "nested-update-exceeds-parent",
        "nested-rename-loses-parent",
        "nested-update-refused",
        "alive-without-references",
        "failed-create-renumbers",
        "foreign-dying-jail-renumbered",
        "resurrected-with-stale-parameters",
    }
    hunt = fresh_hunt()
    for some in budgeted_programs(3, seconds=None, runs=3000):
        hunt.try_program(some)
        if wanted <= {f.rule for f in hunt.findings.values()}:
            break
    assert wanted <= {f.rule for f in hunt.findings.values()}
    assert [f for f in hunt.findings.values() if f.news] == []


# ONE PROGRAM


def test_a_new_root() -> None:
    """The first of its kind is kept with the program up to it."""
    hunt = fresh_hunt()
    some = program(*FAILED, "p1: exit()")
    (fingerprint,) = hunt.try_program(some)
    finding = hunt.findings[fingerprint]
    assert (finding.kind, finding.rule, finding.step) == ("root", "failed-create-renumbers", 4)
    assert hunt.witnesses[fingerprint].calls == some.calls[:5]
    assert (hunt.programs, hunt.ops) == (1, 6)


def test_the_same_again() -> None:
    """What was met before is counted and is not news."""
    hunt = hunted(program(*FAILED))
    assert hunt.try_program(program(*FAILED)) == []
    assert counts(hunt) == {("root", "failed-create-renumbers"): 2}


def test_echoes_are_kept() -> None:
    """An echo is a finding of its own, counted as often as it is met."""
    some = program(*REUSED, "p1: jail_get(DYING, jid=5)")
    hunt = hunted(some, some)
    assert counts(hunt) == {("root", "dying-jid-reused"): 2, ("echo", "dying-jid-reused"): 2}


def test_violations_are_kept() -> None:
    """A violation is found even in a program that is not checked after each op."""
    hunt = hunted(program("p1: exit()"), program(*NAMES_LOST))
    assert counts(hunt).keys() == {
        ("root", "nested-rename-loses-parent"),
        ("violation", "names-extend-parents"),
    }


@pytest.mark.parametrize("first", [(), ("p1: exit()",)], ids=["every op", "at the end"])
def test_violations_are_counted_once(first: tuple[str, ...]) -> None:
    """A violation that one program shows once has been seen once."""
    hunt = hunted(*([program(*first)] if first else []), program(*NAMES_LOST))
    assert counts(hunt)["violation", "names-extend-parents"] == 1


def test_a_violation_that_both_share() -> None:
    """What both kernels break alike is found without any difference."""
    lines = (
        *NESTED,
        'p1: jail_set(CREATE, name="a.b.c", persist)',
        "p1: fork() = p2",
        "p2: jail_attach(1)",
        'p2: jail_set(UPDATE, jid=2, name="longer")',
    )
    (finding,) = hunted(program("p1: exit()"), program(*lines)).findings.values()
    assert (finding.kind, finding.side, finding.rule) == (
        "violation",
        "both",
        "names-extend-parents",
    )


def test_a_panic_ends_a_program() -> None:
    """Behind a panic nothing is run, and a stopped kernel is not looked at."""
    some = program(*EMPTY_ALIVE, 'p1: jail_set(CREATE, name="a.x", persist)', "p1: exit()")
    hunt = hunted(some)
    assert hunt.ops == 6
    assert ("echo", "empty-alive-jail-panic") in counts(hunt)
    assert ("violation", "nothing-left-behind") not in counts(hunt)


def test_an_empty_program() -> None:
    """A program without calls counts as a program."""
    hunt = hunted(Program("none", ()))
    assert (hunt.programs, hunt.ops, hunt.findings) == (1, 0, {})


# WITNESSES


def test_minimize() -> None:
    """A witness gets shorter; the finding is told anew from it, and keeps its count."""
    some = program('p1: jail_set(CREATE, name="b", persist)', *FAILED)
    hunt = hunted(some, some)
    (fingerprint,) = hunt.findings
    hunt.minimize(fingerprint)
    finding = hunt.findings[fingerprint]
    witness = hunt.witnesses[fingerprint]
    assert len(witness.calls) == 5
    assert (finding.step, finding.count, finding.fingerprint) == (4, 2, fingerprint)
    assert finding.old.startswith("EEXIST")


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("dying-jid-reused", "root"),
        ("lost-parent-panic", "echo"),
        ("alive-without-references", "violation"),
    ],
)
def test_shows(rule: str, kind: str) -> None:
    """Whether a program shows a finding: a root, an echo or a violation."""
    some = corpus_script(CORPUS / "rules" / f"{rule}.jd").program
    hunt = hunted(some)
    for finding in hunt.findings.values():
        if finding.kind == kind:
            show = shows(finding, LANDED)
            assert show(some)
            assert not show(program(*NESTED))
            assert not show(Program("none", ()))
            break
    else:
        pytest.fail(f"no {kind}")


def test_shows_ends_with_a_panic() -> None:
    """A root behind a panic is not shown."""
    (fingerprint, *_) = (hunt := hunted(program(*FAILED))).findings
    some = program(
        *EMPTY_ALIVE,
        'p1: jail_set(CREATE, name="a.x", persist)',
        "p1: jail_set(CREATE, jid=5, persist, bogus)",
    )
    assert not shows(hunt.findings[fingerprint], LANDED)(some)


# THE PROGRAMS OF A SEED


def test_programs() -> None:
    """The programs are numbered from 0, as many as are asked for."""
    assert list(budgeted_programs(7, seconds=None, runs=3)) == [generate(7, n) for n in range(3)]
    assert list(budgeted_programs(7, seconds=None, runs=0)) == []


def test_programs_for_a_time() -> None:
    """A time ends the programs as well as a number does."""
    assert list(budgeted_programs(7, seconds=0, runs=None)) == []
    started = time.monotonic()
    assert list(budgeted_programs(7, seconds=0.05, runs=None))
    assert time.monotonic() - started < 5
    assert len(list(budgeted_programs(7, seconds=1000, runs=2))) == 2
    assert len(list(islice(budgeted_programs(7, seconds=None, runs=None), 5))) == 5


def test_shows_is_what_a_full_report_says() -> None:
    """A program shows a class exactly if the differ, judging all of it, names that class."""
    known = baseline.load(None, LANDED)
    reports = [(found, diff(found, LANDED)) for found in generated(60, 40)]
    findings = {
        finding.fingerprint: finding
        for found, report in reports
        for finding in findings_of(found, known, report)
    }
    assert {finding.kind for finding in findings.values()} == {"root", "echo", "violation"}
    for finding in findings.values():
        for found, report in reports:
            classes = {divergence.fingerprint for divergence in report.divergences}
            classes |= {violation.fingerprint for violation in report.violations}
            assert shows(finding, LANDED)(found) == (finding.fingerprint in classes)
