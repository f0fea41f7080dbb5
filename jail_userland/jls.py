"""jls(8).  usr.sbin/jls/jls.c."""

from dataclasses import dataclass, field
from enum import Flag, auto

from jail_kernel.call import JAIL_DYING
from jail_userland.deltas import Release
from jail_userland.libc import OptionError, getopt, int32, strtoul
from jail_userland.libjail import (
    JAIL_SYS_NEW,
    JailError,
    JailParam,
    jailparam_export,
    jailparam_get,
    jailparam_init,
    noname,
    nononame,
)
from jail_userland.param_types import PARAM_TYPES, Access
from jail_userland.process import Process
from jail_userland.xo import Xo

JLS_XO_VERSION = "2"
USAGE = "usage: jls [-dhNnqv] [-j jail] [param ...]"
LISTS = {"ip4.addr": ("ipv4_addrs", "ipv4_addr"), "ip6.addr": ("ipv6_addrs", "ipv6_addr")}
VERBOSE_PARAMS = (
    "jid",
    "host.hostname",
    "path",
    "name",
    "dying",
    "cpuset.id",
    "ip4.addr",
    "ip6.addr",
)


class Print(Flag):
    """What is printed."""

    DEFAULT = auto()
    HEADER = auto()
    NAMEVAL = auto()
    QUOTED = auto()
    SKIP = auto()
    VERBOSE = auto()
    JAIL_NAME = auto()


@dataclass(slots=True, eq=False)
class Column:
    """A parameter that is fetched, and printed if the user asked for it."""

    param: JailParam
    user: bool
    parent: "Column | None" = None  # the jailsys parameter that it belongs to


