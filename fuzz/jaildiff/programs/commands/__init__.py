"""Commands in programs: their two written forms, and the simulated host on which they run."""
