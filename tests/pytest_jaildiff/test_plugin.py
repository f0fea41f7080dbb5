import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.findings.story.story import tell
from jaildiff.programs.op_language import parse
from pytest_jaildiff.failure import Failure

pytest_plugins = ["pytester"]

REUSED = """# Why.

jaildiff 1
id "a-story"

p1: fork() = p2
    both 2
p2: jail_set(CREATE|ATTACH, jid=5)  # in it
    both 5
p1: jail_remove(5)
    both 0
p1: jail_set(CREATE, jid=5, persist)
    old  EEXIST "jail 5 already exists"
    new  5
    !    root intended dying-jid-reused
"""
WRONG = REUSED.replace("new  5", "new  6").replace("intended dying-jid", "bug other")


def put(pytester: pytest.Pytester, **programs: str) -> Path:
    """The last of some programs, each in a file of its name."""
    for name, text in programs.items():
        path = pytester.path / f"{name}.jd"
        path.write_text(text)
    return path


@pytest.fixture
def program(pytester: pytest.Pytester) -> Path:
    """A program that answers as it says."""
    return put(pytester, reused=REUSED)


def test_a_program_is_a_test(pytester: pytest.Pytester, program: Path) -> None:
    """A file whose answers and verdicts come true passes, and keeps its bytes."""
    result = pytester.runpytest()
    result.assert_outcomes(passed=1)
    assert program.read_text() == REUSED


def test_the_plugin_can_be_turned_off(pytester: pytest.Pytester, program: Path) -> None:
    """Without it a program is no test."""
    assert program.exists()
    result = pytester.runpytest("-p", "no:jaildiff")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


# FAILURES


def test_a_failure_is_a_diff_with_its_story(pytester: pytest.Pytester) -> None:
    """The line of the file, what stands there and what happens, every sentence of the story, and
    how to accept it.
    """
    put(pytester, reused=WRONG)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "reused.jd:12: step 3, legacy,new",
            " p1: jail_set(CREATE, jid=5, persist)",
            '     old  EEXIST "jail 5 already exists"',
            "-    new  6",
            "-    !    root bug other-reused",
            "+    new  5",
            "+    !    root intended dying-jid-reused",
            "This is intended: *",
            "If this is as it should be: pytest --jaildiff-rewrite reused.jd",
        ],
        consecutive=False,
    )
    told = " ".join(result.outlines)
    found = parse(REUSED, "reused.jd").program
    (story,) = tell(found, diff(found, LANDED))
    assert [sentence for sentence in story.sentences if sentence not in told] == []


def test_the_story_is_of_the_first_step_that_has_one(pytester: pytest.Pytester) -> None:
    """A step at which the kernels agree has none; that of a later one is told, and once."""
    put(pytester, reused=WRONG.replace("both 2", "both 7"))
    result = pytester.runpytest()
    assert [line for line in result.outlines if line.startswith("reused.jd:")] == [
        "reused.jd:6: step 0, legacy,new",
        "reused.jd:12: step 3, legacy,new",
    ]
    assert sum(line.startswith("This is intended: ") for line in result.outlines) == 1


def test_only_what_is_said_is_held(pytester: pytest.Pytester) -> None:
    """An answer that is not written down is no failure, and shown as it is."""
    only_new = REUSED.replace('    old  EEXIST "jail 5 already exists"\n', "")
    put(pytester, right=only_new, wrong=only_new.replace("new  5", "new  6"))
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    assert '     old  EEXIST "jail 5 already exists"' in result.outlines


def test_many_steps_are_counted(pytester: pytest.Pytester) -> None:
    """After five steps only their number is shown."""
    rows = "".join(f"p1: jail_remove({jid})\n    both 0\n" for jid in range(2, 9))
    put(pytester, many=f"jaildiff 1\n{rows}")
    result = pytester.runpytest()
    assert sum(line.startswith("many.jd:") for line in result.outlines) == 5
    assert "and 2 more steps" in result.outlines


