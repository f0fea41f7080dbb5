"""Telling: differences that are one matter become one finding.  The gravest come first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from jaildiff.differ.comparison import LANDED_NAMES, Comparison
from jaildiff.impact.describe.describe_state import describe_state, other_values
from jaildiff.impact.describe.judging import Effect, Explanation, judge_difference
from jaildiff.impact.describe.reasons import reasons, since, why
from jaildiff.impact.lifecycle import Linger, When
from jaildiff.impact.lifecycle_runs.comparing import Difference, alike
from jaildiff.impact.lifecycle_runs.running import WARNING
from jaildiff.impact.source_location import SourceLocation
from jaildiff.support.errors import InputError

ORDER = (Effect.BREAKS, Effect.CHANGES, Effect.IMPROVES)
LIKELY = (When.ALWAYS, When.LINGERS, When.RACE)


@dataclass(frozen=True, slots=True)
class ImpactFinding:
    """One matter: what you do, what you saw, what you see now, and everything else to say."""

    effect: Effect
    when: When
    jails: tuple[str, ...]
    do: tuple[str, ...]  # the commands, and what happens between them; the last one differs
    before: str
    after: str
    between: str  # with the userland of 14 on the kernel of 15, if that differs from both
    why: tuple[str, ...]
    since: str
    reasons: tuple[str, ...]  # the ids behind `why`
    causes: tuple[str, ...]  # rules, and changes of the userland
    places: tuple[SourceLocation, ...]  # where it is written
    also: tuple[str, ...]  # other commands with the same effect
    instead: tuple[str, ...] = ()  # what to write instead, all of it tried; empty if nothing helps


@dataclass(slots=True)
class DifferenceGroup:
    """The differences that are one matter."""

    judged: Explanation
    differences: list[Difference] = field(default_factory=list)

    @property
    def example(self) -> Difference:
        """The simplest one: fewest jails, then fewest commands."""
        return min(self.differences, key=simplicity)

    @property
    def examples(self) -> list[Difference]:
        """The simplest one, and one from each other kind of lifecycle."""
        by_title = {one.lifecycle.title: one for one in reversed(self.differences)}
        return [self.example, *(one for one in by_title.values() if one is not self.example)]

    @property
    def jails(self) -> tuple[str, ...]:
        """All that are concerned."""
        return tuple(dict.fromkeys(name for one in self.differences for name in one.jails))


def simplicity(one: Difference) -> tuple[int, int, bool]:
    """Sort key: few jails, few commands, and jail(8) itself."""
    return len(one.lifecycle.jails), one.index, one.command.argv[0] != "jail"


def matters(found: Iterable[Difference], compared: Comparison) -> list[DifferenceGroup]:
    """Differences grouped by effect and cause, the gravest first."""
    groups: dict[tuple[object, ...], DifferenceGroup] = {}
    for one in found:
        judged = judge_difference(one, compared)
        key = (judged.effect, one.lifecycle.when, frozenset(reasons(judged)), not judged.causes)
        groups.setdefault(key, DifferenceGroup(judged)).differences.append(one)

    def gravity(matter: DifferenceGroup) -> tuple[int, int]:
        when = matter.example.lifecycle.when
        return ORDER.index(matter.judged.effect), LIKELY.index(when)

    return sorted(without_repeats(list(groups.values())), key=gravity)


def without_repeats(found: list[DifferenceGroup]) -> list[DifferenceGroup]:
    """Leave out a warning that needs something lingering if it also happens always."""
    always = {
        (matter.judged.effect, frozenset(reasons(matter.judged)))
        for matter in found
        if matter.example.lifecycle.when is When.ALWAYS
    }
    return [
        matter
        for matter in found
        if matter.example.lifecycle.when is When.ALWAYS
        or (matter.judged.effect, frozenset(reasons(matter.judged))) not in always
    ]


def finding(
    matter: DifferenceGroup,
    jails: tuple[str, ...],
    places: tuple[SourceLocation, ...],
    instead: tuple[str, ...],
) -> ImpactFinding:
    """Tell a matter."""
    one = matter.example
    shown = jails if one.warned else one.jails
    between = describe_state(one.between, shown)
    if alike(one.between, one.before) or alike(one.between, one.after):
        between = ""
    values = other_values(one)
    return ImpactFinding(
        effect=matter.judged.effect,
        when=one.lifecycle.when,
        jails=jails,
        do=steps_shown(one),
        before=describe_state(one.before, shown),
        after=after_shown(one, shown, values),
        between=between,
        why=why(matter.judged),
        since=since(matter.judged),
        reasons=reasons(matter.judged),
        causes=matter.judged.causes,
        places=places,
        also=also(matter),
        instead=instead,
    )


def after_shown(one: Difference, jails: tuple[str, ...], values: list[str]) -> str:
    """What is seen on 15."""
    if one.warned:
        warning = WARNING.search(one.after.stderr + one.after.stdout)
        assert warning is not None
        return f"{describe_state(one.after, jails)}; and says {warning[0].strip()}"
    return "; ".join([describe_state(one.after, jails), *values])


def steps_shown(one: Difference) -> tuple[str, ...]:
    """The steps up to the one that differs; of a script, where it is in it."""
    place = one.command.place
    if place is not None and one.installation.conf == "" and place.line:
        held = one.lifecycle.steps[one.index - 1]
        above = (f"the script up to line {place.line}",) if one.index else ()
        return (*above, *((held.shown,) if isinstance(held, Linger) else ()), one.command.shown)
    return tuple(step.shown for step in one.lifecycle.steps[: one.index + 1])


def also(matter: DifferenceGroup) -> tuple[str, ...]:
    """The other commands of the matter, each once."""
    example = matter.example.command.shown
    shown = dict.fromkeys(one.command.shown for one in matter.differences)
    return tuple(command for command in shown if command != example)


@dataclass(slots=True)
class Impact:
    """All that is to be said of one configuration."""

    title: str
    findings: list[ImpactFinding] = field(default_factory=list)
    jails: int = 0
    lifecycles: int = 0
    commands: int = 0
    tried: list[str] = field(default_factory=list)  # the titles of the lifecycles
    not_modelled: list[str] = field(default_factory=list)
    not_starting: dict[str, str] = field(default_factory=dict)  # jail, and its complaint
    errors: list[InputError] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # further sentences
    kernels: tuple[str, str] = LANDED_NAMES[:2]  # that stand for those of 14 and of 15

    @property
    def subject(self) -> str:
        """The title, and which kernels are meant by 14 and 15 unless they are the usual ones."""
        if self.kernels == LANDED_NAMES[:2]:
            return self.title
        old, new = self.kernels
        return f"{self.title}, with {old} as the kernel of 14 and {new} as that of 15"

    @property
    def names(self) -> tuple[str, ...]:
        """The jails that are affected."""
        return tuple(dict.fromkeys(name for one in self.findings for name in one.jails))

    @property
    def summary(self) -> str:
        """The one line that comes first."""
        if not self.commands:
            return "Not affected: there is no jail in it."
        left_out = ""
        if self.not_starting:
            verb = "does" if len(self.not_starting) == 1 else "do"
            left_out = f"{listed([*self.not_starting])} {verb} not start on either"
        if not self.findings and left_out and len(self.not_starting) == self.jails:
            return f"Not tried: {left_out}."
        if not self.findings:
            started = count(self.jails - len(self.not_starting), "jail")
            return (
                f"Not affected: {started}, {count(self.commands, 'command')} in "
                f"{count(self.lifecycles, 'lifecycle')} look alike on 14 and on 15."
                + (f" Not tried: {left_out}." if left_out else "")
            )
        counts = [sum(one.effect is effect for one in self.findings) for effect in ORDER]
        parts: list[str] = []
        for number, effect in zip(counts, ORDER, strict=True):
            if number:
                noun = f"{'thing' if number == 1 else 'things'} " if not parts else ""
                verb = str(effect) if number == 1 else str(effect).removesuffix("s")
                parts.append(f"{number} {noun}{verb}")
        rest = f"; not tried: {left_out}" if left_out else ""
        return f"{', '.join(parts)}, for {listed(self.names)}{rest}"

    def fails(self, fail_on: str) -> bool:
        """Whether a CI job must fail: at something that "breaks", at "changes" too, or at "any"."""
        least = {"breaks": ORDER[:1], "changes": ORDER[:2], "any": ORDER}[fail_on]
        return any(one.effect in least for one in self.findings)


def count(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


NAMES_MAX = 5


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    if len(names) > NAMES_MAX:
        return f"{', '.join(names[: NAMES_MAX - 1])} and {len(names) - NAMES_MAX + 1} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "no jail"
