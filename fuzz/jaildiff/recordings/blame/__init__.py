"""What is wrong with a recorded kernel, and what shows it."""
