"""How often Python looks for garbage that holds itself."""

import gc

OBJECTS = 30_000  # made and kept between two looks; Python's own 700 are ten programs of ours


def look_rarely() -> None:
    """Look less often, and never at what is there by now: modules and tables that stay.

    Kernels hold themselves, but only a few are there at a time.  A look at every 700 objects takes
    a tenth of the time of a campaign; with ten times as many as here, memory is too spread out.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS)
