"""`jaildiff sandbox`: shell scripts on a model of the kernel."""

import shlex
from dataclasses import replace

import click

from fuzz.cli.kernels_option import Kernels, module_option
from fuzz.cli.options import FOUND, MACHINE, Seconds, as_json
from fuzz.cli.terminal import complain, err, out, say_json
from fuzz.differ.comparison import Comparison
from fuzz.kernels.named import kernel
from fuzz.kernels.registry import LEGACY
from fuzz.sandbox.compare import Compared, Pair, compare_outcomes
from fuzz.sandbox.sandbox import Outcome, SandboxError, Setting, run_sandbox
from fuzz.sandbox.server import Ran
from userland import Release

NO_NAMESPACES = (
    "warning: no namespaces can be made here.  Names such as /usr/sbin/jail lead nowhere, `kill -9 "
    "-1` in the script reaches all your processes, and files are changed for good"
)


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
@click.option("--root", "chroot", is_flag=True, help="A jail's path is the root of its commands.")
@click.option("--private", is_flag=True, help="Changes to files are gone with the sandbox.")
@click.option("--timeout", type=Seconds(min=0, min_open=True), help="End it after so many seconds.")
@module_option
@as_json
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def sandbox(
    name: str,
    userland: str | None,
    compare: bool,
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

    Stand-ins for jail, jls, jexec, `service jail`, ps -J, pkill -j, sysctl, mount, umount,
    ifconfig are on PATH, and in /usr/sbin and so on.  What runs in a jail is a real process on the
    files of this system; removing the jail kills it.  jaildiff-hold JAIL keeps a removed jail
    dying, jaildiff-drop JAIL ends that.  docs/sandbox.md has more.

    Exit codes: that of COMMAND; 124 if the time is up, 1 after a panic of the kernel.  With
    --compare 0 if nothing differs, 1 if something does.  2 usage, 4 trouble with the machine.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark
    release = None if userland is None else Release(int(userland))
    setting = Setting(
        kernel(name, modules), Release.R15, command, chroot, private or compare, compare, timeout
    )
    try:
        if compare:
            return show_compared(compare_kernels(setting, Kernels(None, modules), release), as_json)
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


def warn(outcome: Outcome) -> None:
    """Say what is missing without namespaces."""
    err.say(NO_NAMESPACES)
    for script in outcome.rewritten:
        err.say(f"warning: a copy of {script} was run, in which such names lead to the sandbox")


def show_compared(compared: Compared, as_json: bool) -> int:
    """Print a comparison; the exit code."""
    if as_json:
        say_json(compared_json(compared))
        return FOUND if compared.differs else 0
    sides = (("old", compared.old), ("new", compared.new))
    for side, outcome in sides:
        commands = f"{len(outcome.ran)} commands answered"
        extra = f", panic: {outcome.panic}" if outcome.panic else ""
        extra += ", the time was up" if outcome.timed_out else ""
        out.say(f"{side} kernel: exit code {outcome.status}, {commands}{extra}")
    if not all(outcome.whole for _, outcome in sides):
        warn(compared.old)
    if not compared.differs:
        out.say("Nothing differs: not what it printed, no exit code, no jail.")
        return 0
    for pair in compared.pairs:
        show_pair(pair)
    for title, rows in (("output", compared.output), ("jails at the end", compared.jails)):
        if rows:
            out.say(f"{title} (- old, + new)", "bold")
        for row in rows:
            out.paragraph(row)
    said: set[str] = set()
    for told in compared.told:
        where = f"why: {shlex.join(told.command)}" if told.command else "why"
        out.say(f"{where}: {told.head}  {told.fingerprint}", "bold")
        for line in told.story.sentences:
            if line not in said:
                out.paragraph(line)
        said.update(told.story.general)
    return FOUND


def show_pair(pair: Pair) -> None:
    """A command that went otherwise on the other kernel."""
    place = "" if pair.one.jail == "0" else f"  (in jail {pair.one.jail})"
    out.say(f"$ {shlex.join(pair.one.argv)}{place}", "bold")
    for side, ran in (("old", pair.old), ("new", pair.new)):
        head, *rows = went(ran)
        out.paragraph(f"{side}: {head}")
        for row in rows:
            out.paragraph(f"       {row}")


def went(ran: Ran | None) -> list[str]:
    """How a command went, and what it printed."""
    if ran is None:
        return ["was not run"]
    end = "went on as a command in the jail" if ran.exit is None else f"exit code {ran.exit}"
    return [end, *ran.out.splitlines(), *ran.err.splitlines()]


def compared_json(compared: Compared) -> dict[str, object]:
    """A comparison for machines."""

    def shown(ran: Ran | None) -> dict[str, object] | None:
        if ran is None:
            return None
        return {"exit": ran.exit, "stdout": ran.out, "stderr": ran.err}

    return {
        "differs": compared.differs,
        "exit": {"old": compared.old.status, "new": compared.new.status},
        "panic": {"old": compared.old.panic, "new": compared.new.panic},
        "commands": [
            {
                "argv": list(pair.one.argv),
                "jail": pair.one.jail,
                "old": shown(pair.old),
                "new": shown(pair.new),
            }
            for pair in compared.pairs
        ],
        "output": list(compared.output),
        "jails": list(compared.jails),
        "why": [
            {
                "command": list(told.command),
                "what": told.head,
                "fingerprint": told.fingerprint,
                "story": list(told.story.sentences),
            }
            for told in compared.told
        ],
    }
