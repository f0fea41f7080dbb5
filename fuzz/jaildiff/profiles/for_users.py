"""What a report tells users: an example configuration and all tools, tried on both releases."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from jail_kernel.call import kernel_bytes
from jaildiff.differ.comparison import Comparison
from jaildiff.findings.reports.parts.users import ForUsers, Labelled, Matter
from jaildiff.impact.analyze import analyze_configuration
from jaildiff.impact.describe.findings import Impact, ImpactFinding
from jaildiff.impact.outputs.rows import CODE, heading
from jaildiff.impact.outputs.rows import rows as lines_of
from jaildiff.impact.reading.configuration import read_configuration
from jaildiff.profiles.loading import chosen
from jaildiff.profiles.trial import Verdict, judge
from jaildiff.profiles.view import HEADS, overall, ranked, row

EXAMPLE = "example.conf"


def for_users(compared: Comparison) -> ForUsers:
    """Try the example and every profile; takes some seconds."""
    text = resources.files("jaildiff.profiles").joinpath(EXAMPLE).read_text(encoding="utf-8")
    verdicts = [judge(profile, compared) for profile in chosen("all")]
    return told(text, tried(text, compared), verdicts)


def tried(text: str, compared: Comparison) -> Impact:
    """What changes for a jail.conf with this text; no file is read for it."""
    configuration = read_configuration(Path("jail.conf"), kernel_bytes(text))
    return analyze_configuration(configuration, compared)


def told(text: str, impact: Impact, verdicts: Sequence[Verdict]) -> ForUsers:
    """The same as plain texts."""
    return ForUsers(
        configuration=tuple(text.splitlines()),
        summary=impact.summary,
        matters=tuple(map(matter, impact.findings)),
        tools_summary=overall(verdicts),
        tools_heads=HEADS,
        tools=tuple(row(one) for one in ranked(verdicts) if one.findings),
        unaffected=tuple(one.profile.name for one in ranked(verdicts) if not one.findings),
    )


def matter(found: ImpactFinding) -> Matter:
    """One finding about a configuration."""
    lines = (Labelled(label, text, label in CODE) for label, text in lines_of(found))
    return Matter(found.effect, heading(found), tuple(lines))
