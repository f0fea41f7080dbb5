"""The recorded sessions as a measure of `jaildiff impact`: python -m tests.impact_truth [STEP].

Each jail.conf of corpus/userland is surveyed, and what is told of it is held against what the real
programs did with it: a session is affected if they did not do the same on 14 and on 15.  STEP takes
every so many sessions.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jail_userland.deltas import Release
from jaildiff.differ.comparison import LANDED
from jaildiff.impact.analyze import analyze_configuration
from jaildiff.impact.describe.findings import Impact
from jaildiff.impact.reading.configuration import read_configuration
from jaildiff.recordings.sessions.session import Session, read_sessions
from jaildiff.support.errors import InputError
from tests.house.tools import ROOT

RECORDINGS = ROOT / "corpus" / "userland"
CONF = "jail.conf"
CAUSE = re.compile(r"(?m)\bjid\b|dying|(?:^|[;}])\s*\"?\s*\d+\"?\s*\{|\w\.\w+\"?\s*\{|\{[^}]*\{")
Answer = Mapping[str, Any]


@dataclass(slots=True)
class Truth:
    """What was measured; each count is a number of sessions."""

    counts: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)


def pairs(path: Path) -> Iterator[tuple[Session, Session]]:
    """The sessions of a file as they were recorded before the upgrade and after it."""
    by_id: dict[str, dict[Release, Session]] = {}
    for one in read_sessions(path):
        if (one.userland, one.kernel) in ((Release.R14, "legacy"), (Release.R15, "new")):
            by_id.setdefault(one.id, {})[one.userland] = one
    for both in by_id.values():
        yield both[Release.R14], both[Release.R15]


def affected(old: Session, new: Session) -> str:
    """The first command of a session that ends otherwise; "" if none does."""
    for step, before, after in zip(old.steps, old.answers or (), new.answers or (), strict=False):
        if "run" in step and seen(before) != seen(after):
            return " ".join(step["run"])
    return ""


def seen(answer: Answer) -> tuple[object, ...]:
    """What a user sees of a run."""
    return (answer["stderr"], answer["stdout"], answer["exit"], answer["states"])


def surveyed(session: Session) -> Impact | None:
    """What is told of a session's jail.conf; None if it is none."""
    with TemporaryDirectory() as folder:
        for name, text in session.files.items():
            path = Path(folder) / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        if CONF not in session.files:
            return None
        try:
            return analyze_configuration(read_configuration(Path(folder) / CONF), LANDED)
        except InputError:
            return None


def kind_of(command: str) -> str:
    """What a session is, by the first command of it that differs."""
    if not command:
        return "alike"
    words = command.split()
    if "-d" in words:
        return "affected by -d, which its jail.conf does not ask for"
    if any("=" in word for word in words) or CONF not in words:
        return "affected by a jail that is not of its jail.conf"
    return "affected"


def has_cause(session: Session) -> bool:
    """Whether the session's files have something in them that 15 treats otherwise; it need not
    have been used in that session.
    """
    return any(CAUSE.search(text) for text in session.files.values())


def measure(paths: list[Path], step: int = 1) -> Truth:
    """Hold surveys against recordings."""
    truth = Truth()
    for path in paths:
        for old, new in list(pairs(path))[::step]:
            told = surveyed(old)
            if told is None:
                truth.counts["no jail.conf, or a broken one"] += 1
                continue
            command = affected(old, new)
            kind = kind_of(command)
            found = "told of" if told.findings else "left in peace"
            truth.counts[f"{kind}: {found}"] += 1
            if kind == "affected" and not told.findings:
                truth.missed.append(f"{old.id}: {command}")
            if kind == "alike" and told.findings:
                truth.counts["  these could be affected"] += has_cause(old)
                if not has_cause(old):
                    truth.alarms.append(f"{old.id}: {told.summary}")
    return truth


def main() -> None:
    """Measure and print."""
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    names = sys.argv[2:] or ["conf", "directed", "random"]
    truth = measure([RECORDINGS / f"{name}.sessions.zst" for name in names], step)
    for kind, number in sorted(truth.counts.items()):
        print(f"{number:6,} {kind}")  # noqa: T201  # what this program is for
    for line in truth.missed:
        print(f"missed {line}")  # noqa: T201  # as above
    for line in truth.alarms:
        print(f"told   {line}")  # noqa: T201  # as above


if __name__ == "__main__":
    main()
