"""What was found, kept as classes: known or new, told as a story, reported."""