def test_what_does_not_print_is_escaped(pytester: pytest.Pytester) -> None:
    """A file from anybody cannot drive the terminal."""
    put(pytester, evil=REUSED.replace("dying-jid-reused", "\x1b]0;owned\x07"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    assert r"-    !    root intended \x1b]0;owned\x07" in result.outlines
    assert "\x1b]0;" not in result.stdout.str()


def test_no_program(pytester: pytest.Pytester) -> None:
    """A file that is none fails with place and reason, and the others are run."""
    put(pytester, another="not a program", reused=REUSED)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1, passed=1)
    assert any(
        line.endswith("another.jd:1:1: expected 'jaildiff 1', found 'not'")
        for line in result.outlines
    )


def test_diffs_have_colours() -> None:
    """On a terminal + is green and - is red."""

    class Painter(StringIO):
        def line(self, s: str = "", **markup: bool) -> None:
            self.write(f"{s} {[colour for colour, on in markup.items() if on]}\n")

    painter = Painter()
    Failure(("+ a", "- b", "  c")).toterminal(painter)
    assert painter.getvalue() == "+ a ['green']\n- b ['red']\n  c []\n"


# REWRITING


def test_rewrite(pytester: pytest.Pytester, program: Path) -> None:
    """Answers and verdicts are replaced, all else is kept; only files that change are counted."""
    rewritten = put(pytester, wrong=WRONG)
    result = pytester.runpytest("--jaildiff-rewrite")
    assert result.parseoutcomes() == {"passed": 1, "rewritten": 1}
    assert (program.read_text(), rewritten.read_text()) == (REUSED, REUSED)
    pytester.runpytest().assert_outcomes(passed=2)


def test_rewrite_in_many_processes(pytester: pytest.Pytester) -> None:
    """The workers of pytest-xdist say, too, which files they changed."""
    put(pytester, one=WRONG, two=WRONG)
    result = pytester.runpytest("--jaildiff-rewrite", "-n", "1")
    assert result.parseoutcomes() == {"rewritten": 2}


def test_nothing_is_said(pytester: pytest.Pytester) -> None:
    """A program without answers is skipped, since it could not fail; rewriting adds them."""
    silent = "jaildiff 1\np1: jail_remove(5)\n"
    path = put(pytester, silent=silent)
    pytester.runpytest().assert_outcomes(skipped=1)
    pytester.runpytest("--jaildiff-rewrite")
    assert path.read_text().endswith("p1: jail_remove(5)\n    both EINVAL\n")
    pytester.runpytest().assert_outcomes(passed=1)


# KERNELS


def test_kernels_of_the_program(pytester: pytest.Pytester) -> None:
    """A program is held for the kernels that it names."""
    same = REUSED[: REUSED.index("    old")] + "    both 5\n"
    named = same.replace("jaildiff 1", "jaildiff 1\nkernels new new")
    put(pytester, named=named, unnamed=same)
    pytester.runpytest().assert_outcomes(passed=1, failed=1)


def test_kernels_of_the_command_line(pytester: pytest.Pytester, program: Path) -> None:
    """Programs for other kernels are skipped."""
    assert program.exists()
    pytester.runpytest("--jaildiff-kernels", "legacy,new").assert_outcomes(passed=1)
    result = pytester.runpytest("--jaildiff-kernels", "new,descriptors", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*it is written for legacy,new, not for new,descriptors"])


@pytest.mark.parametrize(
    ("kernels", "complaint"),
    [
        ("legacy", "expected two kernels as OLD,NEW, found 'legacy'"),
        ("legacy,nwe", "no kernel 'nwe' *; there are: *"),
    ],
)
def test_no_such_kernel(pytester: pytest.Pytester, kernels: str, complaint: str) -> None:
    """A wrong --jaildiff-kernels ends the run as a wrong use, whatever there is to collect."""
    result = pytester.runpytest("--jaildiff-kernels", kernels)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --jaildiff-kernels: {complaint}"])


def test_a_kernel_of_ones_own(pytester: pytest.Pytester) -> None:
    """A package that holds a kernel is named by --jaildiff-kernel-module."""
    pytester.makepyfile(
        mine_model='"""Mine."""\nfrom new_model import HANDLERS\nNAME = "mine"\n',
        conftest="",
    )
    mine = REUSED.replace("jaildiff 1", "jaildiff 1\nkernels legacy mine")
    put(pytester, mine=mine)
    pytester.syspathinsert()
    pytester.runpytest().assert_outcomes(failed=1)
    pytester.runpytest("--jaildiff-kernel-module", "mine_model").assert_outcomes(passed=1)


# START


@pytest.mark.parametrize("with_program", [False, True])
def test_the_plugin_starts_light(pytester: pytest.Pytester, *, with_program: bool) -> None:
    """Nothing of jaildiff is loaded as long as no program is collected."""
    pytester.makepyfile(test_other="def test_other():\n    pass\n")
    if with_program:
        put(pytester, reused=REUSED)
    code = (
        "import sys, pytest; pytest.main(['-q', '--collect-only']);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'jaildiff', 'jail_kernel', 'click', 'rich', 'pytest_jaildiff'}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = answer.stdout.splitlines()[-1]
    light = "['pytest_jaildiff']"
    assert (loaded != light and "'jaildiff'" in loaded) if with_program else loaded == light
