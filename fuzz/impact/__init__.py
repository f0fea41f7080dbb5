"""Impact: what changes from FreeBSD 14 to 15 for one configuration, in its own commands.

reading/ says what a configuration asks for.  trying/ derives lifecycles from it, runs each on every
pair of userland and kernel, and finds the steps that do not look alike. telling/ says what such a
step is, why, and what to write instead. It runs every suggestion, too.  survey.py does all of it in
one function; outputs/ shows the result.  Nothing of a configuration is ever executed.
"""
