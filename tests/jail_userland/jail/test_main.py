"""jail_userland/jail/main.py: what the verbs do."""

import pytest

from jaildiff.recordings.sessions.machine import SessionMachine
from tests.sessions import boot, calls, commands, names, run, said

CONF = "web { path=/jails/web; persist; }"
NOT_FOUND = 'jail: "web" not found\n'


@pytest.mark.parametrize(
    ("verb", "running", "expected"),
    [
        ("-c", False, ("web: created\n", "", 0)),
        ("-c", True, ("", 'jail: "web" already exists\n', 1)),
        ("-m", False, ("", NOT_FOUND, 1)),
        ("-m", True, ("web: updated\n", "", 0)),
        ("-cm", False, ("web: created\n", "", 0)),
        ("-cm", True, ("web: updated\n", "", 0)),
        ("-r", False, ("", NOT_FOUND, 1)),
        ("-r", True, ("web: removed\n", "", 0)),
        ("-rc", False, ("", NOT_FOUND, 1)),
        ("-rc", True, ("web: created\n", "", 0)),
        ("-mr", False, ("", NOT_FOUND, 1)),
        ("-mr", True, ("web: updated\n", "", 0)),
        ("-cmr", False, ("web: created\n", "", 0)),
        ("-cmr", True, ("web: updated\n", "", 0)),
    ],
)
def test_what_a_verb_does(verb: str, running: bool, expected: tuple[str, str, int]) -> None:
    """It depends on whether the jail runs."""
    machine = boot(CONF)
    if running:
        run(machine, "jail -qc web")
    assert said(run(machine, f"jail {verb} web")) == expected


@pytest.mark.parametrize("verb", ["-mr", "-cmr"])
def test_a_fixed_parameter_is_changed_by_a_restart(verb: str) -> None:
    """With -m alone that is refused."""
    machine = boot(CONF, files={"two.conf": "web { path=/jails/a; persist; }"})
    run(machine, "jail -c web")
    refused = "jail: web: path cannot be changed after creation\n"
    assert said(run(machine, "jail -f two.conf -m web")) == ("", refused, 1)
    answer = run(machine, f"jail -f two.conf {verb} web")
    assert calls(answer) == ["jail_get", "jail_get", "jail_remove", "jail_set create"]


def lingering(conf: str, *, release: int, kernel: str) -> SessionMachine:
    """A machine on which `web` has been removed while its credential was held."""
    machine = boot(conf, release=release, kernel=kernel)
    run(machine, "jail -c web")
    for op in (
        {"op": "fork", "pid": 1, "child": 1000},
        {"op": "jail_attach", "pid": 1000, "jid": {"jail": "web"}},
        {"op": "hold", "pid": 1000, "res": "tcp"},
        {"op": "exit", "pid": 1000},
    ):
        machine.step({"op": op})
    run(machine, "jail -r web")
    return machine


STATIC = "web { jid=5; path=/jails/web; persist; }"


def test_a_static_jid_that_lingers_is_in_the_way_on_14_only() -> None:
    """The kernel of 15 moves the dying jail to another jid, whatever the userland."""
    old = run(lingering(STATIC, release=14, kernel="legacy"), "jail -c web")
    assert said(old) == ("", "jail: web: jail 5 already exists\n", 1)
    for release in (14, 15):
        new = run(lingering(STATIC, release=release, kernel="new"), "jail -c web")
        assert said(new) == ("web: created\n", "", 0)
        assert names(new) == [(5, "web", "alive"), (999999, "web", "dying")]


def test_14_brings_a_dying_jail_back_if_it_is_told_to() -> None:
    """-d: create, look, update; 15 warns and creates."""
    old = run(lingering(STATIC, release=14, kernel="legacy"), "jail -d -c web")
    assert calls(old) == [
        "jail_get ENOENT",
        "jail_set create EEXIST",
        "jail_get dying",
        "jail_get dying",
        "jail_set update dying",
    ]
    assert names(old) == [(5, "web", "alive")]
    new = run(lingering(STATIC, release=15, kernel="legacy"), "jail -d -c web")
    assert calls(new) == ["jail_get ENOENT", "jail_set create EEXIST"]


@pytest.mark.parametrize("body", ["allow.dying;", "allow.nodying;", "allow.dying=false;"])
def test_15_warns_of_allow_dying_once(body: str) -> None:
    """In whatever form it is there, for any verb, and on standard error."""
    conf = f"a {{ {body} persist; }} b {{ {body} persist; }}"
    warning = "jail: the 'allow.dying' parameter and '-d' flag are deprecated and have no effect.\n"
    assert said(run(boot(conf, release=15), "jail -qc")) == ("", warning, 0)
    assert said(run(boot(conf, release=14), "jail -qc")) == ("", "", 0)


def test_zfs_datasets_are_handed_over_by_15() -> None:
    """14 does not know the parameter."""
    conf = "web { path=/jails/web; persist; zfs.dataset=tank/web; }"
    (command,) = commands(run(boot(conf, release=15), "jail -c"))
    assert "/sbin/zfs jail web tank/web" in command
    old = run(boot(conf, release=14), "jail -c")
    assert said(old) == ("", "jail: web: unknown parameter: zfs.dataset\n", 1)


def test_new_jails_are_listed() -> None:
    """-J: each that is created, or found running by a -c of all; the file is emptied first."""
    conf = 'web { path=/jails/web; persist; exec.start="d &"; } a { persist; }'
    machine = boot(conf, files={"/var/run/j": "old\n"})
    run(machine, "jail -c a")
    written = run(machine, "jail -J /var/run/j -c")["written"]["/var/run/j"]
    assert written == (
        'jid=2\tname=web\tpath=/jails/web\tpersist\texec.start="d "\njid=1\tname=a\tpersist\n'
    )
    missing = run(machine, "jail -J /nope/j -c")
    assert said(missing) == ("", "jail: open /nope/j: No such file or directory\n", 1)


def test_two_blocks_for_one_jail_can_hang() -> None:
    """Stopping both, the SIGTERM of one hits the command of the other, and one is not told."""
    conf = "5 { persist; } a { jid=5; persist; exec.start=d; exec.stop=stop; }"
    machine = boot(conf, leaves={"d": 1})
    run(machine, "jail -c a")
    answer = run(machine, "jail -r *")
    assert (answer["exit"], answer.get("hang")) == ("signal 9", True)
