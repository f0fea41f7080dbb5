"""jail_userland/conf/jails.py: what the command line adds."""

from jail_userland.conf.jails import JF, CfJail, Jails, do_stop, intparams
from jail_userland.deltas import Release
from tests.sessions import process


def of(*words: str) -> CfJail:
    """The jail of these words."""
    jails = Jails(process())
    for word in words:
        jails.add_word(jails.anonymous(), word)
    return jails.cfjails[0]


def test_words_append() -> None:
    """A parameter that is named twice has two values; there is one jail."""
    jail = of("x=1", "x=2", "y")
    assert [(param.name, [s.s for s in param.val]) for param in jail.params] == [
        ("x", ["1", "2"]),
        ("y", []),
    ]


def test_known_parameters_are_found_by_key() -> None:
    """Under either name of a boolean."""
    jail = of("nopersist", "exec.start=a=b")
    assert jail.intparams["persist"].name == "nopersist"
    assert jail.intparams["exec.start"].val[0].s == "a=b"


def test_a_restart_stops_first() -> None:
    """Dependencies go backwards for a stop and a restart, not for a change."""
    assert do_stop(JF.STOP)
    assert do_stop(JF.RESTART)
    assert not do_stop(JF.SET_RESTART)
    assert not do_stop(JF.START)


def test_zfs_dataset_is_known_to_15() -> None:
    """14 hands it to the kernel, which does not know it."""
    assert intparams(Release.R15).keys() - intparams(Release.R14).keys() == {"zfs.dataset"}
