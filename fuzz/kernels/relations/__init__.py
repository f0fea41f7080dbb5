"""A kernel held against itself: a program and its twin must answer alike."""
