"""Stand-ins for programs of FreeBSD other than jail(8), jls(8), jexec(8) and service(8)."""

from jaildiff.hosts.sandbox.standins.foreign import FOREIGN, foreign
from jaildiff.hosts.sandbox.standins.hold import drop, hold
from jaildiff.hosts.sandbox.standins.ifconfig import ifconfig
from jaildiff.hosts.sandbox.standins.jailcall import jailcall
from jaildiff.hosts.sandbox.standins.mount import MOUNT_PROGRAMS, mount, umount
from jaildiff.hosts.sandbox.standins.pgrep import kill, pgrep, pkill
from jaildiff.hosts.sandbox.standins.ps import ps
from jaildiff.hosts.sandbox.standins.standin import StandIn
from jaildiff.hosts.sandbox.standins.sysctl import freebsd_version, sysctl, uname

__all__ = ["STANDINS"]

STANDINS: dict[str, StandIn] = {
    "ps": ps,
    "pgrep": pgrep,
    "pkill": pkill,
    "kill": kill,
    "sysctl": sysctl,
    "uname": uname,
    "freebsd-version": freebsd_version,
    **dict.fromkeys(("mount", *MOUNT_PROGRAMS), mount),
    "umount": umount,
    "ifconfig": ifconfig,
    "jaildiff-hold": hold,
    "jaildiff-drop": drop,
    "jailcall": jailcall,
    **dict.fromkeys(FOREIGN, foreign),
}
