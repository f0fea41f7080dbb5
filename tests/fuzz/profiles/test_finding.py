"""What differs for a tool: what is found, why, since when, and what is not found."""

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.acts import FailsOn, ToolCommand
from jaildiff.impact.describe.findings import ImpactFinding
from jaildiff.impact.describe.judging import WARNED, Effect
from jaildiff.impact.describe.reasons import JAIL_15, JID_TAKEN, KERNEL_15, REVIVED
from jaildiff.impact.lifecycle import When
from jaildiff.profiles.finding import findings_of
from jaildiff.profiles.profile import Profile
from tests.fuzz.profiles.tools import tool

WARNING = "jail: the 'allow.dying' parameter and '-d' flag are deprecated and have no effect."
BY_JID = tool(start="jail -c jid=5 name=web persist", stop="jail -r web")


def only(profile: Profile) -> ImpactFinding:
    """The one thing that differs."""
    (finding,) = findings_of(profile, LANDED)
    return finding


def test_a_jail_without_a_jid_is_the_same_on_both() -> None:
    """Nothing is told of a tool that does the same on both, not even of a dying jail."""
    by_name = tool(start="jail -c name=web persist", stop="jail -r web", wait="jls -d -j web")
    assert findings_of(by_name, LANDED) == []


def test_a_fixed_jid_is_an_improvement_of_the_kernel() -> None:
    """A start and a restart that fail on 14 work on 15, by the kernel, while something lingers."""
    finding = only(BY_JID)
    assert (finding.effect, finding.when) == (Effect.IMPROVES, When.LINGERS)
    assert (finding.reasons, finding.since) == ((JID_TAKEN,), KERNEL_15)
    assert (finding.before, finding.after) == ("fails: jail: jail 5 already exists", "works")


def test_a_finding_tells_what_was_done() -> None:
    """All that happened before, the command that differs, and the others that do as well."""
    lingers = "(a TCP connection in TIME_WAIT, or a mount, of web lingers)"
    create = "jail -c jid=5 name=web persist"
    finding = only(BY_JID)
    assert finding.do == ("start", lingers, "stop", f"start: {create}")
    assert finding.also == ("restart",)


def test_a_warning_is_a_change_of_jail() -> None:
    """allow.dying is warned of, always, by jail(8)."""
    finding = only(tool(start="jail -c name=web persist allow.dying", stop="jail -r web"))
    assert (finding.effect, finding.when) == (Effect.CHANGES, When.ALWAYS)
    assert (finding.reasons, finding.since) == ((WARNED,), JAIL_15)
    assert (finding.before, finding.after) == ("exit 0", f"exit 0; {WARNING}")


def test_a_warning_that_is_taken_for_a_failure_breaks() -> None:
    """Where standard error is a failure the warning is one, and what follows is not told."""
    start = ToolCommand("jail -c name=web persist allow.dying", fails_on=FailsOn.STDERR)
    finding = only(tool(start=start, check="jls -j web", stop="jail -r web"))
    assert (finding.effect, finding.reasons) == (Effect.BREAKS, (WARNED,))
    assert (finding.before, finding.after) == ("works", f"fails: {WARNING}")


def test_a_wait_that_never_ends_breaks() -> None:
    """With a fixed jid a new jail is there before the wait is over: told beside the improvement
    that it follows from.
    """
    waits = tool(start="jail -c jid=5 name=web persist", stop="jail -r web", wait="jls -d -j 5")
    breaks, improves = findings_of(waits, LANDED)
    assert (breaks.effect, breaks.when) == (Effect.BREAKS, When.RACE)
    assert breaks.do[-1] == "wait: jls -d -j 5"
    assert (breaks.before, breaks.after) == ("ends when nothing lingers any more", "never ends")
    assert improves.effect is Effect.IMPROVES


def test_a_wait_for_what_lives_is_right_to_go_on() -> None:
    """Who asks for living jails only never waited for the dying one, and now sees the new one."""
    waits = tool(start="jail -c jid=5 name=web persist", stop="jail -r web", wait="jls -j web")
    assert only(waits).effect is Effect.IMPROVES


def test_a_revived_jail_keeps_what_a_new_one_has_not() -> None:
    """The living jails are compared, too: with -d the jail of 14 is the old one, with what was
    changed in it; that of 15 is a new one, and that is the kernel's doing.
    """
    start = ToolCommand("jail -d -c jid=5 name=web persist", unseen=True)
    modify = "jail -m name=web host.hostname=old"
    finding = only(tool(start=start, modify=modify, stop="jail -r web"))
    assert (finding.effect, finding.when) == (Effect.CHANGES, When.LINGERS)
    assert REVIVED in finding.reasons
    assert finding.since == KERNEL_15
    assert (finding.before, finding.after) == (
        "web: host.hostname is old",
        "web: host.hostname is not set",
    )


def test_what_only_the_middle_shows_is_told() -> None:
    """The programs of 14 on the kernel of 15 may do a third thing; else nothing is said of them."""
    assert only(BY_JID).between == ""
