"""Files are taken for what they are."""

from pathlib import Path

import pytest

from jaildiff.impact.reading.given import is_json, is_rc_conf, is_script, sorted_out


@pytest.mark.parametrize(
    ("name", "rc_conf"),
    [
        ("/etc/rc.conf", True),
        ("host/rc.conf.local", True),
        ("/etc/rc.conf.d/jail", True),
        ("/etc/jail.conf", False),
        ("jails/rc.conf-jails", False),
    ],
)
def test_rc_conf_is_known_by_its_name(name: str, *, rc_conf: bool) -> None:
    """Or by the folder that it is in."""
    assert is_rc_conf(Path(name)) == rc_conf


@pytest.mark.parametrize(
    ("name", "text", "script"),
    [
        ("up", "#!/bin/sh\n", True),
        ("up.sh", "", True),
        ("up", "jail -c name=a persist\n", True),
        ("jail.conf", 'web {\n  exec.start = "jail -c x";\n}\n', False),
        ("jail.conf", "jail { persist; }\n", False),
    ],
)
def test_a_script_is_known_by_what_is_in_it(name: str, text: str, *, script: bool) -> None:
    """Its first line, its name, or a command that begins a line."""
    assert is_script(Path(name), text) == script


@pytest.mark.parametrize(
    ("name", "text", "json"),
    [
        ("jails.json", "", True),
        ("jails", '{"jail-information": {"jail": []}}', True),
        ("jail.conf", "{{name}} { persist; }", False),
    ],
)
def test_the_output_of_jls_is_known_by_its_head(name: str, text: str, *, json: bool) -> None:
    """Or by the file's name; a template is no JSON."""
    assert is_json(Path(name), text) == json


def test_what_is_included_is_not_looked_at_twice(tmp_path: Path) -> None:
    """A jail.conf and the folder that it includes, as on a system where both are found."""
    (tmp_path / "a.conf").write_text("a { persist; }\n", encoding="utf-8")
    (tmp_path / "jail.conf").write_text('.include "a.conf";\n', encoding="utf-8")
    found = sorted_out([tmp_path / "a.conf", tmp_path / "jail.conf"])
    (one,) = found.configurations
    assert Path(one.path).name == "jail.conf"


def test_rc_conf_alone_is_not_enough(tmp_path: Path) -> None:
    """It names no jails."""
    (tmp_path / "rc.conf").write_text('jail_enable="YES"\n', encoding="utf-8")
    (error,) = sorted_out([tmp_path / "rc.conf"]).errors
    assert str(error) == "rc.conf alone describes no jails: name a jail.conf, too"


def test_everything_is_sorted_out(tmp_path: Path) -> None:
    """A script may come before the jail.conf that it reads; two rc.conf are one."""
    texts = {
        "up.sh": "jail -c web\n",
        "jail.conf": "web { persist; }\n",
        "rc.conf": 'jail_list="web"\n',
        "rc.conf.local": '\njail_flags="-v"\n',
        "state.json": '{"jail-information": {"jail": []}}',
        "other.conf": "nope",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = sorted_out(tmp_path / name for name in texts)
    assert [Path(one.path).name for one in found.configurations] == ["jail.conf"]
    assert [Path(one.path).name for one in found.scripts] == ["up.sh"]
    assert found.scripts[0].configurations == (found.configurations[0],)
    assert "jail_list" in found.rc_conf.text
    assert found.rc_conf.flags is not None
    assert found.rc_conf.flags.line == 2
    assert found.state is not None
    assert [Path(error.path).name for error in found.errors] == ["other.conf"]
