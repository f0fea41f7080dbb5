"""Hypothesis strategies and a state machine, for one's own tests."""

from fuzz.support.extras import needs

with needs("hypothesis"):
    import hypothesis as hypothesis  # Missed here, it is missed by name.
