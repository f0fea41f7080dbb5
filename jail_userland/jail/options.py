"""The command line of jail(8).  usr.sbin/jail/jail.c, main()."""

import socket
from dataclasses import dataclass, field

from jail_userland.conf.config import load_config
from jail_userland.conf.jails import JF, JF_NONE, CfJail
from jail_userland.conf.params import wild_jail_name
from jail_userland.deltas import Release
from jail_userland.files import SystemFailure
from jail_userland.jail.quote import jail_line
from jail_userland.jail.run import Run
from jail_userland.libc import OptionError, getopt, int32, strtol
from jail_userland.process import ProgramExit

CONF_FILE = "/etc/jail.conf"
USAGE = """\
usage: jail [-dhilqv] [-J jid_file] [-u username] [-U username]
            -[cmr] param=value ... [command=command ...]
       jail [-dqv] [-f file] -[cmr] [jail]
       jail [-qv] [-f file] -[rR] ['*' | jail ...]
       jail [-dhilqv] [-J jid_file] [-u username] [-U username]
            [-n jailname] [-s securelevel]
            path hostname ip[,...] command ...
       jail [-f file] -e separator
"""
# The defaults of the four-argument form, by sysctl; the last sysctl has the opposite meaning.
PERM_SYSCTL = (
    ("security.jail.set_hostname_allowed", "allow.set_hostname", False),
    ("security.jail.sysvipc_allowed", "allow.sysvipc", False),
    ("security.jail.allow_raw_sockets", "allow.raw_sockets", False),
    ("security.jail.chflags_allowed", "allow.chflags", False),
    ("security.jail.mount_allowed", "allow.mount", False),
    ("security.jail.socket_unixiproute_only", "allow.socket_af", True),
)
# What is a list on the command line.
LISTS_14 = ("ip4.addr", "ip6.addr")
LISTS_15 = (*LISTS_14, "vnet.interface", "zfs.dataset")  # [15: U6]


@dataclass(slots=True)
class Options:
    """The parsed command line."""

    op: JF = JF_NONE
    dflag: bool = False
    eflag: bool = False
    remove_any: bool = False  # -R
    docf: bool = True  # whether a file is read
    oldcl: bool = False  # the four-argument form
    cfname: str = CONF_FILE
    jid_file: str | None = None
    words: list[str] = field(default_factory=list)  # the operands


def parse(run: Run, argv: list[str]) -> Options:
    """Read the options.

    :raises ProgramExit: with the usage, if they are wrong.
    """
    options = Options()
    try:
        for option, argument in getopt(argv[1:], "cde:f:hiJ:lmn:p:qrRs:u:U:v"):
            if option:
                take_option(run, options, option, argument)
            else:
                options.words = argv[1 + int(argument) :]
    except OptionError as error:
        run.proc.warnx(str(error))
        run.proc.usage(USAGE)
    return options


OPS = {"c": JF.START, "m": JF.SET, "r": JF.STOP, "R": JF.STOP}


def take_option(run: Run, options: Options, option: str, argument: str) -> None:
    """One option."""
    options.op |= OPS.get(option, JF_NONE)
    match option:
        case "d":
            options.dflag = True
        case "e":
            options.eflag = True
            run.separator = argument
        case "f":
            options.cfname = argument
        case "i":
            run.iflag = True
            run.verbose = -1
        case "J":
            options.jid_file = argument
        case "p":
            run.paralimit = int32(strtol(argument)[0]) or -1
        case "q":
            run.verbose = -1
        case "R":
            options.remove_any = True
        case "v":
            run.verbose = 1
        case "h" | "l" | "n" | "s" | "u" | "U":
            take_parameter(run, option, argument)
            options.docf = False


def take_parameter(run: Run, option: str, argument: str) -> None:
    """An option that is a parameter of the one jail of the command line."""
    jails = run.jails
    j = jails.anonymous()
    match option:
        case "h":
            jails.add_internal(j, "ip_hostname", None)
        case "l":
            jails.add_internal(j, "exec.clean", None)
        case "n":
            jails.add_internal(j, "name", argument)
        case "s":
            jails.add_internal(j, "securelevel", argument)
        case _:
            jails.add_internal(j, "exec.jail_user", argument)
            system = None if option == "u" else "false"
            jails.add_internal(j, "exec.system_jail_user", system)


def find_jails(run: Run, options: Options) -> None:
    """Find the style of the command line, and with it where the jails come from.

    :raises ProgramExit: with the usage, if it has none.
    """
    words = options.words
    if options.eflag:
        list_jails(run, options)
    elif not options.op:
        if len(words) < 4 or not words[0].startswith("/"):
            run.proc.usage(USAGE)
        options.op = JF.START
        options.docf = False
        options.oldcl = True
        old_style(run, words)
    elif options.op == JF.STOP:
        to_remove(run, options)
    elif len(words) > 1 or (words and "=" in words[0]):
        if options.remove_any:
            run.proc.usage(USAGE)
        options.docf = False
        single_jail(run, words)
    else:
        if options.remove_any or not options.docf:
            run.proc.usage(USAGE)
        load_config(run.jails, options.cfname)


def list_jails(run: Run, options: Options) -> None:
    """-e: the jails of the file.

    :raises ProgramExit: always.
    """
    if options.op or options.words:
        run.proc.usage(USAGE)
    load_config(run.jails, options.cfname)
    for j in run.cfjails:
        run.proc.print(jail_line(j, run.separator, running=False))
    raise ProgramExit(0)


def to_remove(run: Run, options: Options) -> None:
    """-r and -R: read the file if there is one."""
    words = options.words
    if not options.docf or not words:
        run.proc.usage(USAGE)
    if not options.remove_any and any("=" in word for word in words):
        run.proc.usage(USAGE)
    options.docf = not options.remove_any and (options.cfname == "-" or exists(run, options.cfname))
    if options.docf:
        load_config(run.jails, options.cfname)
    run.note_remove = options.docf or len(words) > 1 or wild_jail_name(words[0])


def exists(run: Run, path: str) -> bool:
    """stat(2)."""
    try:
        run.proc.host.files.resolve(path)
    except SystemFailure:
        return False
    return True


def old_style(run: Run, words: list[str]) -> None:
    """path hostname ip[,...] command ..."""
    jails = run.jails
    j = jails.anonymous()
    jails.add_internal(j, "path", words[0])
    jails.add_internal(j, "host.hostname", words[1])
    for address in words[2].split(",") if words[2] else ():
        jails.add_internal(j, "ip6.addr" if is_ip6(address) else "ip4.addr", address)
    add_command(run, j, words[3:])
    for sysctl, key, reverse in PERM_SYSCTL:
        on = bool(run.proc.host.sysctls.get(sysctl, 0)) != reverse
        jails.add_internal(j, key, None if on else "false")


def is_ip6(text: str) -> bool:
    """Whether inet_pton(3) takes it as an IPv6 address."""
    try:
        socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return False
    return True


def single_jail(run: Run, words: list[str]) -> None:
    """param=value ... command=word ..."""
    jails = run.jails
    j = jails.anonymous()
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == "command":
            add_command(run, j, [*([value] if equals else []), *words[index + 1 :]])
            return
        if equals and name in (LISTS_14 if run.release < Release.R15 else LISTS_15):
            for each in value.split(","):
                jails.add_internal(j, name, each)
        else:
            jails.add_word(j, word)


def add_command(run: Run, j: CfJail, words: list[str]) -> None:
    """The command that the jail is for."""
    for word in words:
        run.jails.add_internal(j, "command", word)
