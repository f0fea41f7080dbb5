"""jail_userland/conf/variables.py."""

import pytest

from tests.sessions import boot, load, run, said, shown


def test_variables_may_use_others_and_any_parameter() -> None:
    """Whatever the order; what is needed first is moved before what needs it."""
    conf = 'a { path = "/jails/$dir"; $dir = "$name.$dom"; $dom = "org"; host.hostname = $path; }'
    assert shown(load(conf)[0]) == [
        {"name": ["a"], "path": ["/jails/a.org"], "host.hostname": ["/jails/a.org"]}
    ]
    (jail,), _ = load("a { x = $y; y = $z; z = 1; }")
    assert [param.name for param in jail.params] == ["name", "y", "x", "z"]


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ("x = $no;", ['jail: a: x: variable "no" not found\n']),
        ("$v; x = $v;", ['jail: a: x: variable "v" not found\n']),
        ("x = $x;", ["jail: a: x: variable loop\n"]),
        ("$v = $w; $w = $v; x = $v;", ["jail: a: v: variable loop\n"]),
        ("$v = 1, 2; x = a$v;", ["jail: a: x: array cannot be substituted inline\n"]),
    ],
)
def test_what_has_no_value_fails_the_jail(body: str, messages: list[str]) -> None:
    """It is said once; the jail is still listed."""
    jails, found = load(f"a {{ {body} }}")
    assert found == messages
    assert len(jails) == 1


def test_a_numeric_block_has_no_name_to_use() -> None:
    """$name is the parameter, and that block has a jid."""
    assert load("5 { x = $name; }")[1] == ['jail: 5: x: variable "name" not found\n']


@pytest.mark.parametrize("value", ["$ips", '"$ips"'])
def test_a_list_as_a_whole_value_is_a_crash(value: str) -> None:
    """Whatever jail(8) was asked to do with that file."""
    machine = boot(f"$ips = 1, 2; a {{ ip4.addr = {value}; }} b {{ persist; }}")
    assert said(run(machine, "jail -c b")) == ("", "", "signal 11")


def test_names_cannot_be_braced_in() -> None:
    """A variable of one value fits anywhere, in braces too."""
    assert shown(load("a { $v = 1; x = a${v}b$v; }")[0]) == [{"name": ["a"], "x": ["a1b1"]}]


def test_a_text_that_doubles_and_doubles_ends_without_memory() -> None:
    """Thirty variables of each other would make a thousand million bytes of two."""
    lines = [f'$v{number} = "$v{number + 1}$v{number + 1}";' for number in range(30)]
    machine = boot(f'a {{ {"".join(lines)} $v30 = "xy"; host.hostname = $v0; }}')
    out, err, status = said(run(machine, "jail -c a"))
    assert (out, err, status) == ("", "jail: malloc: Cannot allocate memory\n", 1)
