"""The forms that a reproducer has: shell, ATF, pytest."""
