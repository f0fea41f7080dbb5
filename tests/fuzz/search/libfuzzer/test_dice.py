from jaildiff.search.libfuzzer.dice import Dice


def test_dice_are_the_bytes_and_then_no_more() -> None:
    """A byte is a number below 1; behind the end `random` is high and `getrandbits` is zero."""
    dice = Dice(b"\x00\x80\x01\x02")
    assert (dice.random(), dice.random(), dice.left()) == (0.0, 0.5, True)
    assert (dice.getrandbits(12), dice.left()) == (0x201, False)
    assert (dice.random(), dice.getrandbits(9)) == (255 / 256, 0)
