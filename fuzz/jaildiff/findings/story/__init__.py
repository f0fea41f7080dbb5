"""One finding told in plain sentences, and what the words in them mean."""
