"""Hypothesis strategies and a state machine, for one's own tests."""
