"""What a difference is: intended, a bug or unexplained, and by which rule."""
