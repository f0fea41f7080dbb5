"""The installation in which a configuration is tried: files, directories and users that it names.

What a configuration needs is assumed to exist, and its commands are assumed to succeed.  Of what
exec.start starts, one process stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jail_kernel.call import Call, kernel_bytes
from jail_userland.files import Files
from jail_userland.host import Commands, User
from jail_userland.param_types import ParamType
from jaildiff.impact.acts import ToolCommand
from jaildiff.impact.reading.configuration import Configuration, ConfiguredJail
from jaildiff.impact.reading.rc_conf import RcText
from jaildiff.impact.source_location import SourceLocation
from jaildiff.programs.commands.machine import ADDRESSES, USERS, Machine

RC_CONF = "/etc/rc.conf"
FIRST_UID = 2000
STARTS = ("exec.start", "command", "exec.poststart")


@dataclass(frozen=True, slots=True)
class Installation:
    """What exists before the first command; texts are byte strings."""

    conf: str = ""  # the absolute path of the jail.conf; "": the commands need none
    files: Mapping[str, str] = field(default_factory=dict)
    dirs: tuple[str, ...] = ()
    users: tuple[User, ...] = USERS
    addresses: Mapping[str, Sequence[str]] = field(default_factory=lambda: ADDRESSES)
    leaves: Mapping[str, int] = field(default_factory=dict)  # processes that commands leave behind
    unmodelled: Mapping[str, ParamType] = field(default_factory=dict)
    flags: SourceLocation | None = None  # where rc.conf gives flags to jail(8)
    start: tuple[Call, ...] = ()  # how the running jails were made
    given: tuple[ToolCommand, ...] = ()  # what somebody else has done

    def files_with(self, others: Mapping[str, str] | None) -> Files:
        """The file system, with other texts in some of the files."""
        return Files.of({**self.files, **(others or {})}, self.dirs)

    def equip(self, machine: Machine) -> None:
        """Put this installation on a machine, except for the files."""
        host = machine.host
        host.users, host.addresses, host.unmodelled = self.users, self.addresses, self.unmodelled
        machine.commands = Commands(leaves=self.leaves)


def installation_of(
    found: Configuration, rc_conf: RcText, start: tuple[Call, ...] = ()
) -> Installation:
    """An installation in which a configuration can be tried."""
    dirs: dict[str, None] = {}
    files = dict(found.files)
    users = {user.name: user for user in USERS}
    addresses: dict[str, Sequence[str]] = dict(ADDRESSES)
    leaves: dict[str, int] = {}
    for number, jail in enumerate(found.jails):
        dirs.update(dict.fromkeys(directories(jail)))
        for fstab in jail.params.get("mount.fstab", ()):
            files.setdefault(kernel_bytes(fstab), "")
        for name in (jail.last("exec.jail_user"), jail.last("exec.system_user")):
            if name and kernel_bytes(name) not in users:
                byte_name = kernel_bytes(name)
                users[byte_name] = User(byte_name, FIRST_UID + number, "/home/admin", "/bin/sh")
        hostname = jail.last("host.hostname")
        if hostname and "ip_hostname" in jail.params:
            addresses.setdefault(kernel_bytes(hostname), (f"198.51.100.{number % 250 + 1}",))
        for text in (text for name in STARTS for text in jail.params.get(name, ())):
            leaves[kernel_bytes(text)] = 1
    files[RC_CONF] = f'{rc_conf.text}\njail_conf="{found.absolute}"\n'
    return Installation(
        conf=found.absolute,
        files=files,
        dirs=tuple(dirs),
        users=tuple(users.values()),
        addresses=addresses,
        leaves=leaves,
        unmodelled=found.unmodelled,
        flags=rc_conf.flags,
        start=start,
    )


def directories(jail: ConfiguredJail) -> list[str]:
    """The directories that must be there for a jail to start."""
    path = jail.last("path") or ""
    found = [path, *(f"{path}/{name}" for name in ("dev", "dev/fd", "proc", "new"))] if path else []
    for mount in jail.params.get("mount", ()):
        found += mount.split()[1:2]
    for log in jail.params.get("exec.consolelog", ()):
        found.append(log.rpartition("/")[0])
    return [kernel_bytes(name) for name in found if name.startswith("/")]
