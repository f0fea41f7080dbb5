"""The output of sandboxes for people: a comparison of two runs, and the prompt."""

import shlex
import sys
from collections.abc import Iterable, Iterator

from jaildiff.cli.exit_codes import FOUND
from jaildiff.cli.sandbox.compare import Compared, Pair, Told
from jaildiff.cli.sandbox.shell import HELP, Shell
from jaildiff.cli.terminal import complain, err, out, say_json
from jaildiff.differ.comparison import Comparison
from jaildiff.hosts.sandbox.sandbox import Outcome
from jaildiff.hosts.sandbox.server import Ran
from jaildiff.support.errors import InputError

NO_NAMESPACES = (
    "warning: no namespaces can be made here.  Names such as /usr/sbin/jail lead nowhere, `kill -9 "
    "-1` in the script reaches all your processes, and files are changed for good"
)


def warn(outcome: Outcome) -> None:
    """Warn about what is missing without namespaces."""
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
        out.say("Nothing differs: not the output, not an exit code, not a jail.")
        return 0
    for pair in compared.pairs:
        show_pair(pair)
    for title, rows in (("output", compared.output), ("jails at the end", compared.jails)):
        if rows:
            out.say(f"{title} (- old, + new)", "bold")
        for row in rows:
            out.paragraph(row)
    show_reasons(compared.told)
    return FOUND


def show_reasons(told: Iterable[Told]) -> None:
    """Why the kernels parted; a rule's general text is printed once."""
    said: set[str] = set()
    for one in told:
        where = f"why: {shlex.join(one.command)}" if one.command else "why"
        out.say(f"{where}: {one.head}  {one.fingerprint}", "bold")
        for step, command in one.steps.items():
            out.paragraph(f"step {step} is a call by: {shlex.join(command)}")
        for line in one.story.sentences:
            if line not in said:
                out.paragraph(line)
        said.update(one.story.general)


def show_pair(pair: Pair) -> None:
    """A command that went differently on the two kernels."""
    place = "" if pair.one.jail == "0" else f"  (in jail {pair.one.jail})"
    out.say(f"$ {shlex.join(pair.one.argv)}{place}", "bold")
    for side, ran in (("old", pair.old), ("new", pair.new)):
        head, *rows = went(ran)
        out.paragraph(f"{side}: {head}")
        for row in rows:
            out.paragraph(f"       {row}")


def went(ran: Ran | None) -> list[str]:
    """How a command ended, and what it printed."""
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
                "steps": {step: list(command) for step, command in told.steps.items()},
            }
            for told in compared.told
        ],
    }


# THE PROMPT


def talk(comparison: Comparison) -> int:
    """Do each line that is entered."""
    shell = Shell(comparison)
    if sys.stdin.isatty():
        out.say(f"{comparison}: commands or calls; undo, why, help, quit")
    for line in entered():
        try:
            answer(shell, line)
        except InputError as error:
            complain(error)
    return 0


def entered() -> Iterator[str]:
    """The lines that are entered, up to quit or the end."""
    if sys.stdin.isatty():
        import readline  # noqa: F401, PLC0415  # Lines can then be edited.
    while True:
        try:
            line = input("> " if sys.stdin.isatty() else "").strip()
        except EOFError:
            return
        if line in ("quit", "exit"):
            return
        if line and not line.startswith("#"):
            yield line


def answer(shell: Shell, line: str) -> None:
    """Answer one line.

    :raises InputError: if it is malformed.
    """
    match line:
        case "help":
            rows = HELP.splitlines()
        case "undo":
            undone = shell.undo()
            rows = [f"undone: {undone}" if undone else "there is nothing to undo"]
        case "why":
            told = shell.why()
            show_reasons(told)
            rows = [] if told else ["the kernels have not parted"]
        case _:
            rows = side_by_side(shell.do(line))
    for row in rows:
        out.say(row)


def side_by_side(answers: list[str]) -> list[str]:
    """What both kernels said, or each of them."""
    if len(answers) == 1:
        return answers[0].splitlines()
    return [
        f"{side}  {row}"
        for side, text in zip(("old", "new"), answers, strict=True)
        for row in text.splitlines() or ["-"]
    ]
