"""How matters are counted and named."""

from jaildiff.impact.describe.findings import Impact, ImpactFinding, listed
from jaildiff.impact.describe.judging import Effect
from jaildiff.impact.lifecycle import When


def finding(effect: Effect, *jails: str) -> ImpactFinding:
    """A finding of which only these things count."""
    return ImpactFinding(effect, When.ALWAYS, jails, (), "", "", "", (), "", (), (), (), ())


def test_the_summary_counts_and_names() -> None:
    """Numbers by effect, the gravest first, and the jails, each once."""
    told = Impact("jail.conf", commands=9)
    told.findings = [
        finding(Effect.BREAKS, "web"),
        finding(Effect.BREAKS, "db"),
        finding(Effect.CHANGES, "web"),
        *(finding(Effect.IMPROVES, "outer.inner") for _ in range(3)),
    ]
    assert told.summary == "2 things break, 1 changes, 3 improve, for web, db and outer.inner"
    told.findings = told.findings[2:3]
    assert told.summary == "1 thing changes, for web"


def test_nothing_is_said_with_what_was_tried() -> None:
    """So that a reader knows what "not affected" rests on."""
    told = Impact("jail.conf", jails=2, commands=1200, lifecycles=1)
    expected = "Not affected: 2 jails, 1,200 commands in 1 lifecycle look alike on 14 and on 15."
    assert told.summary == expected
    assert Impact("jail.conf").summary == "Not affected: there is no jail in it."


def test_a_jail_that_does_not_start_is_not_called_unaffected() -> None:
    """Nothing was seen of it: the one line says so, alone, beside others, and beside a finding."""
    told = Impact("x", jails=1, commands=9, lifecycles=2, not_starting={"web": "bad"})
    assert told.summary == "Not tried: web does not start on either."
    told.jails = 3
    assert told.summary == (
        "Not affected: 2 jails, 9 commands in 2 lifecycles look alike on 14 and on 15. "
        "Not tried: web does not start on either."
    )
    told.not_starting["db"] = "bad"
    told.findings = [finding(Effect.BREAKS, "a")]
    assert told.summary == "1 thing breaks, for a; not tried: web and db do not start on either"


def test_other_kernels_are_named() -> None:
    """What is not 14's or 15's kernel does not pass for it."""
    assert Impact("jail.conf").subject == "jail.conf"
    told = Impact("jail.conf", kernels=("legacy", "fixed"))
    assert told.subject == ("jail.conf, with legacy as the kernel of 14 and fixed as that of 15")


def test_what_fails_a_build() -> None:
    """Each level includes the graver ones."""
    told = Impact("x", [finding(Effect.CHANGES, "a")])
    assert [told.fails(level) for level in ("breaks", "changes", "any")] == [False, True, True]
    assert not Impact("x").fails("any")


def test_names_in_a_sentence() -> None:
    """One, two, and too many."""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(list("abcdefg")) == "a, b, c, d and 3 more"
    assert listed([]) == "no jail"
