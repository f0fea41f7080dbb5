"""The tools that manage jails on each design: what they would meet.

Each is run with the programs of 14 (jail(8), jls(8), jexec(8)), so that what differs is the
kernel's doing alone, through the lives of fuzz/profiles.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fuzz.profiles.lives import LIVES, Life, live
from fuzz.profiles.loading import profiles
from fuzz.profiles.profile import Impact, Profile
from fuzz.profiles.stage import BEFORE, Pair, Seen
from fuzz.profiles.trial import ORDER, Difference, compare
from fuzz.search.designs.blocks import NOTHING, Table
from userland import Release

Past = dict[str, tuple[Seen, ...]]  # by life: what was seen on 14


@dataclass(frozen=True, slots=True)
class Met:
    """The worst that a tool meets on a design and did not meet on 14, or the best."""

    tool: str
    design: str
    impact: Impact
    act: str
    life: int  # its number, from 1 on
    command: str
    before: str
    after: str


def survey_managers(designs: tuple[str, ...]) -> list[Met]:
    """What each tool meets on each design; nothing of those that meet what they met on 14."""
    found = []
    for name, profile in sorted(profiles().items()):
        past = {life.title: live(profile, life, BEFORE) for life in LIVES}
        for design in designs:
            worst = min(differences(profile, design, past), key=rank, default=None)
            if worst is not None:
                number, act, one = worst
                impact = one.impact
                met = Met(name, design, impact, act, number, one.command, one.before, one.after)
                found.append(met)
    return found


def rank(found: tuple[int, str, Difference]) -> tuple[int, int]:
    """Sort key: the worst first, and of these what is met in an earlier life."""
    number, _, one = found
    return ORDER.index(one.impact), number


def differences(profile: Profile, design: str, past: Past) -> Iterator[tuple[int, str, Difference]]:
    """What differs from 14, with the number of the life and the act; in each life up to where the
    machines part.
    """
    for number, life in enumerate(LIVES, 1):
        for act, one in in_life(profile, design, life, past[life.title]):
            yield number, act, one


def in_life(
    profile: Profile, design: str, life: Life, before: tuple[Seen, ...]
) -> Iterator[tuple[str, Difference]]:
    """The same in one life."""
    after = live(profile, life, Pair(Release.R14, design))
    for old, new in zip(before, after, strict=True):
        for one in compare(old, new):
            yield old.act, one
        if old.outcome != new.outcome or old.jails != new.jails:
            return


def managers_table(found: Sequence[Met], designs: Sequence[str]) -> Table:
    """A line for each tool that meets something; the others meet what they met on 14."""
    cells = {(one.tool, one.design): f"{one.impact} {one.act}, life {one.life}" for one in found}
    rows = [
        (tool, *(cells.get((tool, design), NOTHING) for design in designs))
        for tool in sorted({one.tool for one in found})
    ]
    lives = "; ".join(f"{number}: {life.title}" for number, life in enumerate(LIVES, 1))
    about = (
        f"Of {len(profiles())} tools those that meet something, with the programs of 14 on each "
        f"kernel: the worst of it, and in which life.  The lives are {lives}."
    )
    return Table("Tools that manage jails", about, ("tool", *designs), tuple(rows))


def manager_lines(found: Iterable[Met]) -> Iterator[str]:
    """What is seen, once for all designs on which it is the same."""
    where: dict[tuple[str, str, str, str], list[str]] = {}
    for one in found:
        where.setdefault((one.tool, one.command, one.before, one.after), []).append(one.design)
    for (tool, command, before, after), designs in where.items():
        yield f"{tool} on {', '.join(designs)}: {command}: on 14 {before}, here {after}"
