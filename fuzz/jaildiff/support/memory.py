"""How much memory this process takes."""

import resource
import sys

UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes


def peak_memory() -> int:
    """The most that has been in memory at a time since the start, in bytes.  getrusage(2)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT
