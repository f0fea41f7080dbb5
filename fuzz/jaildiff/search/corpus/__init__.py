"""Decide which programs of a corpus are worth keeping."""
