"""One call on both kernels: what differs after it, and whether it would from equal states."""
