"""Impact: what changes from FreeBSD 14 to 15 for one configuration, in its own commands.

reading/ says what a configuration asks for.  lifecycle_runs/ derives lifecycles, runs each on
every pair of userland and kernel, and finds the steps that do not look alike.  describe/ says what
such a step is, why, and what to write instead, and runs every suggestion, too.  analyze.py does all
of it; outputs/ shows the result.  Nothing of a configuration is ever executed.
"""
