"""The fuzz loop: generate programs, run them, keep a witness of every class."""
