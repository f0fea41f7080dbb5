"""Test a kernel against itself: a program and its twin must give corresponding answers."""
