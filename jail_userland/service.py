"""`service jail`: the script that starts and stops the jails of a system.

It follows libexec/rc/rc.d/jail and rc.subr of 14 and of a later copy, which are alike.  Nothing was
recorded, so this is argued, not confirmed.  Two things are not modelled: the old jail_NAME_*
variables, which form a configuration of their own, and the order in which parallel starts finish.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from jail_kernel.call import kernel_bytes, user_text
from jail_userland.deltas import Release
from jail_userland.files import SystemFailure
from jail_userland.host import Host
from jail_userland.program import Outcome, run_program

RC_CONF = ("/etc/rc.conf", "/etc/rc.conf.local")
JAIL_CONF = "/etc/jail.conf"
YES = ("yes", "true", "on", "1")
VERBS = ("start", "stop", "restart", "status")
USAGE = (
    "Usage: /etc/rc.d/jail [fast|force|one|quiet](start|stop|restart|rcvar|enable|disable|delete|"
    "enabled|describe|extracommands|config|console|status)\n"
)


class ServiceError(Exception):
    """The script is asked for something that is not modelled."""


@dataclass(frozen=True, slots=True)
class RcConf:
    """The variables of rc.conf(5) that the script looks at."""

    enable: bool = False
    conf: str = JAIL_CONF
    jails: tuple[str, ...] = ()  # jail_list; empty: all jails of the file
    flags: tuple[str, ...] = ()
    parallel_start: bool = False
    reverse_stop: bool = False

    @classmethod
    def of(cls, host: Host) -> "RcConf":
        """Read the host's files.

        :raises ServiceError: if they configure a jail themselves.
        """
        found: dict[str, str] = {}
        for path in RC_CONF:
            try:
                found |= assignments(host.files.read(path))
            except SystemFailure:
                continue
        for name in found:
            if re.fullmatch(r"jail_\w+_(rootdir|hostname)", name):
                raise ServiceError(f"{name}: jails that rc.conf itself describes are not modelled")
        return cls(
            enable=is_yes(found.get("jail_enable", "NO")),
            conf=found.get("jail_conf", JAIL_CONF),
            jails=tuple(found.get("jail_list", "").split()),
            flags=tuple(found.get("jail_flags", "").split()),
            parallel_start=is_yes(found.get("jail_parallel_start", "NO")),
            reverse_stop=is_yes(found.get("jail_reverse_stop", "NO")),
        )


def assignments(text: str) -> dict[str, str]:
    """The variables that a file sets literally; the last assignment counts."""
    found = {}
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            continue  # A continued line; the variables of jails do not need these.
        for word in words:
            name, equals, value = word.partition("=")
            if equals and name.isidentifier():
                found[name] = value
    return found


def is_yes(value: str) -> bool:
    """checkyesno."""
    return value.lower() in YES


def run_service(host: Host, release: Release, argv: Sequence[str]) -> Outcome:
    """`service jail VERB [jail ...]`; its exit status does not depend on the jails.

    :raises KeyError: if it is another service.
    :raises ServiceError: if rc.conf uses something that is not modelled.
    """
    if tuple(argv[1:2]) != ("jail",):
        raise KeyError(" ".join(argv[:2]))
    script = Script(host, release, RcConf.of(host))
    verb = argv[2] if len(argv) > 2 else ""
    bare = re.sub("^(fast|force|one|quiet)", "", verb)
    if bare not in VERBS:
        return Outcome("", USAGE, 1)
    script.do(verb, bare, [kernel_bytes(word) for word in argv[3:]])
    return Outcome("".join(script.out), "".join(script.err), 0)


class Script:
    """One run of the script."""

    def __init__(self, host: Host, release: Release, conf: RcConf) -> None:
        self.host = host
        self.release = release
        self.conf = conf
        self.out: list[str] = []
        self.err: list[str] = []

    def do(self, verb: str, bare: str, named: list[str]) -> None:
        """Perform one verb for the named jails, else for those of jail_list, else for all."""
        if not self.conf.enable and not verb.startswith(("one", "force")):
            self.out.append(
                f"Cannot '{verb}' jail. Set jail_enable to YES in /etc/rc.conf or use "
                f"'one{verb}' instead of '{verb}'.\n"
            )
            return
        jails = named or list(self.conf.jails)
        reverse = self.conf.reverse_stop and not named
        if bare == "status":
            self.out.append(self.program("jls", "-N").stdout)
        if bare in ("stop", "restart"):
            self.stop(jails, reverse=reverse)
        if bare in ("start", "restart"):
            self.start(jails)

    def program(self, *argv: str) -> Outcome:
        """Run a program; the words are byte strings."""
        return run_program(self.host, self.release, [user_text(word) for word in argv])

    def is_running(self, name: str) -> bool:
        """Whether jls(8) finds a jail."""
        return self.program("jls", "-j", name).exit == 0

    def start(self, jails: list[str]) -> None:
        """jail_start: one after the other, or with one jail(8) for all."""
        self.out.append("Starting jails:")
        if not jails:
            self.start_all()
        for jail in jails:
            name = jail.replace("/", "_").replace(".", "_")
            conf = self.conf_of(name)
            if conf is None:
                continue
            done = self.program("jail", *self.conf.flags, "-i", "-f", conf, "-c", name)
            if done.exit == 0:
                self.out.append(f" {name}")
                self.note(name, self.program("jls", "-j", name, "jid").stdout)
            else:
                self.out.append(f' cannot start jail  "{name}": \n{done.stdout}{done.stderr}')
        self.out.append(".\n")

    def start_all(self) -> None:
        """Start all jails of the file, in parallel if that is configured."""
        one = () if self.conf.parallel_start else ("-p1",)
        done = self.program("jail", *self.conf.flags, "-f", self.conf.conf, "-c", *one)
        if done.exit != 0:
            self.out.append(done.stdout + done.stderr)
            return
        for line in self.program("jls", "jid", "name").stdout.splitlines():
            jid, _, name = line.partition(" ")
            self.out.append(f" {name}")
            self.note(name, f"{jid}\n")

    def stop(self, jails: list[str], *, reverse: bool) -> None:
        """jail_stop: stop running jails in the order of the list or of jls(8), or in reverse."""
        self.out.append("Stopping jails:")
        every = not jails
        names = self.program("jls", "name").stdout.splitlines() if every else list(jails)
        for jail in reversed(names) if reverse else names:
            name = jail if every else jail.replace("/", "_").replace(".", "_")
            conf = self.conf.conf if every else self.conf_of(name)
            if conf is None or (not every and not self.is_running(name)):
                continue
            self.out.append(f" {name}")
            flags = self.conf.flags if every else ("-q",)
            done = self.program("jail", *flags, "-f", conf, "-r", name)
            if self.is_running(name):
                self.out.append(done.stdout + done.stderr)
            else:
                self.host.files.files.pop(id_file(name), None)
        self.out.append(".\n")

    def conf_of(self, name: str) -> str | None:
        """The file that describes a jail: its own, else the common one."""
        for path in (f"/etc/jail.{name}.conf", f"/etc/jail.conf.d/{name}.conf", self.conf.conf):
            if self.host.files.absolute(path) in self.host.files.files:
                return path
        self.err.append(
            f"/etc/rc.d/jail: WARNING: Invalid configuration for {name}  "
            f"(no jail.conf, no hostname, or no path).   Jail {name} was ignored.\n"
        )
        return None

    def note(self, name: str, text: str) -> None:
        """The jid of a jail, in a file."""
        self.host.files.files[id_file(name)] = text


def id_file(name: str) -> str:
    """The file that holds the jid of a jail."""
    return f"/var/run/jail_{name}.id"
