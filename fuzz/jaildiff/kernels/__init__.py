"""The kernels, the invariants that hold inside each of them, and edited copies of them."""
