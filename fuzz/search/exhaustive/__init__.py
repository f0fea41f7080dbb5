"""Every program of a small universe."""
