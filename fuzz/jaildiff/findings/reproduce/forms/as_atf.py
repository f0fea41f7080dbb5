"""A plan as an ATF test in the style of FreeBSD's usr.sbin/jail/tests."""

import re
from collections.abc import Iterator

from jaildiff.findings.reproduce.forms.as_script import (
    comments,
    dead_jids,
    folders,
    shared,
    shipped,
    warning,
)
from jaildiff.findings.reproduce.forms.shell_words import ShellWord, Var, Words, ere, in_quotes
from jaildiff.findings.reproduce.plan import Keep, Plan, Release, Run
from jaildiff.findings.reproduce.telling import Told
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.support.printable import printable

INTERPRETER = "/usr/libexec/atf-sh"
RELEASE_15 = 1500000  # __FreeBSD_version of the release with the patch
KYUA_SUITE = "jaildiff"
ALLOW_PANIC = "allow_panic"
# These functions are called by ATF, and its own are not seen here.
DIRECTIVE = "# shellcheck disable=SC2317,SC2329"


def atf(told: Told, plan: Plan) -> str:
    """The whole file, one test case."""
    words, name = Words(), identifier(told.name)
    body = list(commands_of(told, plan, words))
    rows = [f"#! {INTERPRETER}", "#", "# SPDX-License-Identifier: BSD-2-Clause", "#"]
    rows += [*comments((told.title, *told.story, *told.expectation)), *warning(plan)]
    rows += ["", DIRECTIVE, "", shipped("atf_prelude.sh"), *shared(plan, "atf_skip")]
    rows += [f'atf_test_case "{name}" "cleanup"', f"{name}_head()", "{"]
    rows += [*map(indented, head(told)), "}", "", f"{name}_body()", "{"]
    rows += [
        *map(indented, [*setting_up(told, plan), *words.definitions(), *body]),
        "}",
        "",
        f"{name}_cleanup()",
        "{",
        "\ttidy",
        "}",
        "",
    ]
    rows += ["atf_init_test_cases()", "{", f'\tatf_add_test_case "{name}"', "}"]
    return "\n".join(rows) + "\n"


def kyuafile(programs: tuple[str, ...]) -> str:
    """The Kyuafile of some tests.  Each needs root, and the machine for itself."""
    rows = ["syntax(2)", "", f'test_suite("{KYUA_SUITE}")', ""]
    rows += [
        f'atf_test_program{{name="{name}", is_exclusive=true, required_user="root"}}'
        for name in programs
    ]
    return "\n".join(rows) + "\n"


def identifier(name: str) -> str:
    """The name of a test case: a name of the shell."""
    found = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return found if found[:1].isalpha() else f"test_{found}".rstrip("_")


def indented(rows: str) -> str:
    """Lines in a function."""
    return "\n".join(f"\t{row}" if row else "" for row in rows.split("\n"))


def head(told: Told) -> Iterator[str]:
    """What kyua is told before it runs the test."""
    yield f"atf_set descr {in_quotes(printable(told.title))}"
    yield "atf_set require.user root"
    yield 'atf_set require.progs "jail jls"'


def setting_up(told: Told, plan: Plan) -> Iterator[str]:
    """What stands before the first step."""
    yield "need_no_jails"
    if plan.needs_jailcall:
        yield "need_jailcall"
    condition = runs(told.other)
    if condition and plan.panics:
        yield f'if {condition} && [ "$(atf_config_get {ALLOW_PANIC} no)" != yes ]; then'
        yield f"\tatf_skip 'it would panic this kernel; set {ALLOW_PANIC} to yes to see that'"
        yield "fi"
    if condition:
        yield f"if {condition}; then"
        yield f"\tatf_expect_fail {in_quotes(printable(told.title))}"
        yield "fi"


def runs(model: Model) -> str:
    """A shell test for whether this kernel runs; empty if no release has it."""
    if model is LEGACY:
        return f'[ "$(uname -K)" -lt {RELEASE_15} ]'
    return f'[ "$(uname -K)" -ge {RELEASE_15} ]' if model is NEW else ""


def commands_of(told: Told, plan: Plan, words: Words) -> Iterator[str]:
    """The commands, each below a comment that says what the program does there."""
    if plan.folders:
        yield "root=$PWD"
        yield from folders(plan, words)
    yield from dead_jids(plan)
    last = -1
    for action in plan.actions:
        if action.step != last:
            last = action.step
            yield ""
            yield f"# step {last}: {printable(told.calls[last])}"
        match action:
            case Release():
                yield f"release {action.name}"
            case Keep():
                yield f"keep {action.name} {words.line(action.words)}"
                if action.answer.text:
                    yield f"atf_check -o {inline(action.answer.text, words)} cat {action.name}.out"
                if action.stores:
                    yield f"{action.stores}=$(cat {action.name}.out)"
            case Run():
                yield from checked(action, words)


def checked(action: Run, words: Words) -> Iterator[str]:
    """A command, and what it must answer."""
    line = words.line(action.words)
    if not action.answer.ok:
        text = "".join(map(str, action.answer.text))
        expected = words.word((f"match:{ere(text)}",)) if text else "not-empty"
        yield f"atf_check -s not-exit:0 -o ignore -e {expected} {line}"
    elif action.stores:
        yield f"atf_check -o save:{action.stores} -e ignore {line}"
        yield f"{action.stores}=$(cat {action.stores})"
    elif action.answer.text:
        yield f"atf_check -o {inline(action.answer.text, words)} -e ignore {line}"
    else:
        yield f"atf_check -o ignore -e ignore {line}"


def inline(text: ShellWord, words: Words) -> str:
    """The text and a line end, as atf-check(1) compares it."""
    shown = (part if isinstance(part, Var) else part.replace("\\", "\\\\") for part in text)
    return words.word(("inline:", *shown, "\\n"))
