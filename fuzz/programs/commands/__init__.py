"""Commands in programs: how they are written, and the host around a kernel on which they run."""
