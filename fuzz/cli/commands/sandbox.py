"""`jaildiff sandbox`: shell scripts on a model of the kernel."""

from dataclasses import replace

import click

from fuzz.cli.kernels_option import Kernels, module_option
from fuzz.cli.options import FOUND, MACHINE, Seconds, as_json
from fuzz.cli.sandbox.compare import Compared, compare_outcomes
from fuzz.cli.sandbox.view import show_compared, talk, warn
from fuzz.cli.terminal import complain
from fuzz.differ.comparison import Comparison
from fuzz.hosts.sandbox.sandbox import Outcome, SandboxError, Setting, run_sandbox
from fuzz.kernels.named import kernel
from fuzz.kernels.registry import LEGACY
from userland import Release


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--kernel",
    "name",
    metavar="NAME",
    default="new",
    show_default=True,
    help="Which kernel answers.",
)
@click.option(
    "--userland",
    type=click.Choice(["14", "15"]),
    help="Whose jail(8), jls(8), jexec(8); default: 14 on legacy, else 15.",
)
@click.option("--compare", is_flag=True, help="Run it on legacy and on new: what differs, and why?")
@click.option("--shell", "prompt", is_flag=True, help="A prompt with both kernels side by side.")
@click.option("--root", "chroot", is_flag=True, help="A jail's path is the root of its commands.")
@click.option("--private", is_flag=True, help="Changes to files are gone with the sandbox.")
@click.option("--timeout", type=Seconds(min=0, min_open=True), help="End it after so many seconds.")
@module_option
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
    modules: tuple[str, ...],
    as_json: bool,
    command: tuple[str, ...],
) -> int:
    """Run COMMAND, a shell script say, with jail(8) and its relatives answered by a model.

    \b
    jaildiff sandbox -- sh my-jail-manager start web
    jaildiff sandbox --compare -- ./test.sh
    jaildiff sandbox --shell

    Stand-ins for jail, jls, jexec, `service jail`, ps -J, pkill -j, sysctl, mount, umount,
    ifconfig are on PATH, and in /usr/sbin and so on.  What runs in a jail is a real process on the
    files of this system; removing the jail kills it.  jaildiff-hold JAIL keeps a removed jail
    dying, jaildiff-drop JAIL ends that.  docs/sandbox.md has more.

    Exit codes: that of COMMAND; 124 if the time is up, 1 after a panic of the kernel.  With
    --compare 0 if nothing differs, 1 if something does.  2 usage, 4 trouble with the machine.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark
    kernels = Kernels(None, modules)
    if prompt:
        return talk(kernels.comparison)
    if not command:
        raise click.UsageError("name a command to run: jaildiff sandbox -- COMMAND")
    release = None if userland is None else Release(int(userland))
    setting = Setting(
        kernel(name, modules), Release.R15, command, chroot, private or compare, compare, timeout
    )
    try:
        if compare:
            return show_compared(compare_kernels(setting, kernels, release), as_json)
        if as_json:
            raise click.UsageError("--json goes with --compare: without it the script prints")
        chosen = release or default_release(setting)
        return ending(run_sandbox(replace(setting, release=chosen)))
    except SandboxError as error:
        complain(error)
        return MACHINE


def default_release(setting: Setting) -> Release:
    """The userland that came with a kernel."""
    return Release.R14 if setting.model.shipped_as == LEGACY.name else Release.R15


def compare_kernels(setting: Setting, kernels: Kernels, release: Release | None) -> Compared:
    """Run it twice."""
    comparison: Comparison = kernels.comparison
    outcomes = []
    for model in comparison.models:
        one = replace(setting, model=model)
        outcomes.append(run_sandbox(replace(one, release=release or default_release(one))))
    old, new = outcomes
    return compare_outcomes(old, new, comparison)


def ending(outcome: Outcome) -> int:
    """What is left to say after a run, and its exit code."""
    if not outcome.whole:
        warn(outcome)
    if outcome.panic is not None:
        complain(f"the kernel panicked: {outcome.panic}")
        return FOUND
    if outcome.timed_out:
        complain("the time was up; all that ran has been ended")
    return outcome.status
