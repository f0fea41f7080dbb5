"""The command line.

Exit codes: 0 nothing but intended or known, 1 findings (`--fail-on` says which), 2 usage or bad
input, 3 internal error, 130 interrupted, 143 terminated (what was found is kept).
"""

import sys
import traceback
from io import TextIOWrapper

import click

from fuzz.cli.commands.bench import bench
from fuzz.cli.commands.campaign import campaign
from fuzz.cli.commands.conform import conform
from fuzz.cli.commands.explore import explore
from fuzz.cli.commands.fuzz import fuzz
from fuzz.cli.commands.judge import judge
from fuzz.cli.commands.kernels import kernels
from fuzz.cli.commands.merge import merge
from fuzz.cli.commands.minimize import minimize
from fuzz.cli.commands.report import report
from fuzz.cli.commands.rules import rules
from fuzz.cli.commands.run import run
from fuzz.cli.commands.selftest import selftest
from fuzz.cli.commands.triage import triage
from fuzz.cli.options import BAD_INPUT, INTERNAL, INTERRUPTED
from fuzz.support.errors import InputError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jaildiff")
def cli() -> None:
    """Two FreeBSD jail kernels side by side: before and after the patch that ended resurrection.

    \b
    jaildiff fuzz                    look for differences, judge them, keep a witness of each
    jaildiff run FILE                one program, op by op, with verdicts and causes
    jaildiff judge FILE              a recorded kernel: is it the new one, or what is wrong with it
    jaildiff conform --kernel new corpus/traces
                                     hold a model against recordings of the real kernel

    Exit codes: 0 nothing but intended or known, 1 findings, 2 usage or bad input,
    3 internal error, 130 interrupted, 143 terminated.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark


for command in (
    fuzz,
    run,
    conform,
    judge,
    kernels,
    minimize,
    rules,
    report,
    bench,
    campaign,
    merge,
    selftest,
    explore,
    triage,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; see the module for the exit codes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # Programs hold any bytes.
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = BAD_INPUT
    except InputError as error:
        click.echo(f"jaildiff: {error}", err=True)
        code = BAD_INPUT
    except BrokenPipeError:
        sys.stderr.close()  # The reader has gone: nothing more can be said.
        code = 0
    except OSError as error:
        click.echo(f"jaildiff: {error.filename or ''}: {error.strerror}", err=True)
        code = BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except Exception:  # noqa: BLE001  # whatever is left is our own mistake
        traceback.print_exc()
        click.echo("jaildiff: internal error; please report it with the lines above", err=True)
        code = INTERNAL
    sys.exit(code or 0)
