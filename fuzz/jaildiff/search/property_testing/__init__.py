"""Hypothesis strategies and a state machine, for your own tests."""

from jaildiff.support.extras import needs

with needs("hypothesis"):
    import hypothesis as hypothesis  # If it is missing, the error names it.
