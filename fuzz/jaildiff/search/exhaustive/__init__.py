"""Search every program of a small universe."""
