"""jail(8), jls(8), jexec(8) and jail.conf(5) of FreeBSD 14 and 15, as a specification that runs.

It is told what there is (userland/host.py) and is given a kernel as a function that answers
system calls; it knows none itself.
"""

from userland.deltas import Release
from userland.host import Commands, Host
from userland.program import Outcome
from userland.shell import run

__all__ = ["Commands", "Host", "Outcome", "Release", "run"]
