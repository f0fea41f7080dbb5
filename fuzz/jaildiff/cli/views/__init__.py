"""The output of the larger commands for people."""
