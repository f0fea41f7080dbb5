"""Hypothesis strategies for programs: those of `jaildiff.search.property_testing`, made public."""

from jaildiff.search.property_testing.strategies import (
    calls,
    programs,
)

__all__ = ["calls", "programs"]
