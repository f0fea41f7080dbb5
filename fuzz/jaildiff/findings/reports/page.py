"""What a report shows: findings grouped by rule, counted and sorted."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.verdict.advice import Audience
from jaildiff.differ.verdict.rule import Severity, Verdict
from jaildiff.findings.counting import count_bugs, count_changes
from jaildiff.findings.evidence import STRENGTHS, about, load_claims
from jaildiff.findings.findings_file import KINDS, FindingRow
from jaildiff.findings.reports.parts.charts import stacked_bars
from jaildiff.findings.reports.parts.coverage import ANSWER_WAYS, TARGETS, heat_map
from jaildiff.findings.reports.parts.curves import drawn
from jaildiff.findings.reports.parts.results import EFFECTS, Searched
from jaildiff.findings.reports.parts.users import ForUsers
from jaildiff.findings.reports.parts.witness import (
    ARROWS,
    ROWS_MAX,
    ROWS_OF_MANY,
    Witness,
    read_witness,
)
from jaildiff.findings.story.glossary import GLOSSARY
from jaildiff.kernels.bug_kinds import Side
from jaildiff.kernels.named import DESIGNS

VERDICTS = {
    Verdict.UNEXPLAINED: "Unexplained",
    Verdict.INTENDED: "Intended",
    Verdict.BUG: "Bug",
}
BARS_MAX = 30  # of a chart
ENTRIES_MAX = 200  # in full; all others are rows of a table
MORE_MAX = 20  # rows below an entry
READERS = {  # the readers who must do something, as the page calls them
    Audience.PEOPLE: "Administrators",
    Audience.CALLERS: "Authors of jail managers",
    Audience.MENDERS: "Kernel developers",
}
SEVERITIES = {Severity.HIGH: "High", Severity.MEDIUM: "Medium", Severity.LOW: "Low"}
SIDES = {
    Side.OLD: ("the patch fixes", "In the old kernel only."),
    Side.NEW: ("the patch brought", "In the new kernel only."),
    Side.BOTH: ("in both kernels", "The patch neither brought nor fixes them."),
}
SURFACES = {
    "jid": "which jail a jid means",
    "name": "which jail a name means",
    "parameters": "what a jail's parameters are",
    "limits": "what a jail may have or do at most",
    "errno": "which error a call gives",
    "message": "what the text of an error says",
    "lifecycle": "whether a jail is there, alive or dying",
    "panic": "whether the system survives the call",
    "undefined": "what nobody has said of a design",
    "state": "what a kernel holds inside",
    "process": "where a process is",
    "count": "how many jails are counted",
    "next jid": "which jid the next jail gets",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """All findings of one rule; `leads` says what it is, echoes follow from it."""

    anchor: str
    leads: tuple[FindingRow, ...]
    echoes: tuple[FindingRow, ...]
    witness: Witness | None = None
    echo: Witness | None = None  # of the most frequent echo

    @property
    def first(self) -> FindingRow:
        """The finding that represents all: the most frequent one."""
        return self.leads[0]

    @property
    def title(self) -> str:
        """A heading for the entry."""
        text = str(self.first["title"] or self.first["rule"] or "a difference without a rule")
        if self.first["rule"] is None:
            text += f" ({self.first['fingerprint']})"  # The others have the same title.
        if self.first["kind"] == "violation":
            return f"Broken invariant: {text}"
        word = text.split(" ", 1)[0]
        return text[0].upper() + text[1:] if word.isalpha() and word != "jid" else text

    @property
    def advice(self) -> dict[str, list[str]]:
        """What to do in the cases shown, for each kind of reader."""
        cases = self.leads[: MORE_MAX + 1]
        told = list(dict.fromkeys(line for finding in cases for line in story_of(finding)))
        found = {
            title: [line.removeprefix(f"{who}: ") for line in told if is_for(line, who)]
            for who, title in READERS.items()
        }
        return {title: lines for title, lines in found.items() if lines}

    @property
    def story(self) -> list[str]:
        """What happened and why, without what the page says elsewhere."""
        elsewhere = (self.first["why"], f"Source: {self.first['reference']}.")
        told = (line for line in story_of(self.first) if line not in elsewhere)
        return [line for line in told if not any(is_for(line, who) for who in READERS)]

    @property
    def evidence(self) -> list[str]:
        """The evidence for the rule or invariant."""
        claims = about(str(self.first["rule"]))
        return [line for claim in claims for line in claim.lines]

    @property
    def sides(self) -> list[str]:
        """Which kernels have the bug."""
        return [side for side in SIDES if any(f["side"] == side for f in self.leads)]

    @property
    def known(self) -> bool:
        """Whether all its findings are intended or in the baseline."""
        intended = self.first["verdict"] == Verdict.INTENDED
        return intended or all(f["known"] is not None for f in self.leads)

    def times(self, side: str | None = None) -> int:
        """How often it was seen, without its echoes."""
        return seen(f for f in self.leads if side in (None, f["side"]))


def story_of(finding: FindingRow) -> list[str]:
    """All sentences about a finding."""
    story = finding["story"]
    assert isinstance(story, list | tuple)
    return [str(line) for line in story]


def is_for(line: str, who: Audience) -> bool:
    """Whether a line of a story is advice for somebody."""
    return line.startswith(f"{who}: ")


def seen(findings: Iterable[FindingRow]) -> int:
    """How often findings were seen."""
    return sum(int(str(finding["count"])) for finding in findings)


def context(
    frame: pd.DataFrame,
    folder: Path,
    users: Callable[[], ForUsers] | None = None,
    searched: Callable[[str], Searched] | None = None,
) -> dict[str, object]:
    """Everything that the templates need."""
    frame = grouped(frame)
    everything = make_entries(frame)
    rows_max = ROWS_MAX if len(everything) <= ENTRIES_MAX else ROWS_OF_MANY
    entries = [with_witness(entry, folder, rows_max) for entry in everything[:ENTRIES_MAX]]
    by_verdict = {v: [e for e in entries if e.first["verdict"] == v] for v in VERDICTS}
    bugs = by_verdict[Verdict.BUG]
    kernels = str(frame["kernels"].iloc[0]) if len(frame) else LANDED.name
    found = records(frame)
    ran = searched(kernels) if searched else Searched()
    return {
        "heat": heat_map(ran.coverage) if ran.coverage else None,
        "targets": TARGETS,
        "ways": ANSWER_WAYS,
        "curves": ran.curves,
        "drawn": drawn(ran.curves) if ran.curves else (),
        "explored": ran.explored,
        "designs": ran.designs,
        "effects": EFFECTS,
        "entries": entries,
        "left_out": len(everything) - len(entries),
        "every": found if has_more(everything) else (),
        "users": users() if users and kernels == LANDED.name else None,
        "unexplained": by_verdict[Verdict.UNEXPLAINED],
        "intended": by_verdict[Verdict.INTENDED],
        "news": [entry for entry in bugs if not entry.known],
        "counts": count_bugs(found),
        "changes": count_changes(found, Verdict.INTENDED),
        "open": count_changes(found, Verdict.UNEXPLAINED),
        "bugs": {side: [entry for entry in bugs if side in entry.sides] for side in SIDES},
        "kinds": {kind: int((frame["kind"] == kind).sum()) for kind in KINDS},
        "kernels": kernels,
        "argued": [name for name in kernels.split(",") if name.partition("+")[0] in DESIGNS],
        "total": len(frame),
        "times": int(frame["count"].sum()),
        "matrix": matrix(everything),
        "charts": charts(frame[frame["lead"]]),
        "trust": trust(entries),
        "arrows": ARROWS,
        "more_max": MORE_MAX,
        "verdicts": VERDICTS,
        "severities": SEVERITIES,
        "sides": SIDES,
        "surfaces": SURFACES,
        "glossary": GLOSSARY,
    }


def has_more(entries: list[Entry]) -> bool:
    """Whether there are more findings than the entries of a page can show."""
    crowded = any(max(len(one.leads) - 1, len(one.echoes)) > MORE_MAX for one in entries)
    return crowded or len(entries) > ENTRIES_MAX


def trust(entries: Iterable[Entry]) -> list[tuple[str, int, int]]:
    """Claims counted by their strongest evidence: all of them, and those shown here."""
    shown = {str(entry.first["rule"]) for entry in entries}
    claims = load_claims()
    return [
        (
            text,
            sum(claim.strength == strength for claim in claims),
            sum(claim.strength == strength for claim in claims if claim.about in shown),
        )
        for strength, text in STRENGTHS.items()
    ]


def grouped(frame: pd.DataFrame) -> pd.DataFrame:
    """The findings in their order, with the columns `group` and `lead`.

    A group is a rule with one verdict; a finding that no rule claims is a group of its own. An echo
    leads if nothing else does: then a rule of its own has claimed it, not its root.
    """
    frame = frame.sort_values(["count", "fingerprint"], ascending=[False, True])
    # Pairs, so that no rule can collide with a fingerprint, whatever their texts.
    groups = [
        f"{f['verdict']} rule {f['rule']}" if f["rule"] is not None else f" {f['fingerprint']}"
        for f in frame.to_dict("records")
    ]
    frame = frame.assign(group=groups, own=frame["kind"] != "echo")
    has_own = frame.groupby("group")["own"].transform("any").astype(bool)
    return frame.assign(lead=frame["own"] | ~has_own).drop(columns="own")


def make_entries(frame: pd.DataFrame) -> list[Entry]:
    """The entries without their witnesses, in the order of the report."""
    groups: dict[str, list[FindingRow]] = {}
    for finding in records(frame):
        groups.setdefault(str(finding["group"]), []).append(finding)
    found = []
    for number, (_, group) in enumerate(sorted(groups.items()), 1):
        leads = tuple(finding for finding in group if finding["lead"])
        echoes = tuple(finding for finding in group if not finding["lead"])
        found.append(Entry(anchor_of(leads[0], number), leads, echoes))
    return sorted(found, key=rank)


def with_witness(entry: Entry, folder: Path, rows_max: int) -> Entry:
    """The same with the programs that show it, and what follows from it."""
    echo = read_witness(folder, entry.echoes[0], rows_max) if entry.echoes else None
    return replace(entry, witness=read_witness(folder, entry.first, rows_max), echo=echo)


def records(frame: pd.DataFrame) -> tuple[FindingRow, ...]:
    """The rows as plain values."""
    return tuple({str(k): v for k, v in row.items()} for row in frame.to_dict("records"))


def rank(entry: Entry) -> tuple[object, ...]:
    """Sort key: by verdict, then what is new, then by severity, roots first, by how often."""
    first = entry.first
    return (
        list(VERDICTS).index(Verdict(str(first["verdict"]))),
        entry.known,
        list(SEVERITIES).index(Severity(str(first["severity"]))),
        first["kind"] != "root",
        -entry.times(),
        first["fingerprint"],
    )


def anchor_of(finding: FindingRow, number: int) -> str:
    """A name for links, which stays the same from report to report if the rule's id allows it."""
    kind = "finding" if finding["rule"] is None else "rule"
    word = str(finding["fingerprint"] if finding["rule"] is None else finding["rule"])
    plain = re.fullmatch("[a-z0-9-]+", word)
    return f"{finding['verdict']}-{kind}-{word}" if plain else f"entry-{number}"


