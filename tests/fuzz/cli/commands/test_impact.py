"""`jaildiff impact` as it is typed: what it prints, what it writes, how it ends."""

import json
from pathlib import Path

import pytest

from tests.command import jaildiff
from tests.impacts import NESTED, STATIC, UNAFFECTED


def write(folder: Path, **texts: str) -> None:
    """Files, by their names without ".conf"."""
    for name, text in texts.items():
        (folder / f"{name}.conf").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [
        (NESTED, "breaks", 1),
        (STATIC, "breaks", 0),
        (STATIC, "changes", 0),
        (STATIC, "any", 1),
        (UNAFFECTED, "any", 0),
    ],
)
def test_the_exit_code_is_what_was_asked_for(
    tmp_path: Path, text: str, fail_on: str, code: int
) -> None:
    """1 if there is something that --fail-on names, else 0."""
    write(tmp_path, jail=text)
    assert jaildiff(tmp_path, "impact", "jail.conf", "--fail-on", fail_on).returncode == code


def test_one_line_for_logs(tmp_path: Path) -> None:
    """--short prints a line for each configuration."""
    write(tmp_path, a=NESTED, b=UNAFFECTED)
    answer = jaildiff(tmp_path, "impact", "--short", "a.conf", "b.conf")
    first, second = answer.stdout.splitlines()
    assert first == "a.conf: 1 thing breaks, for outer.inner"
    assert second.startswith("b.conf: Not affected: 2 jails, ")
    assert answer.stderr == ""


def test_the_text_names_command_line_and_remedy(tmp_path: Path) -> None:
    """What is done, what is seen on both, why, since when, where it is written, what helps."""
    write(tmp_path, jail=NESTED)
    text = jaildiff(tmp_path, "impact", "jail.conf").stdout
    for part in (
        "1. Breaks, always, for outer.inner",
        "You do: jail -c; jail -m outer.inner",
        "On 14: works; outer.inner runs as jid 2",
        "On 15: fails: jail: outer.inner: cannot change jail's parent",
        "Since: the kernel of 15.0 (commit ed31b3f4a146, review D28150)",
        "Written in: jail.conf:6",
        "Or: jexec outer jail -m name=inner securelevel=3",
    ):
        assert part in text


def test_a_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is complained of with its line, the exit code is 2, and the others are told."""
    write(tmp_path, good=UNAFFECTED, bad="a {\n  path = ;\n}\n", worse="a { nonsense; }\n")
    (tmp_path / "binary.conf").write_bytes(b"a {\n\0")
    (tmp_path / "loop.conf").write_text('.include "loop.conf";\n')
    names = ("bad.conf", "good.conf", "binary.conf", "loop.conf", "worse.conf", "none.conf")
    answer = jaildiff(tmp_path, "impact", "--short", *names)
    assert answer.returncode == 2
    assert "good.conf: Not affected" in answer.stdout
    complaints = answer.stderr.splitlines()
    assert complaints == [
        "jaildiff: bad.conf:2: jail(8) says: ;: syntax error",
        "jaildiff: binary.conf:2: expected a text, found a NUL byte",
        "jaildiff: loop.conf: jail(8) says: maximum include depth exceeded",
        "jaildiff: none.conf: cannot be read: No such file or directory",
        "jaildiff: worse.conf:1: jail a: unknown parameter: nonsense",
    ]


def test_json_has_all_of_it(tmp_path: Path) -> None:
    """One object for each configuration, in a line."""
    write(tmp_path, jail=STATIC)
    (line,) = jaildiff(tmp_path, "impact", "--json", "jail.conf").stdout.splitlines()
    told = json.loads(line)
    assert (told["configuration"], told["affected"]) == ("jail.conf", True)
    (finding,) = told["findings"]
    assert finding["effect"] == "improves"
    assert finding["places"] == ["jail.conf:5"]
    assert finding["causes"] == ["dying-jid-reused"]


def test_the_whole_kernel_of_15_gives_the_same_findings(tmp_path: Path) -> None:
    """As docs/impact.md says of `descriptors`; the output says which kernel was meant by 15."""
    write(tmp_path, jail=STATIC)
    usual, whole = (
        json.loads(jaildiff(tmp_path, "impact", "--json", "--kernels", names, "jail.conf").stdout)
        for names in ("legacy,new", "legacy,descriptors")
    )
    assert whole["findings"] == usual["findings"]
    assert whole["kernels"] == ["legacy", "descriptors"]
    short = jaildiff(tmp_path, "impact", "--short", "--kernels", "legacy,descriptors", "jail.conf")
    assert short.stdout.startswith(
        "jail.conf, with legacy as the kernel of 14 and descriptors as that of 15: 1 thing improves"
    )


def test_a_page_and_markdown(tmp_path: Path) -> None:
    """--html writes a file, --markdown prints; hostile names are text in both."""
    write(tmp_path, jail=STATIC.replace("web", '"<script>alert(1)</script>"'))
    answer = jaildiff(tmp_path, "impact", "--markdown", "--html", "out.html", "jail.conf")
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert answer.stdout.startswith("## jail.conf\n")
    assert "<script>" not in page + answer.stdout
    assert "&lt;script&gt;" in page


def test_a_system_without_jails_is_told_what_to_do(tmp_path: Path) -> None:
    """Without FILES, and without /etc/jail.conf, it asks for files."""
    if Path("/etc/jail.conf").exists() or list(Path("/etc").glob("jail.conf.d/*.conf")):
        pytest.skip("this system has jails")
    answer = jaildiff(tmp_path, "impact")
    assert answer.returncode == 2
    assert answer.stderr == (
        "jaildiff: there is no /etc/jail.conf here: name the files to look at\n"
    )
