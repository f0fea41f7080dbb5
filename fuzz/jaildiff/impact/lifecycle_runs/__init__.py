"""Lifecycle runs: what is done with the jails, on each pair of userland and kernel."""
