"""What is wrong with a recorded kernel, and by what it is seen."""
