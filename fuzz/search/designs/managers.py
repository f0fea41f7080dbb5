"""What tools that manage jails would meet on each design.

Each tool goes through the lives of fuzz/profiles with the programs of 14 (jail(8), jls(8),
jexec(8)).  So any difference is due to the kernel alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fuzz.impact.telling.findings import ORDER
from fuzz.impact.telling.judging import Effect, weighed
from fuzz.impact.trying.running import Column
from fuzz.kernels.named import kernel
from fuzz.kernels.registry import LEGACY
from fuzz.profiles.comparing import compare
from fuzz.profiles.finding import happening, has_parted
from fuzz.profiles.lives import LIVES, Life, live
from fuzz.profiles.loading import profiles
from fuzz.profiles.profile import Profile
from fuzz.profiles.stage import Seen
from fuzz.search.designs.blocks import NOTHING, Table
from jail_userland.deltas import Release

Past = dict[Life, list[tuple[tuple[str, ...], Seen]]]  # by life, what was done and seen on 14


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
        past = {life: list(live(profile, life, before)) for life in LIVES}
        for design in designs:
            met = met_on(profile, design, past)
            found += sorted(met, key=lambda one: ORDER.index(one.effect))[:1]
    return found


def met_on(profile: Profile, design: str, past: Past) -> Iterator[ToolMeets]:
    """The differences from 14 in each life, up to the point where the machines' states differ."""
    column = Column(Release.R14, kernel(design))
    for life, acts in past.items():
        for (before, old), (_, new) in zip(acts, live(profile, life, column), strict=True):
            for one in compare(old, new):
                effect = weighed((), worked=one.worked, works=one.works)
                do = (*(happening(profile, act) for act in before), f"{old.act}: {one.command}")
                yield ToolMeets(profile.name, design, effect, do, one.before, one.after)
            if has_parted(old, new):
                break


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
