"""Try a tool on both releases: what changes for it, and whether a fix helps."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import ndiff
from typing import NamedTuple

from jaildiff.differ.comparison import LANDED_NAMES, Comparison
from jaildiff.impact.acts import Act, ToolCommand
from jaildiff.impact.describe.findings import ImpactFinding
from jaildiff.impact.describe.judging import Effect
from jaildiff.impact.lifecycle_runs.comparing import Columns
from jaildiff.impact.lifecycle_runs.running import Column, StepResult, run_lifecycle
from jaildiff.profiles.finding import findings_of
from jaildiff.profiles.profile import Fix, Profile
from jaildiff.profiles.tool_lifecycles import installation_of_tool, lifecycles_of


class TriedFix(NamedTuple):
    """A fix, what it changes, and the results of trying it on both."""

    fix: Fix
    changes: tuple[str, ...]
    left: tuple[ImpactFinding, ...]  # what still breaks or changes
    worse: tuple[str, ...]  # acts that worked on 14, and no longer do

    @property
    def helps(self) -> bool:
        """Whether nothing breaks or changes with it, and nothing stops working on 14."""
        return not self.left and not self.worse


class Verdict(NamedTuple):
    """What the change means for a tool."""

    profile: Profile
    findings: tuple[ImpactFinding, ...]
    fixes: tuple[TriedFix, ...]
    commands: int  # and calls, on one system
    kernels: tuple[str, str] = LANDED_NAMES[:2]  # that stand for those of 14 and of 15

    @property
    def effect(self) -> Effect | None:
        """The worst of all."""
        return self.findings[0].effect if self.findings else None


def judge(profile: Profile, compared: Comparison) -> Verdict:
    """Try a tool and its known fixes in all lives."""
    findings = findings_of(profile, compared)
    fixes = tuple(try_fix(profile, fix, compared) for fix in profile.fixes)
    instead = tuple("; ".join(one.changes) for one in fixes if one.helps)
    column = Columns.of(compared).before
    return Verdict(
        profile,
        tuple(one if improves(one) else replace(one, instead=instead) for one in findings),
        fixes,
        sum(len(seen.commands) for _, seen in acts_of(profile, column)),
        (compared.old.name, compared.new.name),
    )


def improves(one: ImpactFinding) -> bool:
    """Whether nobody has to do anything."""
    return one.effect is Effect.IMPROVES


def try_fix(profile: Profile, fix: Fix, compared: Comparison) -> TriedFix:
    """Try a fix on both releases."""
    fixed = profile.with_fix(fix)
    left = tuple(one for one in findings_of(fixed, compared) if not improves(one))
    worse = dict.fromkeys(newly_failing(profile, fixed, compared))
    return TriedFix(fix, tuple(changes(profile, fix)), left, tuple(worse))


def newly_failing(profile: Profile, fixed: Profile, compared: Comparison) -> Iterator[str]:
    """The acts that a fix makes fail on 14."""
    column = Columns.of(compared).before
    for (act, old), (_, new) in zip(acts_of(profile, column), acts_of(fixed, column), strict=True):
        if old.ok and not new.ok:
            yield act.name


def acts_of(profile: Profile, column: Column) -> Iterator[tuple[Act, StepResult]]:
    """The acts of a tool in all lifecycles, and what is seen of them."""
    installation = installation_of_tool(profile)
    for lifecycle in lifecycles_of(profile):
        seen = run_lifecycle(installation, lifecycle, column)
        for step, result in zip(lifecycle.steps, seen, strict=False):
            if isinstance(step, Act):
                yield step, result


# WHAT A FIX CHANGES


def changes(profile: Profile, fix: Fix) -> Iterator[str]:
    """The lines of files and the words of commands that a fix takes away and adds."""
    for name, new in fix.files.items():
        old = profile.files.get(name, "")
        yield from changed(old.splitlines(), new.splitlines(), f" in {name}")
    for name, steps in fix.idioms.items():
        yield from changed(words(profile.idiom(name)), words(steps), f" of {name}")


def changed(old: Sequence[str], new: Sequence[str], where: str) -> Iterator[str]:
    """What only one of two lists has."""
    for line in dict.fromkeys(ndiff(old, new)):
        if line.startswith(("- ", "+ ")):
            yield f"{'add' if line[0] == '+' else 'leave out'} '{line[2:].strip()}'{where}"


def words(steps: Sequence[ToolCommand]) -> list[str]:
    """All words of some steps."""
    return [word for step in steps for word in shlex.split(step.text)]
