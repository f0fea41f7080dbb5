"""`jaildiff sandbox`: shell scripts on a model of the kernel."""

import sys

import click

from jaildiff.cli.exit_codes import MACHINE
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import Seconds, as_json
from jaildiff.cli.terminal import complain
from jaildiff.kernels.named import kernel


@click.command(context_settings={"allow_interspersed_args": False})
@click.option(
    "--kernel",
    "name",
    metavar="NAME",
    default="new",
    show_default=True,
    help="The kernel that answers.",
)
@click.option(
    "--userland",
    type=click.Choice(["14", "15"]),
    help="Release of jail(8), jls(8) and jexec(8); default: 14 on legacy, else 15.",
)
@click.option("--compare", is_flag=True, help="Run it on both --kernels: what differs, and why?")
@click.option("--shell", "prompt", is_flag=True, help="A prompt with both kernels side by side.")
@click.option("--root", "chroot", is_flag=True, help="A jail's path is the root of its commands.")
@click.option("--private", is_flag=True, help="Discard changes to files when the sandbox ends.")
@click.option("--timeout", type=Seconds(min=0, min_open=True), help="End it after this time.")
@kernels_option
@as_json
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def sandbox(
    name: str,
    userland: str | None,
    compare: bool,
    prompt: bool,
    chroot: bool,
    private: bool,
    timeout: float | None,
    kernels: Kernels,
    as_json: bool,
    command: tuple[str, ...],
) -> int:
    """Run COMMAND, such as a shell script; a model answers for jail(8) and its relatives.

    \b
    jaildiff sandbox -- sh my-jail-manager start web
    jaildiff sandbox --compare -- ./test.sh
    jaildiff sandbox --shell

    Stand-ins for jail, jls, jexec, `service jail`, ps -J, pkill -j, sysctl, mount, umount,
    ifconfig are on PATH, and in /usr/sbin and so on.  A process in a jail is a real process on the
    files of this system; removing the jail kills it.  jaildiff-hold JAIL keeps a removed jail
    dying, jaildiff-drop JAIL ends that.  docs/sandbox.md has more.

    Exit codes: that of COMMAND; 124 if the time is up, 1 after a panic of the kernel.  With
    --compare, 0 if nothing differs, 1 if something does.  2 usage, 4 trouble with the machine.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark
    if sys.platform != "linux":
        complain("the sandbox needs Linux: it finds the processes of its jails in /proc")
        return MACHINE
    from jaildiff.cli.sandbox import run, view  # noqa: PLC0415  # It imports what only Linux has.

    if prompt:
        return view.talk(kernels.comparison)
    if not command:
        raise click.UsageError("name a command to run: jaildiff sandbox -- COMMAND")
    if as_json and not compare:
        raise click.UsageError("--json goes with --compare: without it the script prints")
    asked = run.Asked(command, userland, chroot, private, timeout)
    if compare:
        return run.compare(asked, kernels.comparison, as_json=as_json)
    return run.alone(asked, kernel(name, kernels.modules))
