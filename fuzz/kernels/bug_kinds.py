"""What can be wrong with a kernel, and which of two kernels has it."""

from enum import StrEnum


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
