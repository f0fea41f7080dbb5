"""sysctl(8), uname(1), freebsd-version(1): they answer what scripts ask about the system."""

import os
import socket

from jail_userland.param_types import PARAM_TYPES
from jail_userland.process import Process
from jaildiff.hosts.sandbox.host import RealHost
from jaildiff.hosts.sandbox.standins.standin import options

SYSCTL_USAGE = "usage: sysctl [-ehiNnqx] name[=value] ...\n       sysctl [-ehNnqx] -a\n"
UNAME_USAGE = "usage: uname [-abiKmnoprsUv]\n"
RELEASES = {14: ("14.3-RELEASE", 1403000), 15: ("15.0-RELEASE", 1500068)}
PARAM = "security.jail.param"


def values(host: RealHost, proc: Process) -> dict[str, str]:
    """What the system says of itself, by name."""
    release, osreldate = RELEASES[proc.release]
    prison = host.prison_of(proc.pid)
    jailed = prison is not host.site.world.kernel.prison0
    return {
        "hw.machine": "amd64",
        "hw.machine_arch": "amd64",
        "hw.ncpu": str(os.cpu_count() or 1),
        "kern.features.inet": "1",
        "kern.features.inet6": "1",
        "kern.features.vimage": "1",
        "kern.hostname": hostname(host, proc),
        "kern.osreldate": str(osreldate),
        "kern.osrelease": release,
        "kern.ostype": "FreeBSD",
        "kern.securelevel": str(prison.securelevel),
        "kern.version": f"FreeBSD {release} GENERIC",
        "kern.vm_guest": "none",
        "security.jail.children.cur": str(prison.childcount),
        "security.jail.children.max": str(prison.childmax),
        "security.jail.enforce_statfs": str(prison.enforce_statfs),
        "security.jail.jail_max_af_ips": "255",
        "security.jail.jailed": str(int(jailed)),
        "security.jail.vnet": "0",
        **{f"{PARAM}.{name}": str(kind.size) for name, kind in PARAM_TYPES.items()},
    }


def hostname(host: RealHost, proc: Process) -> str:
    """The hostname, of the host or of the jail."""
    prison = host.prison_of(proc.pid)
    name = str(prison.hostname)
    return name if prison is not host.site.world.kernel.prison0 and name else socket.gethostname()


def sysctl(host: RealHost, proc: Process, argv: list[str]) -> int:
    """Print values; none can be changed."""
    found, words = options(proc, argv, "AabdeFhiNnoqtTwWxX", SYSCTL_USAGE)
    flags = {option for option, _ in found}
    if "a" in flags:
        words = [""]
    if not words:
        proc.usage(SYSCTL_USAGE)
    known = values(host, proc)
    status = 0
    for word in words:
        name, equals, _ = word.partition("=")
        prefix = f"{name}." if name else ""
        below = [each for each in known if each == name or each.startswith(prefix)]
        if not below:
            if "i" not in flags:
                status = 1
            if not flags & {"i", "q"}:
                proc.warnx(f"unknown oid '{name}'")
        elif equals:
            proc.warnx(f"oid '{name}' is read only")
            status = 1
        for each in () if equals else below:
            proc.print(shown(each, known[each], flags))
    return status


def shown(name: str, value: str, flags: set[str]) -> str:
    """A line."""
    if "n" in flags:
        return f"{value}\n"
    if "N" in flags:
        return f"{name}\n"
    return f"{name}={value}\n" if "e" in flags else f"{name}: {value}\n"


def uname(host: RealHost, proc: Process, argv: list[str]) -> int:
    """Print what FreeBSD would say."""
    found, _ = options(proc, argv, "abiKmnoprsUv", UNAME_USAGE)
    release, osreldate = RELEASES[proc.release]
    texts = {
        "s": "FreeBSD",
        "n": hostname(host, proc),
        "r": release,
        "v": f"FreeBSD {release} GENERIC",
        "m": "amd64",
        "p": "amd64",
        "i": "GENERIC",
        "o": "FreeBSD",
        "K": str(osreldate),
        "U": str(osreldate),
        "b": "0" * 40,
    }
    flags = {option for option, _ in found} or {"s"}
    if "a" in flags:
        flags = set("snrvm")
    proc.print(" ".join(text for key, text in texts.items() if key in flags) + "\n")
    return 0


def freebsd_version(_host: RealHost, proc: Process, argv: list[str]) -> int:
    """Print the release, once for each that is asked for."""
    for _ in argv[1:] or ("-u",):
        proc.print(f"{RELEASES[proc.release][0]}\n")
    return 0
