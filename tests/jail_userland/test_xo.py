"""jail_userland/xo.py."""

import json

import pytest

from tests.sessions import boot, run, said


def two_jails(command: str) -> tuple[str, str, object]:
    """What jls prints of two jails, one with two addresses."""
    machine = boot()
    run(machine, 'jail -c jid=3 name=a "host.hostname=<&\\"" ip4.addr=10.0.0.1,10.0.0.2 persist')
    run(machine, "jail -c jid=4 name=b persist")
    return said(run(machine, command))


@pytest.mark.parametrize("option", ["json", "json,pretty", "json,warn"])
def test_json_is_json(option: str) -> None:
    """A document with the version, the jails in a list, and lists of addresses as arrays."""
    out, _, _ = two_jails(f"jls --libxo {option} jid name host.hostname ip4.addr persist")
    assert json.loads(out) == {
        "__version": "2",
        "jail-information": {
            "jail": [
                {
                    "jid": "3",
                    "name": "a",
                    "host.hostname": '<&"',
                    "ip4.addr": ["10.0.0.1", "10.0.0.2"],
                    "persist": "true",
                },
                {
                    "jid": "4",
                    "name": "b",
                    "host.hostname": "",
                    "ip4.addr": [],
                    "persist": "true",
                },
            ]
        },
    }


def test_xml_escapes_what_is_no_text() -> None:
    """Elements by name, values escaped."""
    out, _, _ = two_jails("jls --libxo:X -j 3 -n jid host.hostname ip4.addr")
    assert out == (
        '<jail-information version="2"><jail><jid>3</jid><host.hostname>&lt;&amp;"</host.hostname>'
        "<ipv4_addr>10.0.0.1</ipv4_addr><ipv4_addr>10.0.0.2</ipv4_addr></jail></jail-information>"
    )


def test_an_error_closes_what_is_open() -> None:
    """JSON stays whole if the jail is not found."""
    out, err, status = two_jails("jls --libxo json -j nope")
    assert json.loads(out)["jail-information"] == {"jail": []}
    assert (err, status) == ('jls: jail "nope" not found\n', 1)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--libxo bogus", "jls: unknown libxo option value: 'bogus'\n"),
        ("--libxo", "jls: missing libxo option\n"),
        ("--libxo-nope", "jls: unknown libxo option: '--libxo-nope'\n"),
    ],
)
def test_unknown_options_are_refused(option: str, message: str) -> None:
    """Before anything is done."""
    assert two_jails(f"jls {option}") == ("", message, 1)
