from dataclasses import replace

import pytest

from jail_kernel.call import Errno, Result
from jaildiff.differ.annotate import (
    Mismatch,
    annotate,
    check,
    divergence_text,
    verdict_texts,
    violation_text,
)
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.kernels.snapshot import answer_line
from jaildiff.programs.op_language import Script, parse, render, script_of
from jaildiff.programs.program import Program
from tests.programs import (
    NESTED,
    REUSED,
    ZOMBIE_5,
    generated,
    program,
    script,
)


def annotated(found: Program) -> Script:
    """A program with all that is to be said of it, read back from its text."""
    text = render(annotate(script_of(found), diff(found, LANDED)))
    return parse(text, "test.jd")


def test_annotate_then_check() -> None:
    """What is written beside the calls of a program comes true when it is read back."""
    for found in generated(61, 100):
        again = annotated(found)
        assert again.program.calls == found.calls
        assert check(again, LANDED) == []


# WHAT IS WRITTEN


def test_annotate() -> None:
    """Both answers and the verdict stand beside each line; comments stay where they are."""
    plain = script("# why", *REUSED[:-1], f"{REUSED[-1]}  # again")
    found = annotate(plain, diff(plain.program, LANDED))
    assert [line.before for line in found.lines] == [("# why",), (), (), (), ()]
    last = found.lines[-1]
    assert (last.old, last.new) == ('EEXIST "jail 5 already exists"', "5")
    assert (last.comment, last.verdicts) == ("again", ("root intended dying-jid-reused",))
    assert (found.lines[0].old, found.lines[0].verdicts) == ("2", ())


def test_annotate_replaces() -> None:
    """What was written there before is gone."""
    plain = script("p1: jail_remove(5)", "    old  7", "    !    root bug whatever")
    (line,) = annotate(plain, diff(plain.program, LANDED)).lines
    assert (line.old, line.new, line.verdicts) == ("EINVAL", "EINVAL", ())


def test_behind_a_panic() -> None:
    """Lines that are not run have no answers."""
    lines = (
        *ZOMBIE_5,
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p1: jail_set(CREATE, name="a.x", persist)',
        "p1: jail_get(0, jid=5)",
    )
    *_, panic, last = annotated(program(*lines)).lines
    assert panic.old == "panic: Cannot add a process to a non-alive prison (jid=5)"
    assert panic.verdicts == ("echo of 4 bug empty-alive-jail-panic",)
    assert (last.old, last.new, last.verdicts) == (None, None, ())


def test_what_is_left_behind() -> None:
    """What is found after the end stands at the last line."""
    lines = (
        'p1: jail_set(CREATE, name="a", persist, children.max=5)',
        "p1: fork() = p2",
        'p2: jail_set(CREATE|ATTACH, name="a.b", jid=5)',
        "p2: hold(r)",
        "p2: exit()",
        "p1: jail_set(UPDATE|DYING, jid=5)",
    )
    assert annotated(program(*lines)).lines[-1].verdicts == (
        "root bug alive-without-references",
        "violation old alive-is-held",
        "violation old nothing-left-behind",
    )


