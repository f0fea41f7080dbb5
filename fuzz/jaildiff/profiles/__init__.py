"""The tools that manage jails: what they do, run on both releases."""
