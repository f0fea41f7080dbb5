"""Impact: what changes from FreeBSD 14 to 15 for one configuration, in its own commands.

reading/ says what a configuration asks for.  trying/ derives lifecycles from it, runs each on every
pair of userland and kernel, and finds the steps that do not look alike.  telling/ says what such a
step is, why, and what to write instead, which it runs as well.  survey.py is all of it in one
function; outputs/ shows it.  Nothing of a configuration is ever executed.
"""
