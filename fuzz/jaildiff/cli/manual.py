"""The manual page, jaildiff(1), made from the help: `python -m jaildiff.cli.manual`."""

import re
from collections.abc import Iterator
from inspect import cleandoc
from textwrap import wrap

import click

from jaildiff.cli.main import cli
from jaildiff.cli.terminal import say_file

DATE = "November 27, 2026"  # of the release, as in CHANGELOG.md
HEAD = rf"""
.Dd {DATE}
.Dt JAILDIFF 1
.Os
.Sh NAME
.Nm jaildiff
.Nd compare FreeBSD jail kernels before and after dying jails lost their resurrection
.Sh SYNOPSIS
.Nm
.Ar command
.Op Ar options
.Op Ar arguments
.Nm
.Fl \-version
.Sh DESCRIPTION
"""
TAIL = r"""
.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev NO_COLOR
If it is set, nothing is coloured.
.El
.Sh SEE ALSO
.Xr jail 2 ,
.Xr jail.conf 5 ,
.Xr jail 8 ,
.Xr jls 8
"""


def manual() -> str:
    """The page in mdoc(7)."""
    context = click.Context(cli, info_name="jaildiff")
    lines = [HEAD.strip(), *paragraphs(cli.help or "")]
    lines.append(".Sh COMMANDS")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        lines += section(command, context, name)
    return "\n".join([*lines, TAIL.strip(), ""])


def section(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    """A command and, if it is a group, the commands in it."""
    context = click.Context(command, info_name=name, parent=parent)
    yield f".Ss {escaped(context.command_path)}"
    yield f".Dl {escaped(' '.join([context.command_path, *command.collect_usage_pieces(context)]))}"
    yield ".Pp"
    yield from paragraphs(command.help or "")
    yield from options(command, context)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            yield from section(command.commands[inner], context, inner)


def options(command: click.Command, context: click.Context) -> Iterator[str]:
    """The options of a command, but --help, which all have."""
    found = [param for param in command.params if isinstance(param, click.Option)]
    records = (option.get_help_record(context) for option in found)
    shown = [record for record in records if record is not None]
    if shown:
        yield ".Bl -tag -width Ds"
        for declared, text in shown:
            yield f".It {escaped(declared)}"
            yield from sentences(text)
        yield ".El"


def paragraphs(text: str) -> Iterator[str]:
    """A docstring as click reads it: a paragraph after a backspace keeps its lines."""
    for number, part in enumerate(cleandoc(text).split("\n\n")):
        literal = part.startswith("\b\n")
        if literal:
            lines = [escaped(line) for line in part.splitlines()[1:]]
            yield from [".Bd -literal -offset indent -compact", *lines, ".Ed"]
        else:
            if number:
                yield ".Pp"
            yield from sentences(part)


def sentences(text: str) -> Iterator[str]:
    """Words in lines that end where a sentence does, as mdoc(7) wants it."""
    for sentence in re.split(r"(?<=[.:;]) (?=[A-Z`\[])", " ".join(text.split())):
        yield from map(escaped, wrap(sentence, 70, break_on_hyphens=False))


def escaped(text: str) -> str:
    """A line in which nothing is a request or an escape."""
    line = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{line}" if line.startswith((".", "'")) else line


if __name__ == "__main__":
    say_file(manual())
