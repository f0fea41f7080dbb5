"""Measure speeds; compare only what was measured in the same run."""
