import json
from pathlib import Path

from tests.command import jaildiff

PROGRAM = """\
jaildiff 1
file /etc/jail.conf
    web {
        jid = 5;
        persist;
        exec.start = "sh /etc/rc";
    }

$ jail -c web
p1: fork() = p2
p2: jail_attach(5)
p2: hold(connection)
$ jail -r web
$ jail -c web
"""


def written(folder: Path) -> Path:
    """A file with a program that has commands."""
    path = folder / "x.jd"
    path.write_text(PROGRAM)
    return path


def test_calls_of_commands(tmp_path: Path) -> None:
    """With --calls the system calls and commands below a command stand beneath it."""
    path = written(tmp_path)
    plain = jaildiff(tmp_path, "run", path).stdout
    assert "jail_get(0, jid=5, only)" not in plain
    assert "2> jail: web: jail 5 already exists" in plain
    shown = jaildiff(tmp_path, "run", "--calls", path).stdout.splitlines()
    rows = [" ".join(line.split()) for line in shown if line.startswith("     ")]
    assert 'p1002: exec "sh /etc/rc" exit 0, in jail 5 =' in rows
    assert (
        'p3001: jail_set(CREATE, name="web", jid=5, persist=null) EEXIST "jail 5 already exists" 5'
    ) in rows
    assert "p3002: jail_attach(5) 0" in rows  # on the new kernel only


def test_calls_for_machines(tmp_path: Path) -> None:
    """With --json what each side did stands in the words of recorded sessions."""
    done = jaildiff(tmp_path, "run", "--json", "--calls", written(tmp_path))
    calls = json.loads(done.stdout)["calls"]
    assert [each["step"] for each in calls] == [0, 4, 5]
    last = calls[-1]
    assert [event.get("call") for event in last["old"]] == ["jail_get", "jail_set"]
    assert last["old"][1]["errno"] == "EEXIST"
    assert last["new"][-2]["exec"] == ["sh", "/etc/rc"]


def test_answers_of_commands_are_written_and_held(tmp_path: Path) -> None:
    """--rewrite writes ending and output; a changed one is told with its line."""
    path = written(tmp_path)
    assert jaildiff(tmp_path, "run", "--rewrite", path).returncode == 0
    text = path.read_text()
    assert "    old  exit 1\n         2> jail: web: jail 5 already exists\n" in text
    path.write_text(text.replace("already exists", "is there"))
    done = jaildiff(tmp_path, "run", path)
    assert done.returncode == 1
    assert "is there" in done.stderr
