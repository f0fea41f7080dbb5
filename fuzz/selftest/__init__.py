"""Is the harness itself right?  Seeded faults and weakened rules must be found and named."""
