"""Make programs from a seed, or by changing other programs."""
