"""Telling: what a difference is, why, since when, and what to write instead."""
