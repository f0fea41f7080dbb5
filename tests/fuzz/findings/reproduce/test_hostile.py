"""Names and values from anybody in reproducers."""

import ast
import subprocess
from pathlib import Path

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.findings.baseline import load
from jaildiff.findings.reproduce.reproducer import Form, reproducer
from jaildiff.programs.op_language import Script, parse
from jaildiff.support.errors import InputError
from jaildiff.support.printable import quoted
from tests.debian import needs
from tests.in_sandbox import sandboxed

BASELINE = load(None, LANDED)
NAMES = [
    "$(touch pwned)",
    "`id`",
    "';id;'",
    '"; exit 0 #',
    "a b\tc",
    "line\nend",
    "\x1b]0;owned\x07",
    "*",
    "~root",
    "-d",
    "é\u202e",
    "\udcff\udc80",
    "%s%n",
    "\\0101",
    "::error::x",
    "#[debug]",
    'a"""b',
    "END",
]
each = pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))


def program(name: str) -> Script:
    """A dying jail of that name whose jid is taken, with the name in every place."""
    text = quoted(name)
    return parse(
        f"""# {text}
jaildiff 1
id {text}
p1: fork() = p2
p2: jail_set(CREATE|ATTACH, jid=5, name={text}, host.hostname={text}, path={quoted("/" + name)})
p2: hold({text})
p2: exit()
p1: jail_set(CREATE, jid=5, name={text}, persist, host.hostname={text})
p1: jail_get(0, name={text})
p1: jail_set(UPDATE, jid=5, {text}={text})
""",
        "hostile.jd",
    )


@each
def test_a_script_does_what_it_says(name: str, tmp_path: Path) -> None:
    """On both kernels it ends as it should, shellcheck has nothing to say, and it prints."""
    needs("shellcheck")
    text = reproducer(program(name), LANDED, BASELINE, Form.SH)
    assert all(row.replace("\t", "").isprintable() for row in text.split("\n"))
    path = tmp_path / "script"
    path.write_text(text, encoding="utf-8")
    checked = subprocess.run(
        ["/usr/bin/shellcheck", path], capture_output=True, text=True, check=False
    )
    assert checked.stdout == ""
    answers = [sandboxed(tmp_path, model, "/bin/sh", path) for model in (LANDED.new, LANDED.old)]
    assert [answer.status for answer in answers] == [0, 1], answers
    assert list(tmp_path.glob("**/pwned")) == []


@each
def test_an_atf_test_is_clean(name: str, tmp_path: Path) -> None:
    """The same in the form of ATF, whatever the name of the program is."""
    needs("shellcheck", "atf-sh")
    text = reproducer(program(name), LANDED, BASELINE, Form.ATF)
    assert all(row.replace("\t", "").isprintable() for row in text.split("\n"))
    path = tmp_path / "test"
    path.write_text(text, encoding="utf-8")
    checked = subprocess.run(
        ["/usr/bin/shellcheck", "--shell=sh", path], capture_output=True, text=True, check=False
    )
    assert checked.stdout == ""
    listed = subprocess.run(
        ["/usr/bin/atf-sh", path, "-l"], capture_output=True, text=True, check=False
    )
    assert (listed.returncode, listed.stdout.count("ident: ")) == (0, 1)


@each
def test_a_pytest_test_is_data(name: str) -> None:
    """The program stands in it as a string of ASCII and comes back as it was."""
    text = reproducer(program(name), LANDED, BASELINE, Form.PYTEST)
    tree = ast.parse(text)
    (assigned,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PROGRAM"
    ]
    assert parse(assigned, "hostile.jd").program.calls == program(name).program.calls


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('p1: jail_set(CREATE, jid=5, name="a\\u0000", persist)', "NUL"),
        ('p1: jail_set(CREATE, jid=5, persist, "a=b"=1)', "the name of a parameter is 'a=b'"),
        ('p1: jail_set(CREATE, jid=5, persist, path="/a/../b")', "no folder can stand for"),
        ('p1: jail_set(CREATE, jid=5, persist, path="/file")', "a file in the way"),
    ],
)
def test_what_cannot_be_said(lines: str, why: str) -> None:
    """What no script can express is refused with the step and the reason."""
    script = parse(
        f"""jaildiff 1
p1: fork() = p2
p2: jail_set(CREATE|ATTACH, jid=5)
p1: jail_remove(5)
{lines}
p1: jail_set(CREATE, jid=5, persist)
""",
        "odd.jd",
    )
    with pytest.raises(InputError, match=f"step 3: .*{why}"):
        reproducer(script, LANDED, BASELINE, Form.SH)
