"""The journal of several calls as if they were one."""

from prison.kernel import Kernel


class WholeJournal:
    """What a command has written so far; it begins with it, and `hand_over` ends it."""

    def __init__(self, k: Kernel) -> None:
        k.begin()
        self.k = k
        self.before, self.undo, self.counters = k.before, k.undo, k.counters
        k.begin()

    def absorb(self) -> None:
        """Add what the last call has written."""
        for obj, image in self.k.before.items():
            self.before.setdefault(obj, image)
        self.undo += self.k.undo
        self.k.begin()

    def hand_over(self) -> None:
        """Let the kernel have all of it as its last op."""
        self.k.before, self.k.undo, self.k.counters = self.before, self.undo, self.counters
