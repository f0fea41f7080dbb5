"""A total decoder: every byte string is a program.

A text of the op language is the program that it spells, so the corpus is a seed corpus too.  Any
other bytes are the dice with which the built-in generator throws: a byte or two for each choice,
so that an engine that changes one byte changes one choice, mostly.  What bytes mean can change
with the generator: what is to last is kept as text.
"""

from collections.abc import Callable
from itertools import accumulate
from math import ceil
from random import Random

from fuzz.programs.op_language import parse
from fuzz.programs.program import Program
from fuzz.search.generator.generate import OPS, PARAMS, jail_get
from fuzz.search.generator.sketch import Sketch
from fuzz.search.generator.vocabulary import FLAG_WEIGHTS
from fuzz.search.generator.wishes import wishful
from fuzz.support.errors import InputError
from prison.call import JailGet, Malformed
from prison.state import JAIL_MAX

NAME = "bytes"
JAIL_MAXES = (JAIL_MAX,) * 5 + (5, 6, 7)


def decode(data: bytes) -> Program:
    """The program that the bytes are."""
    if b"jaildiff" in data:  # The format version is in every text.
        try:
            return parse(data.decode(), NAME).program
        except (UnicodeDecodeError, InputError):
            pass
    return decode_bytes(data)


def decode_bytes(data: bytes) -> Program:
    """The program that the generator makes with these bytes as dice, one op after the other."""
    dice = Dice(data)
    sketch = DicedSketch(dice)
    jail_max = sketch.pick(JAIL_MAXES)
    while dice.left():
        sketch.pick(TABLE)(sketch)
    return Program(NAME, tuple(sketch.calls), jail_max)


class Dice(Random):
    """Random numbers that are the bytes of a string.  Behind its end `random` is as high as can
    be, which the generator understands as "no more", and `getrandbits` is zero.
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
        """As many bytes as it takes."""
        start, self.position = self.position, self.position + (k + 7) // 8
        return int.from_bytes(self.data[start : self.position], "little") & ((1 << k) - 1)

    def left(self) -> bool:
        """True if there is a byte that has not been used."""
        return self.position < len(self.data)


class DicedSketch(Sketch):
    """A sketch whose mix of ops, flags and parameters is the same for all programs: the engine
    that chooses the bytes makes its own mix.
    """

    def __init__(self, dice: Dice) -> None:
        super().__init__(Random(0), PARAMS)
        self.rng = dice
        self.random = dice.random
        self.params = list(PARAMS)
        self.flag_sums = list(accumulate(map(float, FLAG_WEIGHTS)))
        self.jid_share, self.name_share, self.host_share = 0.5, 0.6, 0.7


def wish_list(s: Sketch) -> None:
    """A jail_get with a wish list."""
    jail_get(s)
    call = s.calls.pop()
    assert isinstance(call, JailGet)
    s.calls.append(wishful(call, s.rng))


def malformed(s: Sketch) -> None:
    """An op that no kernel takes."""
    s.calls.append(Malformed("null"))


def table() -> list[Callable[[Sketch], None]]:
    """The ops as the first byte of each chooses them: often what is often generated."""
    often = [op for op, weight in OPS.items() for _ in range(ceil(weight / 3))]
    return [*often, wish_list, malformed]


TABLE = table()
