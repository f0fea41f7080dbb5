"""Test the harness itself: it must find and name seeded faults in the kernels and in the rules."""
