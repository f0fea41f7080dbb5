"""A Hypothesis state machine: `jaildiff.search.property_testing.machine`, made public."""

from jaildiff.search.property_testing.machine import LockstepMachine, search

__all__ = ["LockstepMachine", "search"]
