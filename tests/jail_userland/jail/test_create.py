"""jail_userland/jail/create.py."""

import pytest

from tests.sessions import boot, calls, params, run, said


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("path=jails/a;", "path jails/a: not an absolute pathname"),
        ("path=/nope;", "path /nope: No such file or directory"),
        ("path=/etc/jail.conf;", "path /etc/jail.conf: Not a directory"),
    ],
)
def test_a_path_is_checked_before_the_call(body: str, message: str) -> None:
    """With better words than the kernel's."""
    answer = run(boot(f"a {{ persist; {body} }}"), "jail -c a")
    assert (calls(answer), answer["stderr"]) == (["jail_get ENOENT"], f"jail: a: {message}\n")


def test_the_kernel_says_why_it_refuses() -> None:
    """Its message, or the errno's words."""
    assert said(run(boot(), "jail -c name=a"))[1] == "jail: new jail must persist or attach\n"
    refused = run(boot(), "jail -c name=a persist enforce_statfs=7")
    assert refused["stderr"] == "jail: jail_set: Invalid argument\n"


def test_an_update_sets_all_that_can_change() -> None:
    """The jid first; what is fixed is compared and left out."""
    conf = "a { path=/jails/a; persist; host.hostname=h; vnet; children.max=3; }"
    machine = boot(conf)
    run(machine, "jail -c a")
    answer = run(machine, "jail -m a")
    assert calls(answer) == ["jail_get", "jail_get", "jail_set update"]
    assert list(params(answer)[0].items()) == [
        ("jid", 1),
        ("name", "a"),
        ("persist", None),
        ("host.hostname", "h"),
        ("children.max", 3),
    ]


@pytest.mark.parametrize(
    ("was", "is_now", "what"),
    [
        ("path=/jails/a", "path=/jails/a/", "path"),
        ("ip4=new", "ip4=new", "ip4"),
        ("ip4=inherit", "ip4=disable", "ip4"),
        ("osreldate=1300000", "osreldate", "osreldate"),
    ],
)
def test_fixed_parameters_are_compared_as_they_stand(was: str, is_now: str, what: str) -> None:
    """A slash counts; the kernel reports `disable` for `new`; a missing number fits none."""
    machine = boot()
    run(machine, f"jail -c name=a persist {was}")
    refused = f"jail: {what} cannot be changed after creation\n"
    assert said(run(machine, f"jail -m name=a {is_now}")) == ("", refused, 1)


def test_fixed_parameters_that_are_the_same_pass() -> None:
    """Numbers are compared like strings: two that begin with a zero byte are the same."""
    machine = boot()
    run(machine, "jail -c name=a persist vnet osreldate=1300224")  # 0x13d700
    assert run(machine, "jail -m name=a vnet=new osreldate=256 persist")["exit"] == 0
    assert run(machine, "jail -m name=a vnet osreldate=1300225 persist")["exit"] == 1


def test_without_a_name_there_is_nothing_to_change() -> None:
    """And no call is made to find that out."""
    answer = run(boot(), "jail -m persist securelevel=1")
    assert (said(answer), calls(answer)) == (("", "jail: no jail specified\n", 1), [])


def test_a_jid_comes_before_a_name() -> None:
    """A jail is looked up by its jid if it has one, whoever that is."""
    machine = boot("web { jid=7; persist; path=/jails/web; }")
    run(machine, "jail -c jid=7 name=other persist")
    exists = 'jail: "web" already exists\n'
    assert said(run(machine, "jail -c web")) == ("", exists, 1)
    assert said(run(machine, "jail -r web")) == ("web: removed\n", "", 0)
