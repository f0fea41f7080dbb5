"""A rule: which divergences it claims, and what it says about them."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Generic, TypeVar

from jaildiff.differ.verdict.advice import Advice
from jaildiff.kernels.bug_kinds import BugKind, Side


class Verdict(StrEnum):
    """The verdict on a divergence."""

    INTENDED = "intended"
    BUG = "bug"
    UNEXPLAINED = "unexplained"


class Surface(StrEnum):
    """Where a user meets a divergence."""

    JID = "jid"  # which jail a jid refers to
    NAME = "name"  # which jail a name refers to
    PARAMETERS = "parameters"
    LIMITS = "limits"
    ERRNO = "errno"
    MESSAGE = "message"
    LIFECYCLE = "lifecycle"  # whether a jail exists, and is alive or dying
    PANIC = "panic"
    UNDEFINED = "undefined"  # nothing defines what the kernel does


class Severity(StrEnum):
    """How much it matters to those who rely on either kernel."""

    HIGH = "high"  # a guarantee is broken: isolation, data, the system itself
    MEDIUM = "medium"  # a working procedure stops working
    LOW = "low"  # only those who look closely notice


Evidence = TypeVar("Evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Evidence]):
    """Data and one predicate on a root or an echo; reports print the rationale."""

    id: str
    title: str
    surface: Surface
    verdict: Verdict
    severity: Severity
    rationale: str
    advice: tuple[Advice, ...]  # what to do about it, for whom, and when
    reference: str
    witness: str  # the corpus file that shows it
    matches: Callable[[Evidence], bool]
    bug_kind: BugKind | None = None
    side: Side | None = None

    def json(self) -> dict[str, object]:
        """All but the predicate, as JSON."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("matches", "advice")
        } | {"advice": [one.line for one in self.advice]}