@dataclass(slots=True)
class Lister:
    """One run of jls(8)."""

    proc: Process
    xo: Xo
    pflags: Print = Print(0)  # noqa: RUF009  # flags do not change
    jflags: int = 0
    jid: int = 0
    jname: str | None = None
    checks: bool = False  # it only says whether the jail is there
    columns: list[Column] = field(default_factory=list)

    def take_option(self, option: str, argument: str) -> None:
        """Take one option; some options cancel others."""
        match option:
            case "a" | "d":
                self.jflags |= JAIL_DYING
            case "c":
                self.checks = True
            case "j":
                number, end = strtoul(argument)
                self.jid = int32(number) if end == len(argument) else 0
                if not self.jid:
                    self.jname = argument
            case "h":
                self.pflags = self.pflags & ~(Print.SKIP | Print.VERBOSE) | Print.HEADER
            case "N":
                self.pflags |= Print.JAIL_NAME
            case "n":
                self.pflags = self.pflags & ~Print.VERBOSE | Print.NAMEVAL
            case "q":
                self.pflags |= Print.QUOTED
            case "s":
                self.pflags &= ~(Print.HEADER | Print.VERBOSE)
                self.pflags |= Print.NAMEVAL | Print.QUOTED | Print.SKIP
            case "v":
                self.pflags &= ~(Print.HEADER | Print.NAMEVAL | Print.SKIP)
                self.pflags |= Print.VERBOSE

    # PARAMETERS

    def choose_columns(self, words: list[str]) -> None:
        """The parameters to print: those that are named, else what the options imply."""
        if words:
            self.pflags &= ~Print.VERBOSE
        elif self.pflags & (Print.HEADER | Print.NAMEVAL):
            words = ["all"]
        elif self.pflags & Print.VERBOSE:
            words = list(VERBOSE_PARAMS)
        else:
            self.pflags |= Print.DEFAULT
            first = "name" if self.pflags & Print.JAIL_NAME else "jid"
            words = [first, "ip4.addr", "host.hostname", "path"]
        for word in words:
            for name in sorted(PARAM_TYPES, key=sort_key) if word == "all" else (word,):
                self.add_param(name, user=True)
        if self.pflags & Print.SKIP:
            for column in list(self.columns):
                parent, dot, _ = column.param.name.partition(".")
                if dot:
                    column.parent = self.add_optional(parent)
        self.add_key()

    def add_param(self, name: str, *, user: bool) -> Column:
        """A parameter, unless it is there already.

        :raises ProgramExit: if there is no such parameter.
        """
        for column in self.columns:
            if column.param.name == name:
                column.user |= user
                return column
        try:
            column = Column(jailparam_init(self.proc, name), user)
        except JailError as error:
            self.xo.errx(error.errmsg)
        self.columns.append(column)
        return column

    def add_optional(self, name: str) -> Column | None:
        """A parameter that may not exist."""
        known = any(column.param.name == name for column in self.columns)
        if not known and name not in PARAM_TYPES:
            return None
        return self.add_param(name, user=False)

    def add_key(self) -> None:
        """The key for finding the jail."""
        if self.jid:
            self.add_param("jid", user=False).param.value = self.jid
        elif self.jname is not None:
            self.add_param("name", user=False).param.value = self.jname
        else:
            self.add_param("lastjid", user=False).param.value = 0

    def check(self, operands: list[str]) -> int:
        """Whether there is such a jail, as an exit status.

        :raises ProgramExit: if it is not said which jail, or something is to be printed as well.
        """
        if operands or not (self.jid or self.jname):
            self.xo.errx(USAGE)
        self.add_key()
        try:
            jailparam_get(self.proc, [column.param for column in self.columns], self.jflags)
        except JailError:
            return 1
        return 0

    # OUTPUT

    def print_header(self) -> None:
        """The header: one line, or more."""
        show = self.xo.display
        if self.pflags & Print.VERBOSE:
            show(f"   JID  Hostname{'':22}Path\n")
            show(f"{'':8}Name{'':26}State\n")
            show(f"{'':8}CPUSetID\n")
            show(f"{'':8}IP Address(es)\n")
        elif self.pflags & Print.DEFAULT and self.pflags & Print.JAIL_NAME:
            show(f" {'JID':15} {'IP Address':15} {'Hostname':29} Path\n")
        elif self.pflags & Print.DEFAULT:
            show(f"   JID  IP Address{'':6}Hostname{'':22}Path\n")
        elif self.pflags & Print.HEADER:
            show(" ".join(column.param.name for column in self.columns if column.user) + "\n")

    def print_jails(self) -> None:
        """Print the requested jail, or all.

        :raises ProgramExit: if there is no such jail.
        """
        params = [column.param for column in self.columns]
        lastjid = next((param for param in params if param.name == "lastjid"), None)
        while True:
            try:
                jid = jailparam_get(self.proc, params, self.jflags)
            except JailError as error:
                if lastjid is None or error.errno != "ENOENT":
                    self.xo.errx(error.errmsg)
                return
            self.xo.open("jail", "instance")
            self.print_jail()
            self.xo.close()
            if lastjid is None:
                return
            lastjid.value = jid

    def print_jail(self) -> None:
        """One jail."""
        if self.pflags & Print.VERBOSE:
            self.print_verbose()
        elif self.pflags & Print.DEFAULT:
            self.print_default()
        else:
            self.print_columns()

    def value(self, name: str) -> str:
        """A parameter of the jail, as text."""
        return next(
            jailparam_export(column.param) for column in self.columns if column.param.name == name
        )

    def print_verbose(self) -> None:
        """Several lines."""
        xo = self.xo
        name, hostname, path = map(self.value, ("name", "host.hostname", "path"))
        xo.value("jid", self.value("jid"), f"{self.value('jid'):>6}", bare=True)
        xo.display("  ")
        xo.value("hostname", hostname, f"{hostname:29.29}")
        xo.display(" ")
        xo.value("path", path, path[:74])
        xo.display("\n        ")
        xo.value("name", name, f"{name:29.29}")
        xo.display(" ")
        xo.value("state", "DYING" if self.value("dying") == "true" else "ACTIVE")
        xo.display("\n        ")
        xo.value("cpusetid", self.value("cpuset.id"), bare=True)
        xo.display("\n")
        for column in self.columns:
            if column.param.name in LISTS:
                self.print_list(column.param, *LISTS[column.param.name])

    def print_default(self) -> None:
        """One line, with the first IPv4 address."""
        xo = self.xo
        if self.pflags & Print.JAIL_NAME:
            xo.display(" ")
            xo.value("name", self.value("name"), f"{self.value('name'):15}")
            xo.display(" ")
        else:
            xo.value("jid", self.value("jid"), f"{self.value('jid'):>6}", bare=True)
            xo.display("  ")
        address = self.value("ip4.addr").partition(",")[0]
        hostname, path = self.value("host.hostname"), self.value("path")
        xo.value("ipv4", address, f"{address:15.15}")
        xo.display(" ")
        xo.value("hostname", hostname, f"{hostname:29.29}")
        xo.display(" ")
        xo.value("path", path, path[:74])
        xo.display("\n")

    def print_columns(self) -> None:
        """The parameters, or names with values."""
        space = ""
        for column in self.columns:
            if not column.user or (self.pflags & Print.SKIP and self.is_skipped(column)):
                continue
            self.xo.display(space)
            space = " "
            param = column.param
            if self.pflags & Print.NAMEVAL:
                if param.boolean:
                    self.print_boolean(param)
                    continue
                self.xo.display(f"{param.name}=")
            if param.array and self.xo.lists_are_arrays:
                self.print_list(param, param.name, LISTS[param.name][1])
            elif param.value == ():
                if self.pflags & Print.QUOTED:
                    self.xo.display('""')
                elif not self.pflags & Print.NAMEVAL:
                    self.xo.display("-")
            else:
                self.print_quoted(param)
        self.xo.display("\n")

    def is_skipped(self, column: Column) -> bool:
        """Whether -s leaves a parameter out: nobody can set it, or the jail shares its parent's."""
        if column.param.type.access is Access.READ:
            return True
        parent = column.parent
        return parent is not None and parent.param.value != JAIL_SYS_NEW

    def print_boolean(self, param: JailParam) -> None:
        """A boolean by its name, or by that of its opposite."""
        name = param.name
        on = bool(param.value)
        if not on:
            name = nononame(name) or name if param.nobool else noname(name)
        self.xo.value(param.name, "true" if on or param.nobool else "false", name, bare=True)

    def print_quoted(self, param: JailParam) -> None:
        """A value, with quotes if they are asked for and needed."""
        value = jailparam_export(param)
        quote = ""
        if "'" in value:
            quote = '"'
        elif '"' in value:
            quote = "'"
        elif " " in value or "\t" in value:
            quote = '"'
        if not self.pflags & Print.QUOTED:
            quote = ""
        self.xo.display(quote)
        self.xo.value(param.name, value, value or '""')
        self.xo.display(quote)

    def print_list(self, param: JailParam, list_name: str, item_name: str) -> None:
        """Addresses, one by one."""
        self.xo.open(list_name, "list")
        assert isinstance(param.value, tuple)
        for address in param.value:
            self.xo.list_item(item_name, address)
        self.xo.close()


def sort_key(name: str) -> tuple[bool, str]:
    """Names without a dot come first."""
    return "." in name, name


def main(proc: Process, argv: list[str]) -> int:
    """Run jls(8); its exit status.

    :raises ProgramExit: if it ends early.
    """
    xo = Xo(proc, JLS_XO_VERSION)
    words = xo.parse_args(argv)[1:]
    lister = Lister(proc, xo)
    operands: list[str] = []
    try:
        # [15: U7]
        options = "adj:hNnqsv" if proc.release < Release.R15 else "acdj:hNnqsv"
        for option, argument in getopt(words, options):
            if option:
                lister.take_option(option, argument)
            else:
                operands = words[int(argument) :]
    except OptionError as error:
        proc.warnx(str(error))
        xo.errx(USAGE)
    if lister.checks:
        return lister.check(operands)
    lister.choose_columns(operands)
    lister.print_header()
    xo.open("jail-information", "container")
    xo.open("jail", "list")
    lister.print_jails()
    xo.close()
    xo.close()
    xo.finish()
    return 0
