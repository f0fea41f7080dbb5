"""Run one program on two kernels side by side: find what differs and which step caused it."""
