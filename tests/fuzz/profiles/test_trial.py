"""Trying a tool on both releases: what is found, what is not, and what fixes are worth."""

from collections.abc import Mapping
from dataclasses import replace

from fuzz.profiles.lives import Likely
from fuzz.profiles.profile import Basis, FailsOn, Fix, Impact, Profile, Step
from fuzz.profiles.trial import KERNEL, USERLAND, Effect, effects_of, judge
from fuzz.profiles.trial import tested as tried

WARNING = "jail: the 'allow.dying' parameter and '-d' flag are deprecated and have no effect."


def tool(**idioms: str | Step) -> Profile:
    """A tool with these idioms, of a step each."""
    steps = {name: (Step(one) if isinstance(one, str) else one,) for name, one in idioms.items()}
    return Profile("tool", "a tool", Basis.MEMORY, ("web",), Impact.NOTHING, steps)


def fix(**idioms: str) -> Fix:
    """Other idioms."""
    files: Mapping[str, str] = {}
    return Fix("x", "users", files, {name: (Step(text),) for name, text in idioms.items()})


BY_NAME = tool(start="jail -c name=web persist", stop="jail -r web", wait="jls -d -j web")
BY_JID = tool(start="jail -c jid=5 name=web persist", stop="jail -r web")


def only(profile: Profile) -> Effect:
    """The one thing that differs."""
    (effect,) = effects_of(profile)
    return effect


def test_a_jail_without_a_jid_is_the_same_on_both() -> None:
    """Nothing is told of a tool that does the same on both, not even of a dying jail."""
    assert judge(BY_NAME).impact is Impact.NOTHING


def test_a_fixed_jid_is_an_improvement_of_the_kernel() -> None:
    """A start and a restart that fail on 14 work on 15, by the kernel, while something lingers."""
    effect = only(BY_JID)
    assert (effect.impact, effect.likely) == (Impact.IMPROVES, Likely.LINGERING)
    assert (effect.acts, effect.since) == (("start", "restart"), KERNEL)
    assert (effect.before, effect.after) == ("fails: jail: jail 5 already exists", "works")


def test_a_warning_is_a_change_of_jail() -> None:
    """allow.dying is warned of, always, by jail(8)."""
    effect = only(tool(start="jail -c name=web persist allow.dying", stop="jail -r web"))
    assert (effect.impact, effect.likely, effect.since) == (
        Impact.CHANGES,
        Likely.ALWAYS,
        USERLAND,
    )
    assert (effect.before, effect.after) == ("exit 0", f"exit 0; {WARNING}")


def test_a_warning_that_is_taken_for_a_failure_breaks() -> None:
    """Where standard error is a failure the warning is one, and what follows is not told."""
    start = Step("jail -c name=web persist allow.dying", fails_on=FailsOn.STDERR)
    effect = only(tool(start=start, check="jls -j web", stop="jail -r web"))
    assert (effect.impact, effect.after) == (Impact.BREAKS, f"fails: {WARNING}")


def test_a_wait_that_never_ends_breaks() -> None:
    """With a fixed jid a new jail is there before the wait is over: told beside the improvement
    that it follows from.
    """
    waits = tool(start="jail -c jid=5 name=web persist", stop="jail -r web", wait="jls -d -j 5")
    breaks, improves = effects_of(waits)
    assert (breaks.impact, breaks.likely, breaks.acts) == (
        Impact.BREAKS,
        Likely.RACE,
        ("wait",),
    )
    assert (breaks.before, breaks.after) == ("ends when nothing lingers any more", "never ends")
    assert improves.impact is Impact.IMPROVES


def test_a_revived_jail_keeps_what_a_new_one_has_not() -> None:
    """The living jails are compared, too: with -d the jail of 14 is the old one, with what was
    changed in it; that of 15 is a new one, and that is the kernel's doing.
    """
    start = Step("jail -d -c jid=5 name=web persist", unseen=True)
    modify = "jail -m name=web host.hostname=old"
    (effect,) = effects_of(tool(start=start, modify=modify, stop="jail -r web"))
    assert (effect.impact, effect.likely, effect.since) == (
        Impact.CHANGES,
        Likely.LINGERING,
        KERNEL,
    )
    assert (effect.before, effect.after) == (
        "web: host.hostname is old",
        "web: host.hostname is not set",
    )


def test_a_fix_is_tried() -> None:
    """A fix helps if nothing breaks or changes with it, and 14 is none the worse for it."""
    warns = tool(start="jail -c name=web persist allow.dying", stop="jail -r web")
    assert tried(warns, fix(start="jail -c name=web persist")).helps
    useless = tried(warns, fix(start="jail -c name=web persist allow.nodying"))
    assert [effect.impact for effect in useless.left] == [Impact.CHANGES]
    worse = tried(warns, fix(start="jail -c name=web"))
    assert (worse.left, worse.worse, worse.helps) == ((), ("restart", "start", "stop"), False)


def test_the_worst_is_the_impact() -> None:
    """One thing that breaks outweighs what improves."""
    verdict = judge(replace(BY_JID, idioms={**BY_JID.idioms, "wait": (Step("jls -d -j 5"),)}))
    assert verdict.impact is Impact.BREAKS
