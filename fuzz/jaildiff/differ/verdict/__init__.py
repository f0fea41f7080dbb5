"""Judge a difference: intended, a bug or unexplained, and by which rule."""
