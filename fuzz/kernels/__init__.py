"""Which kernels there are, what must hold inside each of them, and edited copies of them."""
