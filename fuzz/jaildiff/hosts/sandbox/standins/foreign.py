"""Programs of FreeBSD that have no stand-in: they fail and say so."""

from jail_userland.process import Process
from jaildiff.hosts.sandbox.host import RealHost

FOREIGN = (
    "bectl",
    "bhyve",
    "bsdinstall",
    "bsdtar",
    "camcontrol",
    "cpuset",
    "devfs",
    "freebsd-update",
    "fstat",
    "geom",
    "gpart",
    "ipfw",
    "jng",
    "kenv",
    "kldload",
    "kldstat",
    "kldunload",
    "mdconfig",
    "ngctl",
    "pfctl",
    "pkg",
    "pkg-static",
    "portsnap",
    "procstat",
    "pw",
    "rctl",
    "sockstat",
    "sysrc",
    "truss",
    "zfs",
    "zpool",
)
NOT_FOUND = 127


def foreign(_host: RealHost, proc: Process, _argv: list[str]) -> int:
    """Say so."""
    proc.warnx("not found: a program of FreeBSD for which the sandbox has no stand-in")
    return NOT_FOUND
