"""Shorten programs that must still show the same thing."""
