"""jail_userland/conf/config.py and jails.py."""

import pytest

from jail_userland.conf.jails import JF
from tests.sessions import boot, load, run, said, shown


@pytest.mark.parametrize(
    ("name", "implied"),
    [
        ("web", {"name": ["web"]}),
        ("010", {"jid": ["010"]}),
        ('" 5"', {"jid": [" 5"]}),
        ("0", {"name": ["0"]}),
        ("5x", {"name": ["5x"]}),
    ],
)
def test_a_block_implies_a_name_or_a_jid(name: str, implied: dict[str, list[str]]) -> None:
    """A jid if all of it is a number for strtol(3), but not zero."""
    assert shown(load(f"{name} {{ }}")[0]) == [implied]


def test_wildcards_and_globals_count_by_their_place() -> None:
    """Those before the block come first, then the block, then those behind it."""
    conf = 'x = global; a.b { x = block; y = block; } "*.b" { y = wild; z; }'
    assert shown(load(conf)[0]) == [
        {"name": ["a.b"], "x": ["block"], "y": ["wild"], "z": []},
    ]


def test_a_later_value_keeps_the_place_of_the_first() -> None:
    """Order is that of first mention."""
    (jail,), _ = load("path=/x; persist; a { host.hostname=h; path=/y; }")
    assert [param.name for param in jail.params] == ["name", "path", "persist", "host.hostname"]


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("x = a; x += b; x += c, d;", ["a", "b", "c", "d"]),
        ("x = a; x = b;", ["b"]),
        ("x = a; x;", []),
        ("x = a; x += b; x = c;", ["c"]),
    ],
)
def test_appending_and_replacing(body: str, values: list[str]) -> None:
    """`+=` adds, `=` replaces, a bare name clears."""
    assert shown(load(f"a {{ {body} }}")[0])[0]["x"] == values


def test_the_last_form_of_a_boolean_wins() -> None:
    """With its name."""
    assert shown(load("a { persist; nopersist=0; }")[0]) == [{"name": ["a"], "nopersist": ["0"]}]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("name=b;", 'jail: a: cannot redefine parameter "name".\n'),
        (
            "$path=x;",
            'jail: a: variable "$path" cannot have the same name as a parameter.\n',
        ),
        ("x=1; $x=2;", 'jail: a: variable "$x" cannot have the same name as a parameter.\n'),
    ],
)
def test_what_cannot_be_set_fails_that_jail(body: str, message: str) -> None:
    """The others are read on."""
    (first, second), messages = load(f"a {{ {body} }} b {{ }}")
    assert messages == [message]
    assert (bool(first.flags & JF.FAILED), bool(second.flags & JF.FAILED)) == (True, False)


def test_includes_are_found_beside_the_including_file() -> None:
    """Relative to its directory if its name has one; patterns may fit nothing."""
    files = {
        "conf.d/main": '.include "*.conf"; .include "none*";',
        "conf.d/one.conf": "a { }",
        "conf.d/two.conf": "b { }",
    }
    jails, messages = load('.include "conf.d/main";', files)
    assert ([jail.name for jail in jails], messages) == (["a", "b"], [])


def test_an_include_stands_within_the_block() -> None:
    """Its parameters belong to the block that is open."""
    assert shown(load('a { .include "x"; }', {"x": "y; b { }"})[0]) == [
        {"name": ["a"], "y": []},
        {"name": ["a.b"]},
    ]


@pytest.mark.parametrize(
    ("conf", "err", "status"),
    [
        ('.include "none";', "jail: none: No such file or directory\n", 1),
        ('.include "self";', "jail: maximum include depth exceeded\n", 1),
        ('.include "/etc";', "input in flex scanner failed\n", 2),
    ],
)
def test_a_file_that_cannot_be_read_stops_all(conf: str, err: str, status: int) -> None:
    """Missing, including itself, or a directory."""
    machine = boot(files={"jail.conf": conf, "self": conf})
    assert said(run(machine, "jail -f jail.conf -e ,")) == ("", err, status)


def test_a_hyphen_is_standard_input() -> None:
    """Where messages call it STDIN."""
    machine = boot()
    assert said(run(machine, "jail -f - -e ,", stdin="a { persist; }"))[0] == "name=a,persist\n"
    assert "STDIN line 1" in said(run(machine, "jail -f - -e ,", stdin="}"))[1]


def test_files_that_include_each_other_twice_end_somewhere() -> None:
    """Thirty of them would be read a thousand million times."""
    files = {f"f{n}": f'.include "f{n + 1}"; .include "f{n + 1}";' for n in range(30)}
    machine = boot(files=files | {"f30": "a { persist; }"})
    err = "jail: more than 10000 files are included\n"
    assert said(run(machine, "jail -f f0 -c")) == ("", err, 1)
