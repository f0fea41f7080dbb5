"""Join the journals of several calls into one, so that they roll back together."""

from jail_kernel.kernel import Kernel


class WholeJournal:
    """The journal of a command so far: make one before its first call, `hand_over` at its end."""

    def __init__(self, k: Kernel) -> None:
        k.begin()
        self.k = k
        self.before, self.undo, self.counters = k.before, k.undo, k.counters
        k.begin()

    def absorb(self) -> None:
        """Add the journal of the last call."""
        for obj, image in self.k.before.items():
            self.before.setdefault(obj, image)
        self.undo += self.k.undo
        self.k.begin()

    def hand_over(self) -> None:
        """Give the kernel the joined journal as that of its last op."""
        self.k.before, self.k.undo, self.k.counters = self.before, self.undo, self.counters
