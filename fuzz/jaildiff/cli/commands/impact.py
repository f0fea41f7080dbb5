"""`jaildiff impact`: what changes for the user's own jails."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from jaildiff.cli.exit_codes import BAD_INPUT, FOUND
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import as_json, extra, output
from jaildiff.cli.progress import progress_bar
from jaildiff.cli.terminal import complain, say_json, say_text
from jaildiff.cli.views.impact_view import show_impact, show_line
from jaildiff.cli.views.profiles_view import tools_printer
from jaildiff.impact.analyze import analyze
from jaildiff.impact.describe.findings import Impact
from jaildiff.impact.outputs.machine import impact_json
from jaildiff.impact.reading.given import sorted_out
from jaildiff.profiles.loading import chosen
from jaildiff.profiles.trial import judge
from jaildiff.profiles.view import as_impact
from jaildiff.support.errors import InputError
from jaildiff.support.files import write_atomic

DEFAULTS = ("/etc/jail.conf", "/etc/jail.conf.d", "/etc/rc.conf")


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--fail-on",
    type=click.Choice(["breaks", "changes", "any"]),
    default="breaks",
    show_default=True,
    help="Exit with 1 if something breaks; breaks or changes; differs at all.",
)
@click.option("--short", is_flag=True, help="Print one line for each configuration, for logs.")
@click.option("--html", type=output, help="Write a page.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")
@click.option(
    "--profile",
    metavar="NAME",
    help="Instead of FILES: a tool that manages jails, or `all` for a table of all tools.",
)
@kernels_option
@as_json
def impact(
    kernels: Kernels,
    files: tuple[Path, ...],
    profile: str | None,
    fail_on: str,
    short: bool,
    html: Path | None,
    markdown: bool,
    as_json: bool,
) -> int:
    """Say what changes from FreeBSD 14 to 15 for your own jails, in your own commands.

    \b
    FILES are any of
      a jail.conf(5); what it includes is read, too
      an rc.conf(5): jail_list, jail_flags, jail_reverse_stop, ... count for every jail.conf
      a shell script of jail, jls, jexec and service jail commands
      the output of jls -d -n --libxo json: the jails that there are at the start
    Without FILES: /etc/jail.conf, /etc/jail.conf.d/*.conf and /etc/rc.conf, where they are.

    The command runs what people do with these jails (start, stop, restart by name and jid, reload,
    change, ..., also while something keeps the old jail dying) on models of both systems.  It
    reports what does not look alike, and what to write instead, which it has tried as well. Nothing
    in a configuration is executed.

    With --profile it does the same for the jail of a tool (Bastille, iocage, pot, ...), in the
    tool's commands.

    Exit codes: 0 nothing that --fail-on names, 1 something, 2 usage or bad input.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark
    write = page_writer() if html else None
    told: list[Impact] = []
    errors: list[InputError] = []
    if profile is not None:
        if files:
            raise click.UsageError("--profile takes the place of FILES.")
        show_tools = tools_printer(short=short, markdown=markdown, as_json=as_json)
        verdicts = [judge(one, kernels.comparison) for one in chosen(profile)]
        show_tools(verdicts)
        told += map(as_impact, verdicts)
    else:
        show = printer(short=short, markdown=markdown, as_json=as_json)
        given = sorted_out(files or default_files())
        for one in each_with_a_bar(analyze(given, kernels.comparison)):
            told.append(one)
            show(one)
        errors += given.errors
    if html and write:
        write_atomic(html, write(told))
    errors += (error for one in told for error in one.errors)
    for text in dict.fromkeys(map(str, errors)):  # A script may read a jail.conf among the files.
        complain(text)
    if errors:
        return BAD_INPUT
    return FOUND if any(one.fails(fail_on) for one in told) else 0


def each_with_a_bar(found: Iterator[Impact]) -> Iterator[Impact]:
    """Each in turn, with a progress bar on a terminal."""
    while True:
        with progress_bar(quiet=False) as bar:
            bar.add_task("trying both systems", total=None)
            told = next(found, None)
        if told is None:
            return
        yield told


def printer(*, short: bool, markdown: bool, as_json: bool) -> Callable[[Impact], None]:
    """The output form of an impact."""
    if as_json:
        return lambda told: say_json(impact_json(told))
    if short:
        return show_line
    if not markdown:
        return show_impact
    with extra("report"):
        from jaildiff.impact.outputs.markdown import markdown_of  # noqa: PLC0415  # an optional library
    return lambda told: say_text(markdown_of(told))


def page_writer() -> Callable[[list[Impact]], str]:
    """The function that makes a page; a missing library is reported before the work."""
    with extra("report"):
        from jaildiff.impact.outputs.html import html_of  # noqa: PLC0415  # an optional library
    return html_of


def default_files() -> tuple[Path, ...]:
    """The files of this system.

    :raises InputError: if it has none.
    """
    conf, folder, rc_conf = map(Path, DEFAULTS)
    found = [conf] if conf.exists() else []
    found += sorted(folder.glob("*.conf"))
    if not found:
        raise InputError("", 0, 0, "there is no /etc/jail.conf here: name the files to look at")
    return (*found, *([rc_conf] if rc_conf.exists() else []))
