"""The tools that manage jails on each design: what they would meet.

Each is run with the programs of 14 (jail(8), jls(8), jexec(8)), so that what differs is the
kernel's doing alone, through the lives of fuzz/profiles.
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
from userland import Release

Past = dict[Life, list[tuple[tuple[str, ...], Seen]]]  # what was done before, and seen, on 14


@dataclass(frozen=True, slots=True)
class ToolMeets:
    """The worst that a tool meets on a design and did not meet on 14, or the best."""

    tool: str
    design: str
    effect: Effect
    do: tuple[str, ...]  # acts of the tool and what happens between; at the last one it shows
    before: str
    after: str


def survey_managers(designs: Sequence[str]) -> list[ToolMeets]:
    """What each tool meets on each design; nothing of those that meet what they met on 14."""
    before = Column(Release.R14, LEGACY)
    found = []
    for profile in (profile for _, profile in sorted(profiles().items())):
        past = {life: list(live(profile, life, before)) for life in LIVES}
        for design in designs:
            met = met_on(profile, design, past)
            found += sorted(met, key=lambda one: ORDER.index(one.effect))[:1]
    return found


def met_on(profile: Profile, design: str, past: Past) -> Iterator[ToolMeets]:
    """What differs from 14, in each life up to where the machines part."""
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
    """A line for each tool that meets something; the others meet what they met on 14."""
    cells = {(one.tool, one.design): f"{one.effect} {act_of(one)}" for one in found}
    rows = [
        (tool, *(cells.get((tool, design), NOTHING) for design in designs))
        for tool in sorted({one.tool for one in found})
    ]
    about = (
        f"Of {len(profiles())} tools those that meet something, with the programs of 14 on each "
        "kernel: the worst of it, and at which of their acts.  What they see follows."
    )
    return Table("Tools that manage jails", about, ("tool", *designs), tuple(rows))


def act_of(one: ToolMeets) -> str:
    """The act at which it shows."""
    return one.do[-1].partition(": ")[0]


def manager_lines(found: Iterable[ToolMeets]) -> Iterator[str]:
    """What is seen, once for all designs on which it is the same."""
    where: dict[tuple[str, tuple[str, ...], str, str], list[str]] = {}
    for one in found:
        where.setdefault((one.tool, one.do, one.before, one.after), []).append(one.design)
    for (tool, do, before, after), designs in where.items():
        yield f"{tool} on {', '.join(designs)}: {'; '.join(do)}: on 14 {before}, here {after}"
