"""The words of each command.  usr.sbin/jail/command.c, run_command()."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jail_userland.conf.jails import JF, CfJail
from jail_userland.conf.params import (
    IP4_IFADDR,
    IP6_IFADDR,
    MOUNT_FROM_FSTAB,
    CfString,
    string_param,
)
from jail_userland.jail.paths import check_path
from jail_userland.jail.run import Run
from jail_userland.libc import VisError, strtok, strunvis

IFCONFIG = "/sbin/ifconfig"
MOUNT = "/sbin/mount"
UMOUNT = "/sbin/umount"
SHELL = "/bin/sh"
SHELL_CHARS = "!\"$&'()*;<>?[\\]`{|}~"
DEVFS_RULESET = "4"  # devfsrules_jail


class CommandError(Exception):
    """A command could not even be started; that has been reported."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is to be run."""

    argv: list[str]
    background: bool = False


Strings = Sequence[str | None]


def up_to_null(words: Strings) -> list[str]:
    """Cut a list of arguments at its first null pointer."""
    found = []
    for word in words:
        if word is None:
            break
        found.append(word)
    return found


def command_words(run: Run, j: CfJail, key: str, string: CfString | None) -> Words:
    """The words of a command.  `string` is the value that it comes from.

    :raises CommandError: if it cannot be run.
    """
    build = BUILD.get(key)
    if build is not None:
        assert string is not None or key in FILE_SYSTEMS
        return Words(build(run, j, key, "" if string is None else string.s))
    if key == "command" and j.name is None:
        return Words([value.s for value in j.intparams[key].val])
    assert string is not None
    return shell_words(string)


def down(j: CfJail) -> bool:
    """Whether the command undoes what was set up."""
    return bool(j.flags & (JF.STOP | JF.FAILED))


def shell_words(string: CfString) -> Words:
    """A command of the user, run by sh(1) if it has anything that only sh understands.

    One "&" at the end is removed for good, and means that jail(8) does not wait.
    """
    special = next((at for at, char in enumerate(string.s) if char in SHELL_CHARS), None)
    if special is None:
        return Words(strtok(string.s))
    if string.s[special:] == "&":
        string.s = string.s[:special]
        return Words(strtok(string.s), background=True)
    return Words([SHELL, "-c", string.s])


# NETWORK


def ip4_ifaddr(_run: Run, j: CfJail, _key: str, value: str) -> list[str]:
    """ifconfig(8) for an address: interface|address/netmask, and further words."""
    interface, addr, extra = split_address(j, value)
    bare, slash, mask = addr.partition("/")
    words: list[str | None] = [IFCONFIG, interface, "inet"]
    if not slash:
        words += [addr, "netmask", "255.255.255.255"]
    elif "." in mask:
        words += [bare, "netmask", mask]
    else:
        words += [addr]
    return up_to_null([*words, *extra, "-alias" if down(j) else "alias"])


def ip6_ifaddr(_run: Run, j: CfJail, _key: str, value: str) -> list[str]:
    """ifconfig(8) for an IPv6 address."""
    interface, addr, extra = split_address(j, value)  # [15: U4]
    words: list[str | None] = [IFCONFIG, interface, "inet6", addr]
    if "/" not in addr:
        words += ["prefixlen", "128"]
    return up_to_null([*words, *extra, "-alias" if down(j) else "alias"])


def split_address(j: CfJail, value: str) -> tuple[str | None, str, list[str]]:
    """Interface, address and, when the address is added, further words.

    A blank at the very end does not separate.
    """
    space = value.find(" ")
    extra: list[str] = []
    if 0 <= space < len(value) - 1:
        value, extra = value[:space], strtok(value[space + 1 :], " ")
    interface, bar, addr = value.partition("|")
    if not bar:
        return string_param(j.intparams.get("interface")), value, [] if down(j) else extra
    return interface, addr, [] if down(j) else extra


def vnet_interface(_run: Run, j: CfJail, _key: str, value: str) -> list[str]:
    """ifconfig(8) that moves an interface into the jail, or back."""
    return up_to_null([IFCONFIG, value, "-vnet" if down(j) else "vnet", jid_or_name(j)])


def jid_or_name(j: CfJail) -> str | None:
    """The jail as commands name it."""
    jid = string_param(j.intparams.get("jid"))
    return jid if jid is not None else string_param(j.intparams.get("name"))


# FILE SYSTEMS


def mount(run: Run, j: CfJail, key: str, value: str) -> list[str]:
    """mount(8) or umount(8) for a line of fstab(5)."""
    pname = j.intparams[key].name
    words = strtok(value)[:4]
    try:
        words[:2] = map(strunvis, words[:2])
    except VisError:
        run.warnx(j, f"{pname}: {value}: fstab parse error")
        raise CommandError from None
    if not words:
        return []
    if len(words) < 3:
        run.warnx(j, f"{pname}: {value}: missing information")
        raise CommandError
    device, point, kind, *options = words
    if not check_path(run, j, pname, point, umount_type=kind if down(j) else None):
        raise CommandError
    if down(j):
        return [UMOUNT, "-t", kind, point]
    return [MOUNT, "-t", kind, *(["-o", options[0]] if options else []), device, point]


FILE_SYSTEMS = {
    "mount.devfs": ("devfs", "/dev"),
    "mount.fdescfs": ("fdescfs", "/dev/fd"),
    "mount.procfs": ("procfs", "/proc"),
}


def mount_special(run: Run, j: CfJail, key: str, _value: str) -> list[str]:
    """mount(8) or umount(8) for a file system that every jail has at the same place."""
    kind, below = FILE_SYSTEMS[key]
    path = string_param(j.intparams.get("path"))
    if path is None:
        run.warnx(j, f"{key}: no jail root path defined")
        raise CommandError
    point = path + below
    if not check_path(run, j, key, point, umount_type=kind if down(j) else None):
        raise CommandError
    if down(j):
        return [UMOUNT, point]
    options = []
    if kind == "devfs":
        ruleset = string_param(j.intparams.get("devfs_ruleset"))
        options = [f"-oruleset={DEVFS_RULESET if ruleset is None else ruleset}"]
    return [MOUNT, "-t", kind, *options, ".", point]


def zfs_dataset(_run: Run, j: CfJail, _key: str, dataset: str) -> list[str]:
    """zfs(8) that hands a dataset to the jail.  [15: U3]."""
    jail = jid_or_name(j)
    return [
        SHELL,
        "-c",
        (
            f"if [ $(/sbin/zfs get -H -o value jailed {dataset}) = on ]; "
            f"then /sbin/zfs jail {jail} {dataset} "
            f"|| echo error, attaching {dataset} to jail {jail} failed; "
            f"else echo error, you need to set jailed=on for dataset {dataset}; fi"
        ),
    ]


BUILD: dict[str, Callable[[Run, CfJail, str, str], list[str]]] = {
    IP4_IFADDR: ip4_ifaddr,
    IP6_IFADDR: ip6_ifaddr,
    "vnet.interface": vnet_interface,
    "mount": mount,
    MOUNT_FROM_FSTAB: mount,
    **dict.fromkeys(FILE_SYSTEMS, mount_special),
    "zfs.dataset": zfs_dataset,
}
