"""The command line.

Exit codes: 0 nothing but intended or known, 1 findings (`--fail-on` says which), 2 usage or bad
input, 3 internal error, 4 trouble with the machine (a full disk, no permission to write, no
memory), 130 interrupted, 141 the reader of the output has gone, 143 terminated or hung up.  What
was found so far is kept.
"""

import os
import sys
from importlib import import_module
from io import TextIOWrapper
from traceback import TracebackException

import click
from click.shell_completion import CompletionItem, shell_complete

from jail_source.build import is_compiled
from jaildiff.cli.commands import COMMANDS
from jaildiff.cli.exit_codes import (
    BAD_INPUT,
    INTERNAL,
    INTERRUPTED,
    MACHINE,
    READER_GONE,
    TERMINATED,
    code_of,
    complain_of,
)
from jaildiff.cli.terminal import complain, err, out
from jaildiff.support.errors import InputError
from jaildiff.support.garbage import look_rarely
from jaildiff.support.signals import Terminated, impatient, terminable

COMPLETION = "_JAILDIFF_COMPLETE"  # set by a shell that asks what could come next


class Commands(click.Group):
    """The group of all commands.  It loads the one that is called, and no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click calls it so
        """The names, as `--help` lists them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # the same
        """A command; None if there is none with this name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"jaildiff.cli.commands.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # the same
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name, or an option."""
        names = [
            CompletionItem(name, help=text)
            for name, text in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)


def show_version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    """Print the version and which build it is, and end."""
    if asked:
        from importlib.metadata import version  # noqa: PLC0415  # slow to load

        build = "compiled" if is_compiled() else "source"
        out.say(f"jaildiff, version {version('jaildiff')} ({build})")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Two FreeBSD jail kernels side by side: before and after the patch that ended resurrection.

    \b
    jaildiff fuzz                    look for differences, judge them, keep a witness of each
    jaildiff run FILE                one program, op by op, with verdicts and causes
    jaildiff impact [FILE...]        what changes for your own jail.conf, in your own commands
    jaildiff judge FILE              a recorded kernel: is it the new one, or what is wrong with it
    jaildiff conform --kernel new corpus/traces
                                     hold a model against recordings of the real kernel

    Where a FILE is read, - is standard input.

    Exit codes: 0 nothing but intended or known, 1 findings, 2 usage or bad input,
    3 internal error, 4 trouble with the machine (a full disk, no permission to write),
    130 interrupted, 141 the reader of the output has gone, 143 terminated.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark


def main() -> None:
    """Run the command line; see the module for the exit codes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # Programs hold any bytes.
    look_rarely()
    with impatient(), terminable():
        code = 0
        try:
            code = answered()
            sys.stdout.flush()
        except BrokenPipeError:
            code = READER_GONE
            let_go()
        except OSError as error:
            if code != MACHINE:
                complain(f"standard output: {error.strerror}")
            code = MACHINE
            let_go()
    sys.exit(code)


def let_go() -> None:
    """Keep the interpreter from printing the rest again when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())


def answered() -> int:
    """Run the command and report what went wrong; returns the exit code."""
    try:
        if asked := os.environ.get(COMPLETION):
            return shell_complete(cli, {}, "jaildiff", COMPLETION, asked)
        # Not cli.main(), which handles a vanished reader in its own way.
        with cli.make_context("jaildiff", sys.argv[1:]) as context:
            return cli.invoke(context) or 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        show(error)
        return BAD_INPUT
    except InputError as error:
        complain(error)
        return BAD_INPUT
    except Terminated:
        return TERMINATED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        complain_of(error)
        return code_of(error)
    except MemoryError:
        complain("there is no memory left")
        return MACHINE
    except Exception as error:  # noqa: BLE001  # whatever is left is our own mistake
        for part in TracebackException.from_exception(error).format():
            # A traceback has lines of its own; a message is one line, whoever wrote it.
            for row in part.splitlines() if part.startswith("  File") else [part.rstrip("\n")]:
                err.say(row)
        complain("internal error; please report it with the lines above")
        return INTERNAL


def show(error: click.ClickException) -> None:
    """Say what is wrong with a command line."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()  # The help text, all of which is ours.
        return
    context = getattr(error, "ctx", None)
    if context is not None:
        for row in context.get_usage().splitlines():
            err.say(row)
        err.say(f"Try '{context.command_path} --help' for help.")
    message = error.format_message()
    # A missing argument's choices are on lines of their own.
    rows = message.splitlines() if isinstance(error, click.MissingParameter) else [message]
    for number, row in enumerate(rows):
        err.say(row.replace("\t", "  ") if number else f"Error: {row}")
