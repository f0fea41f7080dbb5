"""What tools that manage jails would meet on each design.

Each tool goes through the lives of fuzz/jaildiff/profiles with the programs of 14 (jail(8), jls(8),
jexec(8)).  So any difference is due to the kernel alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from jail_userland.deltas import Release
from jaildiff.impact.acts import Act
from jaildiff.impact.describe.findings import ORDER
from jaildiff.impact.describe.judging import Effect, weighed
from jaildiff.impact.lifecycle import Lifecycle
from jaildiff.impact.lifecycle_runs.comparing_acts import compare_acts, has_parted
from jaildiff.impact.lifecycle_runs.running import Column, StepResult, run_lifecycle
from jaildiff.kernels.named import kernel
from jaildiff.kernels.registry import LEGACY
from jaildiff.profiles.loading import profiles
from jaildiff.profiles.tool_lifecycles import installation_of_tool, lifecycles_of
from jaildiff.search.designs.blocks import NOTHING, Table


@dataclass(frozen=True, slots=True)
class ToolMeets:
    """The worst (or else the best) that a tool meets on a design but not on 14."""

    tool: str
    design: str
    effect: Effect
    do: tuple[str, ...]  # acts of the tool and events between them; the last one shows it
    before: str
    after: str


def survey_managers(designs: Sequence[str]) -> list[ToolMeets]:
    """What each tool meets on each design; tools that meet the same as on 14 are left out."""
    before = Column(Release.R14, LEGACY)
    found = []
    for profile in (profile for _, profile in sorted(profiles().items())):
        installation, tried = installation_of_tool(profile), lifecycles_of(profile)
        past = [run_lifecycle(installation, lifecycle, before) for lifecycle in tried]
        for design in designs:
            column = Column(Release.R14, kernel(design))
            met: list[ToolMeets] = []
            for lifecycle, old in zip(tried, past, strict=True):
                new = run_lifecycle(installation, lifecycle, column)
                met += met_in(profile.name, design, lifecycle, zip(old, new, strict=False))
            found += sorted(met, key=lambda one: ORDER.index(one.effect))[:1]
    return found


def met_in(
    tool: str, design: str, lifecycle: Lifecycle, sides: Iterable[tuple[StepResult, StepResult]]
) -> Iterator[ToolMeets]:
    """The differences from 14 in a lifecycle, up to where the machines' states differ."""
    done: tuple[str, ...] = ()
    for step, (old, new) in zip(lifecycle.steps, sides, strict=False):
        if isinstance(step, Act):
            effect = weighed((), worked=old.ok, works=new.ok)
            for one in compare_acts(old, new):
                do = (*done, f"{step.name}: {one.command}")
                yield ToolMeets(tool, design, effect, do, one.before, one.after)
            if has_parted(old, new):
                return
        done += (step.shown,)


def managers_table(found: Sequence[ToolMeets], designs: Sequence[str]) -> Table:
    """A row for each tool that meets something other than on 14."""
    cells = {(one.tool, one.design): f"{one.effect} {act_of(one)}" for one in found}
    rows = [
        (tool, *(cells.get((tool, design), NOTHING) for design in designs))
        for tool in sorted({one.tool for one in found})
    ]
    about = (
        f"Those of {len(profiles())} tools that meet something, with the programs of 14 on each "
        "kernel: the worst that they meet, and the act that shows it.  What they see follows."
    )
    return Table("Tools that manage jails", about, ("tool", *designs), tuple(rows))


def act_of(one: ToolMeets) -> str:
    """The act that shows it."""
    return one.do[-1].partition(": ")[0]


def manager_lines(found: Iterable[ToolMeets]) -> Iterator[str]:
    """What a tool sees, once for all designs on which that is the same."""
    where: dict[tuple[str, tuple[str, ...], str, str], list[str]] = {}
    for one in found:
        where.setdefault((one.tool, one.do, one.before, one.after), []).append(one.design)
    for (tool, do, before, after), designs in where.items():
        yield f"{tool} on {', '.join(designs)}: {'; '.join(do)}: on 14 {before}, here {after}"
