"""The rulebook of legacy against new."""
