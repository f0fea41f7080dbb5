"""A Hypothesis state machine: `fuzz.search.property_testing.machine`, made public."""

from fuzz.search.property_testing.machine import LockstepMachine, search

__all__ = ["LockstepMachine", "search"]
