"""How often Python looks for garbage that holds itself."""

import gc

OBJECTS = 100_000  # made and kept between two looks; Python's own 700 are ten programs of ours


def look_rarely() -> None:
    """Look less often: kernels hold themselves, but only a few are there at a time.

    A look at every 700 objects takes a tenth of the time of a campaign.
    """
    gc.set_threshold(OBJECTS)
