"""A shell script of jail commands: its lines as commands, and nothing else.

Only simple commands are understood.  `jaildiff sandbox` runs a script that does more, without
touching the real system.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from jail_kernel.call import user_text
from jail_userland.libc import OptionError, getopt
from jaildiff.impact.lifecycle import TypedCommand, quoted_word
from jaildiff.impact.reading.configuration import Configuration, read_configuration
from jaildiff.impact.source_location import SourceLocation
from jaildiff.support.errors import InputError

PROGRAMS = ("jail", "jls", "jexec", "sleep")
WHERE = ("/usr/sbin/", "/usr/bin/", "/bin/", "/sbin/")
SILENT = ("set", "true", ":", "exit")  # These commands do nothing to a jail.
SPECIAL = set("$`;&|<>(){}*?[]~!")
OPTIONS = "cde:f:hiJ:lmn:p:qrRs:u:U:v"
CONF_FILE = Path("/etc/jail.conf")


@dataclass(frozen=True, slots=True)
class Script:
    """The commands of a script, and the files that they read."""

    path: str
    commands: tuple[TypedCommand, ...]
    configurations: tuple[Configuration, ...]


def read_script(file: Path, text: str, default: Configuration | None) -> Script:
    """Read a script; `default` stands for /etc/jail.conf.

    :raises InputError: at the first line that is no simple command of jails, or that names a
        jail.conf that cannot be read.
    """
    commands = []
    confs: dict[str, Configuration] = {}
    for number, line in lines(text):
        place = SourceLocation(str(file), number)
        words = words_of(place, line)
        if not words or words[0] in SILENT:
            continue
        run = command_of(place, words)
        named = conf_named(run, default)
        if named is not None:
            conf = conf_of(place, file.parent / named, default)
            confs[conf.path] = conf
            run = with_conf(run, named, user_text(conf.absolute))
        commands.append(run)
    if not commands:
        raise InputError(str(file), 0, 0, "expected commands of jails, found none")
    return Script(str(file), tuple(commands), tuple(confs.values()))


def lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers; lines that a backslash continues are joined."""
    whole, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        if line.endswith("\\"):
            whole += line[:-1] + " "
            continue
        yield first, user_text(whole + line)
        whole, first = "", 0
    if whole:
        yield first, user_text(whole)


def words_of(place: SourceLocation, line: str) -> list[str]:
    """The words of a line.

    :raises InputError: if a shell would do more than split it.
    """
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|<>(){}")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        words = list(lexer)
    except ValueError as error:
        raise InputError(*place, 0, f"not a line of a shell: {error}") from None
    unquoted = remainder(line)
    if any(char in unquoted for char in SPECIAL):
        raise more_than_commands(place, line)
    return words


def remainder(line: str) -> str:
    """The part of a line outside quotes and comments; $ and ` in double quotes are kept."""
    found, quote, escaped = [], "", False
    for at, char in enumerate(line):
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            if char == quote:
                quote = ""
            elif quote == '"' and char in "$`":
                found.append(char)
        elif char in "'\"":
            quote = char
        elif char == "#" and (at == 0 or line[at - 1].isspace()):
            break
        else:
            found.append(char)
    return "".join(found)


def command_of(place: SourceLocation, words: list[str]) -> TypedCommand:
    """A command.

    :raises InputError: if it is not about jails.
    """
    program = next((words[0].removeprefix(one) for one in WHERE if words[0].startswith(one)), "")
    program = program or words[0]
    if program == "service" and words[1:2] == ["jail"]:
        return TypedCommand(("service", *words[1:]), place=place)
    if program not in PROGRAMS:
        raise more_than_commands(place, " ".join(words))
    return TypedCommand((program, *words[1:]), place=place)


def more_than_commands(place: SourceLocation, line: str) -> InputError:
    """The error for a script that does something else."""
    message = (
        "expected a simple jail, jls, jexec, service jail or sleep command, "
        f"found {line.strip()[:60]!r}; run the whole script with: "
        f"jaildiff sandbox --compare -- sh {quoted_word(place.path)}"
    )
    return InputError(*place, 0, message)


def conf_named(run: TypedCommand, default: Configuration | None) -> str | None:
    """The jail.conf that a command reads; None if it needs none."""
    if run.argv[0] == "service":
        return str(CONF_FILE)
    if run.argv[0] != "jail":
        return None
    try:
        options = list(getopt(list(run.argv[1:]), OPTIONS))
    except OptionError:
        return None
    named = [argument for option, argument in options if option == "f"]
    letters = {option for option, _ in options}
    operands = run.argv[1 + next((int(at) for option, at in options if not option), 0) :]
    if "R" in letters or any("=" in word for word in operands):
        return None
    if named:
        return None if named[-1] == "-" else named[-1]
    if "r" in letters and not letters & {"c", "m"}:
        return str(CONF_FILE) if default is not None else None
    return str(CONF_FILE) if letters & {"c", "m", "e"} and len(operands) < 2 else None


def conf_of(place: SourceLocation, path: Path, default: Configuration | None) -> Configuration:
    """A jail.conf that a command reads.

    :raises InputError: if there is none.
    """
    if path == CONF_FILE and default is not None:
        return default
    if not path.is_file():
        message = f"expected the jail.conf that this command reads, found no {path}"
        raise InputError(*place, 0, f"{message}; name one beside the script")
    return read_configuration(path)


def with_conf(run: TypedCommand, named: str, absolute: str) -> TypedCommand:
    """The command with the full path of its jail.conf; it is shown as it was typed."""
    if run.argv[0] == "service":
        return run
    if not any(word.startswith("-f") for word in run.argv):
        return replace(run, argv=("jail", "-f", absolute, *run.argv[1:]), typed=run.shown)
    argv = [absolute if word == named else word for word in run.argv]
    argv = [f"-f{absolute}" if word == f"-f{named}" else word for word in argv]
    return replace(run, argv=tuple(argv), typed=run.shown)