def test_texts() -> None:
    """Root or echo and of what, the verdict, the rule; violations by side and invariant."""
    report = diff(program(*REUSED, "p1: jail_get(DYING, jid=5)"), LANDED)
    root, echo = report.divergences
    assert divergence_text(root) == "root intended dying-jid-reused"
    assert divergence_text(echo) == "echo of 4 intended dying-jid-reused"
    assert divergence_text(replace(echo, causes=(1, 2))) == "echo of 1,2 intended dying-jid-reused"
    assert divergence_text(replace(echo, causes=(), rule=None)) == "echo of nothing intended -"
    unknown = replace(echo, causes=(), attributed=False)
    assert divergence_text(unknown) == "echo of earlier steps intended dying-jid-reused"
    broken = diff(program(*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)"), LANDED)
    assert violation_text(broken.violations[0]) == "violation old alive-is-held"
    assert verdict_texts(broken) == {
        4: ["root bug alive-without-references", "violation old alive-is-held"]
    }


def test_text_of() -> None:
    """An answer as it stands beside a line."""
    assert answer_line(Result(Errno.ENOENT, None, "no")) == 'ENOENT "no"'
    assert answer_line(Result(None, 5)) == "5"
    assert answer_line(Result(None, None, "stop")) == "panic: stop"


def test_script_of() -> None:
    """A bare program is a script with nothing around its calls."""
    found = script_of(Program("x", program(*NESTED).calls, 6))
    assert (found.id, found.jail_max, found.head, found.program.jail_max) == ("x", 6, (), 6)
    assert check(found, LANDED) == []


# WHAT IS CHECKED

EXPECTED = """\
jaildiff 1

p1: fork() = p2
    both 2
p2: jail_set(CREATE|ATTACH, jid=5)
    both 5
p1: jail_remove(5)
    both 0
# Again.
p1: jail_set(CREATE, jid=5, persist)
    old  EEXIST "jail 5 already exists"
    new  5
    !    root intended dying-jid-reused
"""


def checked(old: str, new: str) -> list[Mismatch]:
    """What is wrong with the file after a change."""
    assert old in EXPECTED
    return check(parse(EXPECTED.replace(old, new), "test.jd"), LANDED)


def test_check() -> None:
    """Expectations that come true are no mismatch."""
    assert check(parse(EXPECTED, "test.jd"), LANDED) == []


def test_changed_answer() -> None:
    """An answer that is another is reported with its kernel, step and line."""
    assert checked("new  5", "new  6") == [Mismatch(3, 10, "new", "6", "5")]
    assert checked("already", "never") == [
        Mismatch(3, 10, "old", 'EEXIST "jail 5 never exists"', 'EEXIST "jail 5 already exists"')
    ]
    both = checked("both 0", "both 1")
    assert both == [Mismatch(2, 7, "old", "1", "0"), Mismatch(2, 7, "new", "1", "0")]


@pytest.mark.parametrize(
    ("old", "new", "expected", "found"),
    [
        ("intended", "bug", "root bug dying-jid-reused", "root intended dying-jid-reused"),
        ("    !    root intended dying-jid-reused\n", "", "", "root intended dying-jid-reused"),
    ],
)
def test_changed_verdict(old: str, new: str, expected: str, found: str) -> None:
    """A verdict that is another, or that is not expected, is reported."""
    assert checked(old, new) == [Mismatch(3, 10, "verdict", expected, found)]


def test_verdict_that_does_not_come() -> None:
    """A verdict where nothing differs is reported."""
    more = "both 0\n    !    root bug more"
    assert checked("both 0", more) == [Mismatch(2, 7, "verdict", "root bug more", "")]


def test_only_one_answer_is_expected() -> None:
    """An answer that is not written down may be anything, as long as it is not the old one's."""
    assert checked("    new  5\n", "") == []
    bare = script(*REUSED)
    assert check(bare, LANDED) == []


def test_verdict_without_answers() -> None:
    """Verdicts can be expected without any answer."""
    assert check(script(*REUSED, "    !    root intended dying-jid-reused"), LANDED) == []
    (found,) = check(script(*REUSED, "    !    root intended another"), LANDED)
    assert (found.what, found.expected) == ("verdict", "root intended another")


def test_answer_behind_a_panic() -> None:
    """An answer is expected where the kernels have stopped: that cannot come true."""
    lines = (
        *ZOMBIE_5,
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p1: jail_set(CREATE, name="a.x", persist)',
        "p1: jail_get(0, jid=5)",
        "    old  5",
    )
    found = [m for m in check(script(*lines), LANDED) if m.what == "old"]
    assert found == [Mismatch(6, 8, "old", "5", "None")]
