"""What a trial of tools showed: as text, as Markdown, as JSON."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import ndiff

from fuzz.profiles.lives import LIVES
from fuzz.profiles.profile import Fix, Impact, Profile, Step
from fuzz.profiles.trial import ORDER, Effect, Tested, Verdict

ONE = {Impact.BREAKS: "breaks", Impact.CHANGES: "changes", Impact.IMPROVES: "improves"}
SEVERAL = {Impact.BREAKS: "break", Impact.CHANGES: "change", Impact.IMPROVES: "improve"}
INTRODUCTION = """\
Each tool's way to start, check, change, stop, restart, wait for and destroy a jail was run on the
models of both kernels, with the jail(8), jls(8) and jexec(8) of each release.  A jail goes through
these lives:"""
HEADS = ("tool", "impact", "what it does", "what is seen on 15", "when", "since", "fix")


def summary(verdict: Verdict) -> str:
    """The first line about a tool."""
    title = verdict.profile.title
    if not verdict.effects:
        return f"{title}: not affected"
    counts = Counter(effect.impact for effect in verdict.effects)
    return f"{title}: {counted(counts)}"


def counted(counts: Counter[Impact]) -> str:
    """How many things break, change and improve."""
    parts: list[str] = []
    for impact in ORDER:
        number = counts[impact]
        if number:
            noun = "" if parts else " thing" if number == 1 else " things"
            parts.append(f"{number}{noun} {(ONE if number == 1 else SEVERAL)[impact]}")
    return ", ".join(parts)


def overall(verdicts: Sequence[Verdict]) -> str:
    """The first line about several tools."""
    by = {impact: [one for one in verdicts if one.impact is impact] for impact in Impact}
    heads = {
        Impact.BREAKS: "breaks for",
        Impact.CHANGES: "changes for",
        Impact.IMPROVES: "only improves for",
        Impact.NOTHING: "is the same for",
    }
    parts = [
        f"{heads[impact]} {len(found)}"
        + ("" if impact is Impact.NOTHING else f" ({', '.join(one.profile.name for one in found)})")
        for impact, found in by.items()
        if found
    ]
    return f"Of {len(verdicts)} tools, 15 {'; '.join(parts)}."


def gist(effect: Effect) -> str:
    """What is new in what is seen on 15."""
    old = effect.before.split("; ")
    new = [part for part in effect.after.split("; ") if part not in old]
    return "; ".join(new) or effect.after


def text(verdict: Verdict) -> Iterator[str]:
    """A tool, in lines; those below the first are set in."""
    profile = verdict.profile
    yield summary(verdict)
    for effect in verdict.effects:
        yield f"  {effect.impact}, {effect.likely}: {', '.join(effect.acts)}"
        for command in effect.commands:
            yield f"    {prompt(command)}"
        yield f"    14: {effect.before}"
        yield f"    15: {effect.after}"
        yield f"    since {effect.since}"
    if profile.reports:
        yield f"  reported in {', '.join(profile.reports)}"
    for one in verdict.fixes:
        yield f"  fix, for {one.fix.audience}: {one.fix.says}"
        yield f"    {proof(one)}"
        for change in changes(profile, one.fix):
            yield f"    {change}"
    yield from provenance(profile)
    yield "  tried on the models of 14 and 15:"
    for life in LIVES:
        yield f"    {life.title}"


def prompt(command: str) -> str:
    """A command as it is typed; a call as it is."""
    return command if re.match(r"p\d+: ", command) else f"$ {command}"


def proof(one: Tested) -> str:
    """What came of trying a fix."""
    if one.helps:
        return "tried on 14 and on 15: nothing breaks or changes any more"
    left = [f"{effect.impact}: {gist(effect)}" for effect in one.left]
    return f"tried, and does not help: {'; '.join([*left, *one.worse])}"


def changes(profile: Profile, fix: Fix) -> Iterator[str]:
    """The lines of files and the words of commands that a fix takes away (-) and adds (+)."""
    for name, new in fix.files.items():
        old = profile.files.get(name, "")
        yield from changed(old.splitlines(), new.splitlines())
    for name, steps in fix.idioms.items():
        yield from changed(words(profile.idiom(name)), words(steps))


def changed(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """What is in one of two lists only."""
    for line in ndiff(old, new):
        if line.startswith(("- ", "+ ")):
            yield f"{line[0]} {line[2:].strip()}"


def words(steps: Sequence[Step]) -> list[str]:
    """All words of some steps."""
    return [word for step in steps for word in shlex.split(step.text)]


def provenance(profile: Profile) -> Iterator[str]:
    """What a profile rests on."""
    for source in profile.sources:
        yield f"  read: {source}: {source.about}"
    if profile.memory:
        yield f"  not read: {profile.memory}"


def row(verdict: Verdict) -> tuple[str, ...]:
    """A tool in the table of all."""
    name, impact = verdict.profile.name, str(verdict.impact)
    if not verdict.effects:
        return name, impact, "-", "the same as on 14", "-", "-", "-"
    effect = verdict.effects[0]
    helps = any(one.helps for one in verdict.fixes)
    fix = "tried, helps" if helps else "none needed" if impact == Impact.IMPROVES else "none known"
    cells = (", ".join(effect.acts), gist(effect), str(effect.likely), effect.since)
    return name, impact, *cells, fix


def rows(verdicts: Sequence[Verdict]) -> list[tuple[str, ...]]:
    """The table of all, the worst first."""
    ranks = list(Impact)
    ranked = sorted(verdicts, key=lambda one: (ranks.index(one.impact), one.profile.name))
    return [row(verdict) for verdict in ranked]


def markdown(verdicts: Sequence[Verdict]) -> str:
    """Everything as a page."""
    parts = [
        "# Tools that manage jails: what changes from FreeBSD 14 to 15",
        overall(verdicts),
        INTRODUCTION,
        "\n".join(f"- {life.title} ({life.likely})" for life in LIVES),
        table(HEADS, rows(verdicts)),
        *(section(verdict) for verdict in verdicts),
    ]
    return "\n\n".join(parts) + "\n"


def section(verdict: Verdict) -> str:
    """A tool on the page."""
    profile = verdict.profile
    lines = [f"## {profile.name}", "", f"{escaped(summary(verdict))}.", ""]
    for effect in verdict.effects:
        head = f"**{effect.impact}**, {effect.likely}: {', '.join(effect.acts)}"
        lines += [
            f"- {head}, since {escaped(effect.since)}",
            *(f"  - {code(command)}" for command in effect.commands),
            f"  - 14: {code(effect.before)}",
            f"  - 15: {code(effect.after)}",
        ]
    if profile.reports:
        lines.append(f"- reported in {', '.join(map(escaped, profile.reports))}")
    for one in verdict.fixes:
        lines.append(f"- **Fix**, for {one.fix.audience}: {escaped(one.fix.says)} ({proof(one)})")
        lines += [f"  - {code(change)}" for change in changes(profile, one.fix)]
    for source in profile.sources:
        lines.append(f"- read: {code(str(source))}: {escaped(source.about)}")
    if profile.memory:
        lines.append(f"- not read: {escaped(profile.memory)}")
    return "\n".join(lines)


def table(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *([escaped(cell) for cell in line] for line in cells)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(words: str) -> str:
    """Text that Markdown shows as it is."""
    for mark in "\\`*_<>|[]":
        words = words.replace(mark, f"\\{mark}")
    return words


def code(words: str) -> str:
    """A piece of code that holds no backquotes."""
    return f"`{words.replace('`', chr(39))}`"


def as_json(verdict: Verdict) -> dict[str, object]:
    """A tool for machines."""
    profile = verdict.profile
    return {
        "profile": profile.name,
        "title": profile.title,
        "impact": verdict.impact,
        "expected": profile.expected,
        "basis": profile.basis,
        "sources": [
            {"repository": s.repository, "commit": s.commit, "path": s.path, "about": s.about}
            for s in profile.sources
        ],
        "not_read": profile.memory,
        "notice": profile.notice,
        "reports": list(profile.reports),
        "effects": [effect_json(effect) for effect in verdict.effects],
        "fixes": [
            {
                "says": one.fix.says,
                "audience": one.fix.audience,
                "changes": list(changes(profile, one.fix)),
                "helps": one.helps,
                "left": [effect_json(effect) for effect in one.left],
                "worse_on_14": list(one.worse),
            }
            for one in verdict.fixes
        ],
        "tried": [life.title for life in LIVES],
    }


def effect_json(effect: Effect) -> dict[str, object]:
    """One effect for machines."""
    return {
        "impact": effect.impact,
        "when": effect.likely,
        "acts": list(effect.acts),
        "commands": list(effect.commands),
        "before": effect.before,
        "after": effect.after,
        "since": effect.since,
        "life": effect.life,
    }
