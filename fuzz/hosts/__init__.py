"""The host that the commands of programs run on: its files, its clock, its processes."""
