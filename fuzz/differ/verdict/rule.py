"""A rule: which divergences it claims, and what it says of them."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Generic, TypeVar

from fuzz.differ.verdict.advice import Advice
from fuzz.kernels.bug_kinds import BugKind, Side


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
    UNDEFINED = "undefined"  # nobody has said what a kernel does there


class Severity(StrEnum):
    """How much it matters to somebody who relies on either kernel."""

    HIGH = "high"  # a guarantee is gone: isolation, data, the system itself
    MEDIUM = "medium"  # a working procedure stops working
    LOW = "low"  # seen by those who look closely


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

    def json(self) -> dict[str, object]:
        """Everything but the predicate."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("matches", "advice")
        } | {"advice": [one.line for one in self.advice]}
