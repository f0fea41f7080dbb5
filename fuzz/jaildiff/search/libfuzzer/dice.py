"""Random numbers that are chosen by an engine.

This module stays source in a compiled build: mypyc cannot compile a class that extends Random.
"""

from random import Random


class Dice(Random):
    """Random numbers taken from the bytes of a string.

    After its end `random` returns the highest value, so that the generator adds nothing more, and
    `getrandbits` returns zero.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self.data = data
        self.position = 0

    def random(self) -> float:
        """One byte, as a number from 0 to below 1."""
        self.position += 1
        return self.data[self.position - 1] / 256 if self.position <= len(self.data) else 255 / 256

    def getrandbits(self, k: int, /) -> int:
        """As many bytes as `k` bits need."""
        start, self.position = self.position, self.position + (k + 7) // 8
        return int.from_bytes(self.data[start : self.position], "little") & ((1 << k) - 1)

    def left(self) -> bool:
        """True if a byte is left."""
        return self.position < len(self.data)
