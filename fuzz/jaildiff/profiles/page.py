"""All tools as a page of Markdown."""

from collections.abc import Sequence
from dataclasses import replace

from jaildiff.findings.reports.escaping import markdown
from jaildiff.impact.outputs.markdown import markdown_of
from jaildiff.profiles.tool_lifecycles import OUTLINES
from jaildiff.profiles.trial import Verdict
from jaildiff.profiles.view import HEADS, as_impact, overall, rows

INTRODUCTION = """\
`jaildiff impact --profile all` tells this, and `jaildiff impact --profile NAME` of one tool.  Each
tool's way to start, check, change, stop, restart, wait for and destroy a jail, as its source has
it, was run on the models of both kernels, with the jail(8), jls(8) and jexec(8) of each release.
Every difference was seen in these runs; none is taken from a tool's own words.  A profile
(`fuzz/jaildiff/profiles/profiles.toml`) is one jail as the tool sets it up by default.  If you
changed a tool's templates, run `jaildiff impact FILE` on the jail.conf that it writes.  A jail goes
through these lives:"""


def page(verdicts: Sequence[Verdict]) -> str:
    """A section for each tool; before those of several, their table."""
    if len(verdicts) == 1:
        return markdown_of(as_impact(verdicts[0]))
    lives = "\n".join(f"- {life.title} ({life.when})" for life in OUTLINES)
    parts = [
        "# Tools that manage jails: what changes from FreeBSD 14 to 15\n",
        f"{markdown(overall(verdicts))}\n",
        f"{INTRODUCTION}\n\n{lives}\n",
        table(HEADS, rows(verdicts)),
        *(markdown_of(replace(as_impact(one), tried=[])) for one in verdicts),
    ]
    return "\n".join(parts)


def table(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """A table; each cell shows as it is."""
    lines = [heads, ["---"] * len(heads), *([markdown(cell) for cell in line] for line in cells)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
