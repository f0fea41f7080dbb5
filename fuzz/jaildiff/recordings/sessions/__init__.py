"""Sessions of jail(8), jls(8) and jexec(8): recordings of the real programs, and their replay."""
