"""jail(8), jls(8), jexec(8) and jail.conf(5) of FreeBSD 14 and 15, as a specification that runs.

jail_userland/host.py tells it what exists on the system.  The kernel is given to it as a function
that answers system calls; the userland knows no kernel itself.  jail_userland/shell.py runs a
command.
"""
