"""Check the parameters of a jail and add what they imply. usr.sbin/jail/config.c."""

import socket

from jail_userland.conf.jails import JF, CfJail
from jail_userland.conf.params import (
    IP4_IFADDR,
    IP6_IFADDR,
    MOUNT_FROM_FSTAB,
    PF,
    bool_param,
    string_param,
)
from jail_userland.files import SystemFailure
from jail_userland.jail.run import Run
from jail_userland.libc import c_string, strerror, strtol
from jail_userland.libjail import JailError, jailparam_import, jailparam_init

IFADDR = {"ip4.addr": IP4_IFADDR, "ip6.addr": IP6_IFADDR}


def check_intparams(run: Run, j: CfJail) -> bool:
    """Check the parameters that jail(8) looks at itself, and derive some from others.

    All errors are reported.
    """
    good = check_formats(run, j)
    good = look_up_hostname(run, j) and good
    split_addresses(run, j)
    good = read_fstabs(run, j) and good
    if not good:
        run.failed(j)
    return good


def check_formats(run: Run, j: CfJail) -> bool:
    """Booleans and integers."""
    good = True
    for param in j.params:
        if not param.val:
            continue
        value = param.val[-1].s
        _, end = strtol(value)
        if param.flags & PF.BOOL:
            if value.lower() not in ("false", "true") and end != len(value):
                run.warnx(j, f'{param.name}: unknown boolean value "{value}"')
                good = False
        elif param.flags & PF.INT and (end == 0 or end != len(value)):
            run.warnx(j, f'{param.name}: non-integer value "{value}"')
            good = False
    return good


def look_up_hostname(run: Run, j: CfJail) -> bool:
    """ip_hostname: the jail gets the addresses of its hostname."""
    hostname = string_param(j.intparams.get("host.hostname"))
    wanted = j.flags & JF.OP_MASK != JF.STOP or "interface" in j.intparams
    if not wanted or not bool_param(j.intparams.get("ip_hostname")) or hostname is None:
        return True
    del j.intparams["ip_hostname"]
    addresses = getaddrinfo(run, hostname)
    if not addresses:
        run.warnx(j, f"host.hostname {hostname}: Name does not resolve")
        return False
    for address in addresses:
        run.jails.add_internal(j, "ip6.addr" if ":" in address else "ip4.addr", address)
    return True


def getaddrinfo(run: Run, hostname: str) -> tuple[str, ...]:
    """The addresses of a hostname; an address stands for itself."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return (socket.inet_ntop(family, socket.inet_pton(family, hostname)),)
        except (OSError, ValueError):
            continue
    return tuple(run.proc.host.addresses.get(hostname, ()))


def split_addresses(run: Run, j: CfJail) -> None:
    """Addresses with an interface go to ifconfig(8) unchanged, and to the kernel without extras."""
    default = string_param(j.intparams.get("interface")) is not None
    for key, command in IFADDR.items():
        param = j.intparams.get(key)
        for string in param.val if param is not None else ():
            if "|" in string.s or default:
                run.jails.add_internal(j, command, string.s)
            _, bar, rest = string.s.partition("|")
            bare = rest if bar else string.s
            string.s = bare.partition("/")[0].partition(" ")[0]


def read_fstabs(run: Run, j: CfJail) -> bool:
    """mount.fstab: each line is a mount."""
    param = j.intparams.get("mount.fstab")
    good = True
    for string in param.val if param is not None else ():
        if not string.s:
            continue
        try:
            text = run.proc.host.files.read(string.s)
        except SystemFailure as failure:
            if failure.errno == "EISDIR":  # It can be opened but seems empty.
                continue
            run.warnx(j, f"mount.fstab: {string.s}: {strerror(failure.errno)}")
            good = False
            continue
        for line in text.removesuffix("\n").split("\n") if text else ():
            run.jails.add_internal(j, MOUNT_FROM_FSTAB, c_string(line.partition("#")[0]))
    return good


def import_params(run: Run, j: CfJail) -> bool:
    """Convert the parameters for the kernel.  All errors are reported.

    Of several values for a parameter that takes one, the last counts.
    """
    good = True
    j.jp = []
    for param in j.params:
        if param.flags & PF.INTERNAL:
            continue
        try:
            jp = jailparam_init(run.proc, param.name)
            value = None
            if param.val:
                value = param.val[-1].s
                if jp.array:
                    value = ",".join(string.s for string in param.val)
            j.jp.append(jp)
            jailparam_import(jp, value)
        except JailError as error:
            run.warnx(j, error.errmsg)
            good = False
    if not good:
        j.jp = []
        run.failed(j)
    return good
