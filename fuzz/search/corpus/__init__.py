"""Corpora: which programs are worth keeping."""
