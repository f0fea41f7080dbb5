"""Jails and the collection of their parameters. usr.sbin/jail/jailp.h and config.c."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag

from jail_userland.conf.params import (
    CONVERTED,
    INTPARAMS,
    INTPARAMS_15,
    PF,
    CfParam,
    CfString,
    same_options,
)
from jail_userland.deltas import Release
from jail_userland.libjail import JailParam
from jail_userland.process import Process


class JF(IntFlag):
    """Flags of a jail: what to do, and how far that has got."""

    START = 0x0001  # -c
    SET = 0x0002  # -m
    STOP = 0x0004  # -r
    DEPEND = 0x0008  # required by a dependency only
    WILD = 0x0010  # not named on the command line
    FAILED = 0x0020
    PARAMS = 0x0040  # parameters checked and imported
    RDTUN = 0x0080  # create-only parameters checked
    PERSIST = 0x0100  # temporarily persistent
    TIMEOUT = 0x0200  # a command, or the wait for killed processes, took too long
    SLEEPQ = 0x0400  # waiting for a command
    FROM_RUNQ = 0x0800  # has been on the run queue

    OP_MASK = START | SET | STOP
    RESTART = START | STOP
    START_SET = START | SET
    SET_RESTART = SET | STOP
    START_SET_RESTART = START | SET | STOP


JF_NONE = JF(0)


def do_stop(flags: JF) -> bool:
    """Whether dependencies are followed backwards."""
    return flags & (JF.SET | JF.STOP) == JF.STOP


@dataclass(slots=True, eq=False)
class CfDepend:
    """A jail that depends on another one."""

    from_: "CfJail"
    to: "CfJail"
    light: bool  # implied, and only on the other's existence
    seen: bool = False  # has been followed


@dataclass(slots=True, eq=False)
class CfJail:
    """A jail of the file or of the command line, and how far jail(8) has got with it.

    struct cfjail (usr.sbin/jail/jailp.h).
    """

    queue: "list[CfJail]"
    name: str | None = None
    params: list[CfParam] = field(default_factory=list)
    by_name: dict[str, CfParam] = field(default_factory=dict)  # params but the converted ones
    intparams: dict[str, CfParam] = field(default_factory=dict)
    dep_from: list[CfDepend] = field(default_factory=list)  # what it depends on
    dep_to: list[CfDepend] = field(default_factory=list)  # what depends on it
    flags: JF = JF_NONE
    jid: int = 0  # -1: it does not run; 0: not known yet
    stopped_jid: int = 0  # the one that it had until it was stopped
    seq: int = 0
    ndeps: int = 0
    nprocs: int = 0
    jp: list[JailParam] = field(default_factory=list)
    commands: tuple[str, ...] | None = None  # what is to be run
    command: int = 0  # which of them is being run (comparam)
    string: int | None = None  # which of its values (comstring)
    comline: str = ""
    timeout: int | None = None  # the deadline of the present command
    pstatus: int | str = 0

    def find(self, name: str) -> CfParam | None:
        """The first parameter that is the option of this name."""
        found = [self.by_name[same] for same in same_options(name) if same in self.by_name]
        if len(found) > 1:
            return min(found, key=self.params.index)
        return found[0] if found else None

    def message(self, text: str) -> str:
        """A message about this jail."""
        return text if self.name is None else f"{self.name}: {text}"

    def warnx(self, proc: Process, text: str) -> None:
        """A warning about this jail.  jail_warnx()."""
        proc.warnx(self.message(text))

    def note(self, proc: Process, text: str) -> None:
        """A notice about this jail. jail_note()."""
        proc.print(self.message(text))


def intparams(release: Release) -> Mapping[str, PF]:
    """The parameters that jail(8) looks at itself."""
    return INTPARAMS if release < Release.R15 else INTPARAMS_15


@dataclass(slots=True)
class Jails:
    """All jails, and what adds to them."""

    proc: Process
    cfjails: list[CfJail] = field(default_factory=list)

    def add_jail(self, name: str | None = None) -> CfJail:
        """A new jail, the last one."""
        jail = CfJail(self.cfjails, name)
        self.cfjails.append(jail)
        return jail

    def anonymous(self) -> CfJail:
        """The jail of the command line."""
        return self.cfjails[-1] if self.cfjails else self.add_jail()

    def add_word(self, j: CfJail, word: str) -> None:
        """A parameter from the command line: name, or name=value."""
        name, equals, value = word.partition("=")
        self.add(j, name, PF.APPEND, [CfString(value)] if equals else [])

    def add_internal(self, j: CfJail, key: str, value: str | None) -> None:
        """A value for one of the parameters that jail(8) looks at itself."""
        strings = [] if value is None else [CfString(value)]
        name = CONVERTED.get(key, key)
        flags = PF.APPEND | (
            PF.INTERNAL | PF.CONV | PF.REV
            if key in CONVERTED
            else intparams(self.proc.release)[key]
        )
        param = j.intparams.get(key)
        if param is not None:
            self.change(j, param, name, flags, strings)
            return
        param = CfParam(name, flags, strings)
        j.params.append(param)
        if key not in CONVERTED:
            j.by_name[name] = param
        j.intparams[key] = param

    def add_param(self, j: CfJail, param: CfParam) -> None:
        """A parameter of the file."""
        self.add(j, param.name, param.flags, [string.copy() for string in param.val])

    def add(self, j: CfJail, name: str, flags: PF, strings: list[CfString]) -> None:
        """Append to an existing parameter, replace its value, or make a new one."""
        param = j.find(name)
        if param is not None:
            self.change(j, param, name, flags, strings)
            return
        param = j.by_name[name] = CfParam(name, flags, strings)
        j.params.append(param)
        known = intparams(self.proc.release)
        key = next((same for same in same_options(name) if same in known), None)
        if key is None:
            return
        if flags & PF.VAR:
            self.same_name(j, name)
            return
        j.intparams[key] = param
        param.flags |= known[key]

    def change(
        self, j: CfJail, param: CfParam, name: str, flags: PF, strings: list[CfString]
    ) -> None:
        """Append to a parameter or replace its value; it keeps its place."""
        if (flags ^ param.flags) & PF.VAR:
            self.same_name(j, name)
            return
        if param.flags & PF.IMMUTABLE:
            j.warnx(self.proc, f'cannot redefine parameter "{param.name}".')
            j.flags |= JF.FAILED
            return
        if param.name != name and not param.flags & PF.CONV:
            del j.by_name[param.name]
            j.by_name[name] = param
        param.name = name
        if not flags & PF.APPEND or not strings:
            param.val = []
        param.val = param.val + strings
        param.flags |= flags

    def same_name(self, j: CfJail, name: str) -> None:
        """A variable called like a parameter."""
        j.warnx(self.proc, f'variable "${name}" cannot have the same name as a parameter.')
        j.flags |= JF.FAILED
