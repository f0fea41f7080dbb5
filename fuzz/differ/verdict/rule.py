"""A rule: which divergences it claims, and what it says of them."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Generic, TypeVar

from fuzz.differ.verdict.advice import Advice, lines

from fuzz.findings.advice import ADVICE


class Verdict(StrEnum):
    """What a divergence is."""

    INTENDED = "intended"
    BUG = "bug"
    UNEXPLAINED = "unexplained"


class Surface(StrEnum):
    """Where a user meets it."""

    JID = "jid"  # which jail a jid means
    NAME = "name"  # which jail a name means
    PARAMETERS = "parameters"
    LIMITS = "limits"
    ERRNO = "errno"
    MESSAGE = "message"
    LIFECYCLE = "lifecycle"  # whether a jail is there, alive or dying
    PANIC = "panic"


class Severity(StrEnum):
    """How much it matters to somebody who relies on either kernel."""

    HIGH = "high"  # a guarantee is gone: isolation, data, the system itself
    MEDIUM = "medium"  # a working procedure stops working
    LOW = "low"  # seen by those who look closely


class BugKind(StrEnum):
    """What is broken."""

    STALE_PARAMETERS = "stale parameters"
    RESURRECTED = "resurrected"
    LEAKED_REFERENCE = "leaked reference"
    NO_REFERENCE = "alive without references"
    BROKEN_LIMIT = "broken limit"
    WRONG_SUBTREE = "wrong subtree"
    LOST_NAME = "lost name"
    DUPLICATE = "duplicate"
    HALF_DONE = "half-done failure"
    WRONG_ERRNO = "wrong errno"
    WRONG_COUNT = "wrong count"
    UNSORTED = "unsorted list"
    MEMORY = "memory"
    PANIC = "panic"


class Side(StrEnum):
    """Which kernel has the bug."""

    OLD = "old"  # the patch fixes it
    NEW = "new"  # the patch brought it
    BOTH = "both"


Evidence = TypeVar("Evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Evidence]):
    """Data, and one predicate on a root or an echo; the rationale is what a report prints."""

    id: str
    title: str
    surface: Surface
    verdict: Verdict
    severity: Severity
    rationale: str
    advice: tuple[Advice, ...]  # what to do about it, for whom and when
    reference: str
    witness: str  # the corpus file that shows it
    matches: Callable[[Evidence], bool]
    bug_kind: BugKind | None = None
    side: Side | None = None

    @property
    def advice(self) -> str:
        """What to do about it, in one sentence."""
        return ADVICE[self.id]

    def json(self) -> dict[str, object]:
        """Everything but the predicate."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != "matches"
        } | {"advice": self.advice}
