"""The command line and the terminal; no logic that a Python user would miss."""
