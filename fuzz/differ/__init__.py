"""Two kernels side by side on one program: what differs, and which step caused it."""
