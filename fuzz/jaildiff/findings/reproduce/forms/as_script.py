"""A plan as a POSIX shell script for a FreeBSD host."""

from collections.abc import Iterator, Sequence
from importlib import resources
from textwrap import wrap

from jaildiff.findings.reproduce.forms.shell_words import ShellWord, Words
from jaildiff.findings.reproduce.plan import ROOT, Keep, Plan, Release, Run
from jaildiff.findings.reproduce.telling import Told
from jaildiff.programs.program import JAIL_MAX
from jaildiff.support.printable import printable

COMMENT_WIDTH = 98
EXIT_CODES = (
    "Run it as root on a FreeBSD machine without jails: at the end it removes all jails.",
    "Exit codes: 0 the kernel answers as expected, 1 otherwise, 2 it cannot be tried here.",
)


def script(told: Told, plan: Plan) -> str:
    """The whole file."""
    words = Words()
    body = list(script_steps(told, plan, words))
    rows = ["#!/bin/sh", *comments((told.title, *told.story, *told.expectation))]
    rows += ["#", *comments(EXIT_CODES), *warning(plan), ""]
    rows += [shipped("script_prelude.sh"), *shared(plan, "cannot")]
    rows += ["need_jailcall"] if plan.needs_jailcall else []
    rows += [*words.definitions(), *body, "", "printf 'This kernel answers as expected.\\n'"]
    return "\n".join(rows) + "\n"


def script_steps(told: Told, plan: Plan, words: Words) -> Iterator[str]:
    """The commands, each below a line that says what the program does there."""
    yield from folders(plan, words)
    yield from dead_jids(plan)
    last = -1
    for action in plan.actions:
        if action.step != last:
            last = action.step
            yield f"\nstep {last} {words.text(told.calls[last])}"
        match action:
            case Release():
                yield f"release {action.name}"
            case Keep():
                yield f"keep {action.name} {words.line(action.words)}"
                yield from kept(action, words)
            case Run():
                yield tried(action, words)
        if not isinstance(action, Release) and action.stores:
            yield f"{action.stores}=$(cat out)"


def tried(action: Run, words: Words) -> str:
    """A command, and what it must answer."""
    line, text = words.line(action.words), words.word(action.answer.text)
    if not action.answer.ok:
        return f"fails {text} {line}"
    return f"prints {text} {line}" if action.answer.text else f"works {line}"


def kept(action: Keep, words: Words) -> Iterator[str]:
    """What a command that stays must have printed."""
    if action.answer.text:
        yield f"prints {words.word(action.answer.text)} cat {action.name}.out"


# WHAT THE SHELL AND ATF HAVE IN COMMON


def comments(texts: Sequence[str]) -> Iterator[str]:
    """Sentences as comments."""
    for text in texts:
        yield from (f"# {row}" for row in wrap(printable(text), COMMENT_WIDTH))


def warning(plan: Plan) -> Iterator[str]:
    """The warning that a kernel may panic."""
    if plan.panics:
        yield from comments(("A kernel that answers otherwise panics here.",))


def folders(plan: Plan, words: Words) -> Iterator[str]:
    """Make the folders that jails have as their roots."""
    for path in plan.folders:
        word: ShellWord = (ROOT, path)
        yield f"mkdir -p {words.word(word)}"


def dead_jids(plan: Plan) -> Iterator[str]:
    """Find out where the kernel is with the jids that it gives to dying jails."""
    if plan.dead:
        yield "count_dead"
    for jid, name in sorted(plan.dead.items(), reverse=True):
        yield f"{name}=$((dead - {JAIL_MAX + 1 - jid}))"


def shared(plan: Plan, complain: str) -> list[str]:
    """The functions that only some scripts need."""
    rows = jailcall(complain) if plan.needs_jailcall else []
    return rows + ([shipped("count_dead.sh")] if plan.dead else [])


def jailcall(complain: str) -> list[str]:
    """The shell function `need_jailcall`: use the one on PATH, else compile it from its source."""
    return [
        "# jailcall makes system calls that jail(8) does not make.",
        "need_jailcall()",
        "{",
        "\t! command -v jailcall >/dev/null || return 0",
        f"\tcommand -v cc >/dev/null || {complain} 'there is no cc to make jailcall with'",
        "\tcat >jailcall.c <<'END'",
        f"{shipped('jailcall.c')}END",
        f"\tcc -o jailcall jailcall.c || {complain} 'cc cannot make jailcall'",
        "\tPATH=$PWD:$PATH",
        "}",
        "",
    ]


def shipped(name: str) -> str:
    """A file that comes with this room."""
    return resources.files("jaildiff.findings.reproduce").joinpath(name).read_text("utf-8")
