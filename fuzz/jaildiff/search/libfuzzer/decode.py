"""A total decoder: every byte string is a program.

A text in the op language is the program that it spells, so our corpus can seed an engine.  Any
other bytes replace the random numbers of the built-in generator, with a byte or two for each
choice.  So an engine that changes one byte mostly changes one choice.  The meaning of bytes changes
with the generator; store programs that you want to keep as text.
"""

from collections.abc import Callable
from itertools import accumulate
from math import ceil
from random import Random

from jail_kernel.call import JailGet, Malformed
from jail_kernel.state import JAIL_MAX
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import OPS, PARAMS, jail_get
from jaildiff.search.generator.sketch import Sketch
from jaildiff.search.generator.vocabulary import FLAG_WEIGHTS
from jaildiff.search.generator.wishes import wishful
from jaildiff.search.libfuzzer.dice import Dice
from jaildiff.support.errors import InputError

NAME = "bytes"
JAIL_MAXES = (JAIL_MAX,) * 5 + (5, 6, 7)


def decode(data: bytes) -> Program:
    """The program that the bytes stand for."""
    if b"jaildiff" in data:  # Every text contains it, in the format version.
        try:
            return parse(data.decode(), NAME).program
        except (UnicodeDecodeError, InputError):
            pass
    return decode_bytes(data)


def decode_bytes(data: bytes) -> Program:
    """The program that the generator makes with these bytes for random numbers."""
    dice = Dice(data)
    sketch = DicedSketch(dice)
    jail_max = sketch.pick(JAIL_MAXES)
    while dice.left():
        sketch.pick(TABLE)(sketch)
    return Program(NAME, tuple(sketch.calls), jail_max)


class DicedSketch(Sketch):
    """A sketch with the same mix of ops, flags and parameters for all programs.

    The engine that chooses the bytes makes its own mix.
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
    """An op that the driver refuses."""
    s.calls.append(Malformed("null"))


def table() -> list[Callable[[Sketch], None]]:
    """The ops that a first byte chooses from; those that the generator favours are there often."""
    often = [op for op, weight in OPS.items() for _ in range(ceil(weight / 3))]
    return [*often, wish_list, malformed]


TABLE = table()