def matrix(entries: Iterable[Entry]) -> Mapping[str, Mapping[str, Mapping[str, int]]]:
    """How many entries of each verdict there are, by surface and severity."""
    frame = pd.DataFrame([entry.first for entry in entries], columns=list(CELL), dtype=object)
    found: dict[str, dict[str, dict[str, int]]] = {}
    order = [s for s in SURFACES if s in set(frame["surface"])]
    for surface in [*order, *sorted(set(frame["surface"]) - set(order))]:
        found[surface] = {s: dict.fromkeys(VERDICTS, 0) for s in SEVERITIES}
    for key, count in frame.value_counts(list(CELL)).items():
        surface, severity, verdict = map(str, key if isinstance(key, tuple) else (key,))
        found[surface][severity][verdict] = int(count)
    return found


CELL = ("surface", "severity", "verdict")


def charts(leads: pd.DataFrame) -> dict[str, Markup]:
    """The charts by name; one without bars is empty."""
    bugs = leads[leads["verdict"] == Verdict.BUG]
    surfaces = counted(leads["surface"], leads["verdict"])
    kinds = counted(bugs["bug_kind"], bugs["side"])
    verdicts = {word: word for word in ("intended", "bug", "unexplained")}
    sides = {str(side): title for side, (title, _) in SIDES.items()}
    return {
        "surfaces": stacked_bars(surfaces, verdicts, "surfaces", in_words(surfaces)),
        "kinds": stacked_bars(kinds, sides, "kinds", in_words(kinds)),
    }


def counted(rows: "pd.Series[str]", columns: "pd.Series[str]") -> pd.DataFrame:
    """How often each pair occurs; the largest rows first, and the rest in one."""
    if rows.empty:
        return pd.DataFrame()
    table = pd.crosstab(rows.astype(str), columns.astype(str))
    totals = table.sum(axis=1)
    table = table.loc[totals.sort_values(ascending=False, kind="stable").index]
    if len(table) <= BARS_MAX:
        return table
    others = table.iloc[BARS_MAX:]
    return pd.concat([table.iloc[:BARS_MAX], others.sum().to_frame(f"{len(others):,} others").T])


def in_words(table: pd.DataFrame) -> str:
    """A text alternative for a chart."""
    bars = (
        f"{name}: " + ", ".join(f"{int(n)} {column}" for column, n in row.items() if n)
        for name, row in table.iterrows()
    )
    return "Bar chart of findings. " + "; ".join(bars) + "."
