"""The same script on both kernels."""

import json
import re
from pathlib import Path

from tests.sandboxes import sandboxed

RESTART = """
jail -c jid=5 name=web persist
jaildiff-hold web
jail -r web
jail -c jid=5 name=web persist || echo "cannot start"
jls -d jid dying
"""


def test_a_difference_is_shown_with_its_story(tmp_path: Path) -> None:
    """The command that differs, the output, the jails at the end, and why: exit code 1."""
    answer = sandboxed(tmp_path, RESTART, "--compare")
    assert answer.returncode == 1
    shown = answer.stdout
    assert "$ jail -c jid=5 name=web persist\n    old: exit code 1\n" in shown
    assert "jail: jail 5 already exists" in shown
    assert "output (- old, + new)\n    -cannot start\n    -5 true\n    +5 false\n" in shown
    assert "jails at the end (- old, + new)\n    -5 web dying\n    +5 web alive\n" in shown
    assert "why: jail -c jid=5 name=web persist: root intended dying-jid-reused" in shown
    assert "This is intended: a create takes the jid of a dying jail" in shown


def test_machines_read_it_too(tmp_path: Path) -> None:
    """--json holds the same."""
    answer = sandboxed(tmp_path, RESTART, "--compare", "--json")
    told = json.loads(answer.stdout)
    assert told["differs"]
    assert told["exit"] == {"old": 0, "new": 0}
    assert [one["old"]["exit"] for one in told["commands"]] == [1, 0]
    assert told["jails"] == ["-5 web dying", "+5 web alive", "+999999 web dying"]
    assert told["why"][0]["command"] == ["jail", "-c", "jid=5", "name=web", "persist"]


def test_the_steps_of_the_story_are_commands(tmp_path: Path) -> None:
    """A user wrote commands, so each step that the story names is said to be of one of them."""
    (why,) = json.loads(sandboxed(tmp_path, RESTART, "--compare", "--json").stdout)["why"]
    story = " ".join(why["story"])
    assert why["steps"].keys() == set(re.findall(r"[Ss]tep (\d+)", story))
    since = re.findall(r"dying since step (\d+)", story)
    assert {tuple(why["steps"][step]) for step in since} == {("jail", "-r", "web")}
    shown = sandboxed(tmp_path, RESTART, "--compare").stdout
    assert f"\n    step {since[0]} is a call by: jail -r web\n" in shown


def test_nothing_differs(tmp_path: Path) -> None:
    """A script that reuses no jid goes alike: exit code 0, whatever the exit code of the script."""
    script = "jail -c name=web persist; jail -r web; jail -c name=web persist; exit 3"
    answer = sandboxed(tmp_path, script, "--compare")
    assert answer.returncode == 0
    assert "Nothing differs" in answer.stdout
    assert "exit code 3" in answer.stdout


def test_one_run_does_not_see_the_files_of_the_other(tmp_path: Path) -> None:
    """Both start from the same files, and none of their changes stays."""
    answer = sandboxed(tmp_path, "mkdir new && echo made", "--compare")
    assert answer.returncode == 0, answer.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_only_one_kernel_sees(tmp_path: Path) -> None:
    """It is shown as one that was not run on the other side."""
    script = RESTART.replace('echo "cannot start"', "jls name")
    answer = sandboxed(tmp_path, script, "--compare")
    assert "$ jls name\n    old: exit code 0\n    new: was not run\n" in answer.stdout


def test_json_alone_is_refused(tmp_path: Path) -> None:
    """Without --compare the script has the standard output."""
    answer = sandboxed(tmp_path, "true", "--json")
    assert answer.returncode == 2
    assert "--json goes with --compare" in answer.stderr
