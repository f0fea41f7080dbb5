"""The main job: generate programs, run them, keep a witness of every class."""
