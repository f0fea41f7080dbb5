"""jail(8), jls(8), jexec(8) and jail.conf(5) of FreeBSD 14 and 15, as a specification that runs.

jail_userland/host.py tells it what exists on the system.  The kernel is given to it as a function
that answers system calls; the userland knows no kernel itself.
"""

from jail_userland.deltas import Release
from jail_userland.host import Commands, Host
from jail_userland.program import Outcome
from jail_userland.shell import run

__all__ = ["Commands", "Host", "Outcome", "Release", "run"]
