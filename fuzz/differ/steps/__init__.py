"""One call on both kernels: what differs after it, and what both make of it from one state."""
