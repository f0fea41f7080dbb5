"""Recording a real kernel.

These modules need Python 3.9 and nothing else, so that `bundle` can make one file of them that runs
on any FreeBSD machine.
"""
