"""What is told of configurations that are affected, and of those that are not."""

from pathlib import Path

import pytest

from jaildiff.impact.reading.rc_conf import RcText
from jaildiff.impact.source_location import SourceLocation
from tests.impacts import DYING, NESTED, PLAIN, STATIC, UNAFFECTED, by_reason, effects, told

OTHERS = {
    "nothing but names": UNAFFECTED,
    "vnet and mounts": PLAIN
    + 'w { vnet; vnet.interface = epair0b; mount.devfs; mount.fstab = "/etc/fstab.w"; }\n',
    "global parameters and a wildcard": PLAIN + "persist;\n* { allow.raw_sockets; }\na {}\nb {}\n",
    "room for children that nobody makes": PLAIN + "host { children.max = 10; persist; }\n",
    "one address each": PLAIN
    + '$net = "10.0.0";\na { $ip = 4; ip4.addr = "lo1|${net}.$ip/24"; }\n'
    + 'b { $ip = 5; ip4.addr = "${net}.$ip"; interface = em0; }\n',
    "commands of every kind": PLAIN
    + 'a { exec.prestart = "p"; exec.created = "c"; exec.poststart = "q"; exec.prestop = "r";\n'
    + 'exec.poststop = "s"; exec.release = "t"; exec.consolelog = "/var/log/a.log"; }\n',
    "securelevel and persist": PLAIN + "a { persist; securelevel = 2; enforce_statfs = 1; }\n",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_a_configuration_that_is_not_affected_is_left_in_peace(tmp_path: Path, text: str) -> None:
    """Without a static jid, allow.dying or a nested jail nothing is found, and that is said."""
    impact = told(tmp_path, text)
    assert impact.findings == []
    assert impact.summary.startswith("Not affected: ")
    assert impact.lifecycles > 10


def test_a_jail_that_starts_nowhere_is_not_tried(tmp_path: Path) -> None:
    """All of its commands look alike, as all fail: that says nothing about the jail."""
    impact = told(tmp_path, "a { path = /jails/a; }\n")
    assert impact.summary == "Not tried: a does not start on either."
    assert impact.not_starting == {"a": "jail: a: new jail must persist or attach"}


def test_a_static_jid_can_be_restarted_now(tmp_path: Path) -> None:
    """14 refuses the jid while the old jail is dying, 15 gives it to the new one."""
    impact = told(tmp_path, STATIC)
    assert effects(impact) == [("improves", "while something lingers", ("jid-taken",))]
    assert impact.summary == "1 thing improves, for web"
    (finding,) = impact.findings
    assert "jail 5 already exists" in finding.before
    assert "runs as jid 5, an old one is dying as jid 999999" in finding.after
    assert finding.places == (SourceLocation(str(tmp_path / "jail.conf"), 5),)
    assert finding.causes == ("dying-jid-reused",)


def test_a_dying_jail_is_to_be_left_alone(tmp_path: Path) -> None:
    """Its new jid would stop the one that runs: said of a static jid, and of nothing else."""
    assert told(tmp_path, STATIC).remarks == [
        "On 15 leave a dying jail alone: jail -r 999999 would stop the web that runs."
    ]
    assert told(tmp_path, UNAFFECTED).remarks == []


def test_a_numeric_block_has_a_static_jid(tmp_path: Path) -> None:
    """`5 { }` means jid 5; the line of the block is where it is written."""
    impact = told(tmp_path, PLAIN.replace("$name", "five") + "5 {\n}\n")
    assert effects(impact) == [("improves", "while something lingers", ("jid-taken",))]
    assert impact.findings[0].places == (SourceLocation(str(tmp_path / "jail.conf"), 4),)


def test_allow_dying_alone_is_a_warning_and_a_change_of_a_stopped_jail(tmp_path: Path) -> None:
    """Without a jid a start is the same; a change of the dying jail is no more."""
    impact = told(tmp_path, PLAIN + "web {\n  allow.dying;\n}\n")
    assert effects(impact) == [
        ("breaks", "while something lingers", ("revived",)),
        ("changes", "always", ("U2",)),
        ("changes", "while something lingers", ("revived",)),
    ]
    assert "deprecated" in by_reason(impact, "U2").after
    assert by_reason(impact, "U2").places == (SourceLocation(str(tmp_path / "jail.conf"), 5),)


def test_allow_dying_with_a_jid(tmp_path: Path) -> None:
    """14 brings the old jail back, 15 makes a new one; a change of the dying one breaks."""
    impact = told(tmp_path, DYING)
    assert ("breaks", "while something lingers", ("revived",)) in effects(impact)
    restarted = next(one for one in impact.findings if set(one.reasons) == {"jid-taken", "revived"})
    assert str(restarted.effect) == "changes"
    assert restarted.before == "works; web runs as jid 5"
    assert restarted.after == "works; web runs as jid 5, an old one is dying as jid 999999"


def test_a_nested_jail_cannot_be_changed(tmp_path: Path) -> None:
    """jail -m of a nested jail fails on 15, always, and by no other name of the matter."""
    impact = told(tmp_path, NESTED)
    assert effects(impact) == [("breaks", "always", ("nested-refused",))]
    (finding,) = impact.findings
    assert finding.jails == ("outer.inner",)
    assert finding.causes == ("nested-update-refused",)
    assert finding.places == (SourceLocation(str(tmp_path / "jail.conf"), 6),)
    assert any("securelevel" in command for command in finding.also)
    assert any("children.max" in command for command in finding.also)


def test_flags_of_rc_conf_count(tmp_path: Path) -> None:
    """With -d in jail_flags `service jail restart` brings the old jail back on 14 only; on its own
    the flag shows nothing, since the script keeps a warning to itself.
    """
    rc_conf = RcText('jail_enable="YES"\njail_flags="-d"\n', SourceLocation("rc.conf", 2))
    assert told(tmp_path, UNAFFECTED, rc_conf).findings == []
    changed = told(tmp_path, STATIC, rc_conf).findings[0]
    assert (changed.do[-1], str(changed.effect)) == ("service jail restart", "changes")
    assert set(changed.reasons) == {"jid-taken", "revived"}


def test_a_failing_service_shows_the_warning(tmp_path: Path) -> None:
    """Where a start fails the script prints all that jail(8) said; the flag's line is told."""
    rc_conf = RcText('jail_enable="YES"\njail_flags="-d"\n', SourceLocation("rc.conf", 2))
    (finding,) = told(tmp_path, PLAIN + "a { path = nowhere; }\n", rc_conf).findings
    assert (finding.reasons, finding.do) == (("U2",), ("service jail start",))
    assert finding.places == (SourceLocation("rc.conf", 2),)
    assert finding.instead == ("leave -d out of jail_flags in rc.conf",)


def test_jails_of_one_matter_are_told_together(tmp_path: Path) -> None:
    """Thirty jails with a static jid are one thing to read."""
    blocks = "".join(f"j{number} {{ jid = {number}; }}\n" for number in range(1, 7))
    impact = told(tmp_path, PLAIN + blocks)
    assert len(impact.findings) == 1
    assert impact.summary == "1 thing improves, for j1, j2, j3, j4 and 2 more"


def test_what_is_not_modelled_is_named(tmp_path: Path) -> None:
    """Parameters of modules pass, and are named; they make no difference."""
    text = (
        PLAIN + "a { sysvshm = new; linux = new; allow.vmm; allow.mount.linprocfs; zfs.x = 1; }\n"
    )
    impact = told(tmp_path, text)
    assert impact.not_modelled == [
        "allow.mount.linprocfs",
        "allow.vmm",
        "linux",
        "sysvshm",
        "zfs.x",
    ]
    assert (impact.findings, impact.errors) == ([], [])
