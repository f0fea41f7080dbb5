"""One finding told in plain sentences."""
