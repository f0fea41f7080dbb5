"""The ways in which an impact is shown."""
