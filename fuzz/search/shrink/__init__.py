"""Shorter programs that still show the same."""
