"""Speeds, compared in one run."""
