"""Shell scripts on a model of the kernel: jail(8) and its relatives, answered over a socket."""
