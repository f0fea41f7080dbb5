"""Hosts for programs that are not modelled: a sandbox whose jails are those of a model."""
