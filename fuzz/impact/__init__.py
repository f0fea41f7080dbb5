"""Impact: what changes from FreeBSD 14 to 15 for one configuration, in its own commands.

reading/ says what a configuration asks for; lifecycles what is tried with it; running and comparing
try it on each pair of userland and kernel; judging, remedies and telling say what differs, why, and
what to write instead; outputs/ shows it.  Nothing of a configuration is ever executed.
"""
