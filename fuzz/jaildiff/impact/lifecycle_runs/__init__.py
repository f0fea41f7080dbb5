"""Trying: what is done with the jails of a configuration, on each pair of userland and kernel."""
