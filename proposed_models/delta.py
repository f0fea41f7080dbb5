"""A change that a design makes; the marks in its package cite it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delta:
    """One change between the patch as it landed and a design."""

    id: str
    title: str
    reference: str  # who said it in review D28150, or "a decision"
