"""Hypothesis strategies for programs: `fuzz.search.property_testing.strategies`, made public."""

from fuzz.search.property_testing.strategies import (
    calls,
    programs,
)

__all__ = ["calls", "programs"]
