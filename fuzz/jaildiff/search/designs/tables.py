"""The findings of the survey as tables for any page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jaildiff.kernels.named import kernel
from jaildiff.search.designs.blocks import NOTHING, Table
from jaildiff.search.designs.effect import ORDER
from jaildiff.search.designs.jid_space import CHECKPOINTS, JidSpace
from jaildiff.search.designs.managers import ToolMeets, managers_table
from jaildiff.search.designs.mistakes import Mistakes, all_names, mistakes_of
from jaildiff.search.designs.questions import Answer
from jaildiff.search.designs.survey import CAMPAIGN, IDIOMS, SCENARIOS, Count, Key, Survey

COUNTED = {SCENARIOS: "scenarios", IDIOMS: "idioms", CAMPAIGN: "generated"}


@dataclass(frozen=True, slots=True)
class Found:
    """All findings about the designs."""

    surveys: Sequence[Survey]
    managers: Sequence[ToolMeets]
    spaces: Mapping[str, Sequence[JidSpace]]  # by kernel
    answers: Mapping[str, Sequence[Answer]]  # by question


def overview(surveys: Sequence[Survey]) -> Table:
    """A row for each design: what it does to users of 14, and what supports its model."""
    rows = [
        (
            one.design,
            kernel(one.design).rests_on,
            kernel(one.design).title,
            *(cell(one, one.keys(effect)) for effect in ORDER),
        )
        for one in surveys
    ]
    return Table(
        "What each design does to users of 14",
        "Each cell counts the rules, and the programs that show them: scenarios, idioms of jail "
        "managers, generated ones.  It ends with the gravest witness, a program and its step.",
        ("design", "rests on", "what it is", *ORDER),
        tuple(rows),
    )


def by_surface(surveys: Sequence[Survey]) -> Table:
    """The counts by effect, severity and surface."""
    found = {(k.effect, k.severity, k.surface): k.rank[:3] for one in surveys for k in one.counts}
    rows = []
    for effect, severity, surface in sorted(found, key=lambda key: found[key]):
        cells = (
            cell(
                one, [k for k in one.keys(effect) if (k.severity, k.surface) == (severity, surface)]
            )
            for one in surveys
        )
        rows.append((effect, severity, surface, *cells))
    heads = ("for users", "severity", "surface", *(one.design for one in surveys))
    return Table(
        "By surface and severity",
        "The same counts for each surface of the kernel.",
        heads,
        tuple(rows),
    )


def by_rule(surveys: Sequence[Survey]) -> Table:
    """The counts by rule."""
    found = sorted(
        {(k.rank[:2], k.effect, k.severity, k.rule) for one in surveys for k in one.counts}
    )
    rows = []
    for _, effect, severity, rule in found:
        cells = (
            cell(one, [k for k in one.keys(effect) if (k.severity, k.rule) == (severity, rule)])
            for one in surveys
        )
        rows.append((effect, severity, rule, *cells))
    heads = ("for users", "severity", "rule", *(one.design for one in surveys))
    about = "To read a rule: jaildiff rules explain RULE --kernels legacy,DESIGN"
    return Table("By rule", about, heads, tuple(rows))


def cell(one: Survey, keys: Sequence[Key]) -> str:
    """The counts, as "3 rules; scenarios 12, generated 7; see s33-stale-jid:13"."""
    if not keys:
        return NOTHING
    counts = [one.counts[key] for key in keys]
    rules = len({key.rule for key in keys})
    numbers = ((words, seen_in(counts, group)) for group, words in COUNTED.items())
    seen = ", ".join(f"{words} {number}" for words, number in numbers if number)
    parts = (f"{rules} rule{'' if rules == 1 else 's'}", seen, f"see {counts[0].witness}")
    return "; ".join(filter(None, parts))


def seen_in(counts: Iterable[Count], group: str) -> int:
    """The number of programs in a group in which something was seen, each counted once."""
    return len({name for count in counts for name in count.programs.get(group, ())})


def mistakes_table(surveys: Sequence[Survey]) -> Table:
    """The mistakes that each design has, and those of 14 that it does not have."""
    found = {one.design: mistakes_of(one) for one in surveys}
    rows = [
        (name, *(mistake_cell(found[one.design], name) for one in surveys))
        for name in all_names(found.values())
    ]
    return Table(
        "Mistakes",
        "Known mistakes have their names in the baseline, others that of the rule that finds "
        'them.  "Removed" marks a mistake of 14 that the design does not have.',
        ("mistake", *(one.design for one in surveys)),
        tuple(rows),
    )


def mistake_cell(found: Mistakes, name: str) -> str:
    """Whether a design has a mistake, with a witness."""
    if name in found.has:
        return f"has it {found.has[name]}"
    return f"removed {found.removes[name]}" if name in found.removes else NOTHING


def jid_table(spaces: Mapping[str, Sequence[JidSpace]]) -> Table:
    """What happens to the jids, by design."""
    rows = [(design, found[-1].way, *map(jid_cell, found)) for design, found in spaces.items()]
    return Table(
        "The jids after many restarts of one jail",
        "Jail 1 is started again and again, in the first way that works.  Each time, something "
        "left in it holds it for a hundred more restarts.  The page (--markdown, --html) has the "
        "first restarts, as programs restarts-DESIGN.",
        ("design", "started by", *(f"{number:,} restarts" for number in CHECKPOINTS)),
        tuple(rows),
    )


def jid_cell(found: JidSpace) -> str:
    """The jids in use, and which come next."""
    if found.jids:
        parts = [f"{found.jids} in use, {found.lowest:,} to {found.highest:,}"]
    else:
        parts = ["none in use"]
    if found.out_of_sight:
        parts.append(f"{found.out_of_sight} dying out of sight")
    if found.next_jid:
        parts.append(f"automatic ones at {found.next_jid:,}")
    if found.next_dying:
        parts.append(f"dying ones at {found.next_dying:,}")
    if found.refused:
        parts.append(f"{found.refused:,} restarts refused")
    return "; ".join(parts)


def answer_table(found: Answer) -> Table:
    """The rows of one program at which the kernels differ, side by side."""
    rows = [(what, *said) for what, said in found.rows]
    return Table(found.program, found.about, ("step", *found.kernels), tuple(rows))


def verdict_lines(found: Answer) -> Iterator[str]:
    """The differ's verdicts on each design in that program."""
    for design, said in found.rules.items():
        yield f"{design}: {'; '.join(said) or 'as 14'}"


def survey_tables(surveys: Sequence[Survey]) -> list[Table]:
    """The tables made from surveys."""
    return [
        overview(surveys),
        mistakes_table(surveys),
        by_surface(surveys),
        by_rule(surveys),
    ]


def all_tables(found: Found) -> list[Table]:
    """All tables, without the questions."""
    designs = [one.design for one in found.surveys]
    first, *others = survey_tables(found.surveys)
    return [first, managers_table(found.managers, designs), jid_table(found.spaces), *others]
