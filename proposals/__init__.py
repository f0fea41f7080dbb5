"""The designs of review D28150 that did not land, as kernels: each a package of its own.

Nothing of them was ever built, so no recording speaks for them: what they do is argued, from what
the review says and, where it says nothing, from a decision.  The docstring of each package lists
its decisions.  A call to which a design has no answer is undefined by it, and ends the program.
"""
