"""A jail.conf with the places of what it says, and what is wrong with it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jail_kernel.call import kernel_bytes
from jaildiff.impact.lifecycle_runs.derive import lifecycles
from jaildiff.impact.reading.configuration import read_configuration
from jaildiff.impact.source_location import SourceLocation
from jaildiff.support.errors import InputError
from tests.impacts import conf


def test_everything_has_its_line(tmp_path: Path) -> None:
    """Blocks and parameters have the line on which they begin, comments apart."""
    text = 'path = "/j/$name";\n# web\nweb {\n  /* two\n  lines */ jid =\n    5;\n}\na { b { } }\n'
    found = conf(tmp_path, text)
    web, a, inner = found.jails
    assert [one.name for one in found.jails] == ["web", "a", "a.b"]
    assert [one.place.line for one in (web, a, inner)] == [3, 8, 8]
    jid, path = found.where(web, "jid"), found.where(web, "path")
    assert jid is not None
    assert path is not None
    assert (jid.place.line, path.place.line) == (5, 1)
    assert found.text(jid) == "jid = 5;"


def test_includes_keep_their_own_places(tmp_path: Path) -> None:
    """What an included file says has its name and line; the rest of the outer file its own."""
    others = {"conf.d/a.conf": "\na { persist; }\n", "conf.d/b.conf": "b { persist; }\n"}
    found = conf(tmp_path, '.include "conf.d/*.conf";\nc {\n  persist; }\n', others)
    places = {one.name: (Path(one.place.path).name, one.place.line) for one in found.jails}
    assert places == {"a": ("a.conf", 2), "b": ("b.conf", 1), "c": ("jail.conf", 2)}


def test_a_family_is_what_has_to_do_with_each_other(tmp_path: Path) -> None:
    """Jails of one tree, and those that depend on each other; of others only the lines are left."""
    text = "a { }\na.b { }\nc { depend = a; }\nd {\n  persist;\n}\ne { }\n"
    found = conf(tmp_path, text)
    assert set(found.families) == {
        frozenset({"a", "a.b", "c"}),
        frozenset({"d"}),
        frozenset({"e"}),
    }
    (only,) = found.only(frozenset({"d"})).values()
    assert only.split() == ["d", "{", "persist;", "}"]
    assert only.count("\n") == text.count("\n")


def test_a_parameter_can_be_left_out_and_added(tmp_path: Path) -> None:
    """Where it counts for a jail, from a wildcard as well; bytes above 0x7f shift nothing."""
    text = "# größer\nallow.dying;\nweb { jid = 5; persist; }\n"
    found = conf(tmp_path, text)
    (web,) = found.jails
    (without,) = found.without(found.files, web, "jid", "allow.dying").values()
    assert without.split("\n")[1:3] == [" " * 12, "web {          persist; }"]
    (added,) = found.with_line(found.files, web, "vnet;").values()
    assert "persist;  vnet; }" in added


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a {\n  x = ;\n}\n", 2, "jail(8) says: ;: syntax error"),
        ("a {\n", 0, "jail(8) says: unexpected EOF"),
        ('a {\n  path = "x;\n}\n', 2, "jail(8) says: unterminated string"),
        ("$l = 1, 2;\na { ip4.addr = $l; }\n", 0, "jail(8) crashes: a variable that is a list"),
        ('.include "none.conf";\n', 0, "jail(8) says: "),
    ],
)
def test_what_is_no_jail_conf_is_refused(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    """With the line, if jail(8) tells it, and in its words."""
    with pytest.raises(InputError) as caught:
        conf(tmp_path, text)
    assert caught.value.line == line
    assert caught.value.message.startswith(message)


def test_a_jail_that_is_wrong_does_not_hide_the_others(tmp_path: Path) -> None:
    """A variable that is not there, a parameter that no system knows: each with its line."""
    found = conf(
        tmp_path, "good { persist; }\nbad { path = $nope; }\nodd {\n  persist;\n  foo = 1;\n}\n"
    )
    assert [one.name for one in found.jails] == ["good", "odd"]
    told = [(error.line, error.message) for error in found.errors]
    assert told == [
        (2, 'jail(8) says: bad: path: variable "nope" not found'),
        (5, "jail odd: unknown parameter: foo"),
    ]


def test_a_file_that_jail_reads_in_part_only_is_complained_of(tmp_path: Path) -> None:
    """A byte above 0x7f outside of quotes ends a jail.conf silently; here it is told."""
    found = conf(tmp_path, "a { persist; }\nü { persist; }\n")
    assert [one.name for one in found.jails] == ["a"]
    (error,) = found.errors
    assert error.line == 2
    assert "a byte above 0x7f" in error.message


def test_a_long_file_and_many_jails_are_refused(tmp_path: Path) -> None:
    """What no one has is not worth hours."""
    with pytest.raises(InputError, match="expected at most 1,048,576 bytes"):
        conf(tmp_path, "#" * (1 << 20) + "\n")
    with pytest.raises(InputError, match="expected at most 250 jails, found 251"):
        conf(tmp_path, "".join(f"j{number} {{ }}\n" for number in range(251)))


def test_a_tower_of_includes_ends(tmp_path: Path) -> None:
    """Files that include each other twice each would be read for ever."""
    others = {f"i{n}.conf": f'.include "{tmp_path}/i{n + 1}.conf";\n' * 2 for n in range(30)}
    others["i30.conf"] = ""
    with pytest.raises(InputError, match="more than 1000 files are included"):
        conf(tmp_path, f'.include "{tmp_path}/i0.conf";\n', others)


def test_a_folder_is_no_jail_conf(tmp_path: Path) -> None:
    """It is refused as what it is."""
    with pytest.raises(InputError, match="input in flex scanner failed"):
        read_configuration(tmp_path)


def test_places_have_the_name_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative name stays relative."""
    monkeypatch.chdir(tmp_path)
    Path("jail.conf").write_text("a { }\n", encoding="utf-8")
    (one,) = read_configuration(Path("jail.conf")).jails
    assert one.place == SourceLocation("jail.conf", 1)


WORDS = [
    "a",
    "b.c",
    "*",
    "{",
    "}",
    ";",
    "=",
    "+=",
    ",",
    " ",
    "\n",
    "path",
    "jid",
    "5",
    "$x",
    '"',
    "'",
]
WORDS += ["#", "/*", "*/", "\\", "é", "depend", "allow.dying", '.include "x";', "${", "nofoo", "\t"]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
@settings(deadline=None)
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    """A jail.conf from anybody gives jails, or a complaint; and lifecycles without a failure."""
    try:
        found = read_configuration(Path("jail.conf"), kernel_bytes(text))
    except InputError:
        return
    assert len(list(lifecycles(found))) >= len(found.jails)
