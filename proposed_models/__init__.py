"""The designs of review D28150 that did not land, as kernels, one package each.

They were never built, so there are no recordings of them.  The models follow what the review says;
where it says nothing, they follow a decision of ours.  The docstring of each package lists its
decisions.  A call to which a design defines no answer ends the program.
"""
