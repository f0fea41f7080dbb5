"""The Atheris target, with its seeds and its dictionary."""
