"""Reading profiles: TOML with a list of tables [[profile]].

    [[profile]]
    name = "example"
    title = "a tool of nobody's"
    basis = "source"
    sources = [
      { repository = "owner/name", commit = "0123456789ab", path = "tool.sh", about = "start" },
    ]
    jails = ["web"]
    directories = ["/jails/web"]
    leaves = { "/bin/sh /etc/rc" = 1 }
    expected = "changes"
    notice = "A warning with every start."
    files."/etc/web.conf" = "web { path = /jails/web; persist; allow.dying; }"
    start = ["jail -f /etc/web.conf -c web"]
    check = [{ run = "jls name", there_if = '^web$' }]
    stop = [{ run = "jail -f - -r web", stdin = "/etc/web.conf", fails_on = "stderr" }]
    wait = ["jls -d -j web"]
    [[profile.fix]]
    says = "Leave allow.dying out."
    audience = "authors"
    files."/etc/web.conf" = "web { path = /jails/web; persist; }"

A step is a command, a table with `run` (a command), or a table with `call` (a call in the op
language).  `keeps_jid` says that the tool notes the jid it is told; `{jid}` stands for it later.
`unseen` says that the output goes to /dev/null.  `given` lists steps that somebody else has taken
before.  `check` and `wait` ask whether the jail is there.  It is if the step works or, with
`there_if`, if a line of the output matches that regular expression.  A wait loops as long as one of
its steps finds the jail.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from jaildiff.impact.acts import FailsOn, ToolCommand
from jaildiff.impact.describe.judging import Effect
from jaildiff.impact.lifecycle_runs.tool import NOTED
from jaildiff.profiles.profile import (
    IDIOMS,
    PROBES,
    Basis,
    Fix,
    Profile,
    Source,
)
from jaildiff.programs.op_language import parse as parse_ops
from jaildiff.support.errors import InputError, mismatch, suggestion
from jaildiff.support.toml_entries import entries, read_text

WHERE = "fuzz/jaildiff/profiles/profiles.toml"
PROGRAMS = ("jail", "jls", "jexec", "service")
NO_EFFECT = "nothing"
REQUIRED = frozenset({"name", "title", "basis", "jails", "expected", "start", "stop"})
ALLOWED = REQUIRED | frozenset(
    {
        *IDIOMS,
        "sources",
        "memory",
        "notice",
        "reports",
        "directories",
        "files",
        "leaves",
        "given",
        "fix",
    }
)
SOURCE_KEYS = frozenset({"repository", "commit", "path", "about"})
STEP_KEYS = frozenset({"run", "call", "stdin", "fails_on", "keeps_jid", "unseen", "there_if"})
SWITCHES = ("keeps_jid", "unseen")
FIX_KEYS = frozenset({"says", "audience", "files", *IDIOMS})
AUDIENCES = ("users", "authors")

Word = TypeVar("Word", bound=StrEnum)


class _WrongError(Exception):
    """An entry is wrong; this never leaves the module."""


@cache
def profiles() -> Mapping[str, Profile]:
    """All profiles that are shipped, by name."""
    file = resources.files("jaildiff.profiles").joinpath("profiles.toml")
    return parse(read_text(file, WHERE), WHERE)


def chosen(name: str) -> list[Profile]:
    """The profile of that name; all of them for `all`.  Raises InputError."""
    known = profiles()
    if name == "all":
        return list(known.values())
    if name not in known:
        hint = suggestion(name, [*known, "all"])
        raise InputError("", 0, 0, f"there is no profile {name!r}{hint}: {', '.join(known)}, all")
    return [known[name]]


def parse(text: str, where: str) -> dict[str, Profile]:
    """The profiles of a TOML file, by name.  Raises InputError."""
    found: dict[str, Profile] = {}
    for number, entry in enumerate(entries(text, where, "profile")[0], 1):
        label = entry.get("name", number) if isinstance(entry, dict) else number
        try:
            profile = profile_of(entry)
        except _WrongError as error:
            raise InputError(where, 0, 0, f"profile {label}: {error}") from None
        if profile.name in found:
            raise InputError(where, 0, 0, f"profile {label}: there is one of this name")
        found[profile.name] = profile
    return found


def profile_of(entry: object) -> Profile:
    """One entry; every key must be known."""
    table = table_of(entry, REQUIRED, ALLOWED)
    basis = word(Basis, table["basis"], "basis")
    idioms = idioms_of(table)
    sources = tuple(source_of(one) for one in list_of(table.get("sources", []), "sources"))
    memory, notice = text_of(table, "memory"), text_of(table, "notice")
    expected = effect_of(table["expected"])
    if bool(sources) == (basis is Basis.MEMORY):
        raise _WrongError("expected sources, unless all of it is from memory")
    if bool(memory) == (basis is Basis.SOURCE):
        raise _WrongError("expected what is from memory, unless all of it was read")
    if bool(notice) == (expected is None):
        raise _WrongError("expected how users notice, unless they do not")
    jails = texts(table["jails"], "jails")
    if not jails:
        raise _WrongError("expected at least one jail")
    return Profile(
        name=text_of(table, "name"),
        title=text_of(table, "title"),
        basis=basis,
        jails=jails,
        expected=expected,
        idioms=idioms,
        sources=sources,
        memory=memory,
        notice=notice,
        reports=texts(table.get("reports", []), "reports"),
        directories=texts(table.get("directories", []), "directories"),
        files=files_of(table),
        leaves=leaves_of(table.get("leaves", {})),
        given=tuple(step_of(one, "given") for one in list_of(table.get("given", []), "given")),
        fixes=tuple(fix_of(one, idioms) for one in list_of(table.get("fix", []), "fix")),
    )


def source_of(entry: object) -> Source:
    """Where something was read."""
    table = table_of(entry, SOURCE_KEYS, SOURCE_KEYS)
    values = {key: text_of(table, key) for key in SOURCE_KEYS}
    if not re.fullmatch(r"[0-9a-f]{12,40}", values["commit"]):
        raise _WrongError(mismatch("a commit of 12 to 40 hexadecimal digits", values["commit"]))
    return Source(**values)


def fix_of(entry: object, known: Mapping[str, object]) -> Fix:
    """A fix: what to do instead of the tool's own idioms."""
    table = table_of(entry, frozenset({"says", "audience"}), FIX_KEYS)
    audience = text_of(table, "audience")
    if audience not in AUDIENCES:
        raise _WrongError(mismatch(f"an audience of {', '.join(AUDIENCES)}", audience))
    files, idioms = files_of(table), idioms_of(table)
    if not (files or idioms) or not idioms.keys() <= known.keys():
        raise _WrongError("expected files, or idioms that the profile has, in a fix")
    return Fix(text_of(table, "says"), audience, files, idioms)


def idioms_of(table: Mapping[str, Any]) -> dict[str, tuple[ToolCommand, ...]]:
    """The idioms of a profile or of a fix."""
    return {
        name: tuple(step_of(one, name) for one in list_of(table[name], name))
        for name in IDIOMS
        if name in table
    }


def step_of(entry: object, idiom: str) -> ToolCommand:
    """One step of an idiom."""
    table = table_of({"run": entry} if isinstance(entry, str) else entry, frozenset(), STEP_KEYS)
    if ("run" in table) == ("call" in table):
        raise _WrongError(f"{idiom}: expected a run or a call")
    is_call = "call" in table
    text = text_of(table, "call" if is_call else "run")
    (check_call if is_call else check_command)(text, idiom)
    there_if = text_of(table, "there_if")
    if there_if and idiom not in PROBES:
        raise _WrongError(f"{idiom}: expected there_if in {' and '.join(PROBES)} only")
    try:
        re.compile(there_if)
    except re.error as error:
        raise _WrongError(f"{idiom}: expected a regular expression: {error}") from None
    switches = {key: table.get(key, False) for key in SWITCHES}
    if not all(isinstance(value, bool) for value in switches.values()):
        raise _WrongError(mismatch(f"{idiom}: true or false as {', '.join(SWITCHES)}", switches))
    return ToolCommand(
        text=text,
        is_call=is_call,
        stdin=text_of(table, "stdin"),
        fails_on=word(FailsOn, table.get("fails_on", "status"), "fails_on"),
        there_if=there_if,
        **switches,
    )


def check_command(text: str, idiom: str) -> None:
    """Raise _WrongError if this is no command of a program that is modelled."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise _WrongError(f"{idiom}: {text}: {error}") from None
    if not words or words[0] not in PROGRAMS:
        raise _WrongError(mismatch(f"{idiom}: a command of {', '.join(PROGRAMS)}", text))


def check_call(text: str, idiom: str) -> None:
    """Raise _WrongError if this is no call of the op language."""
    try:
        script = parse_ops(f"jaildiff 1\n{text.replace(NOTED, '1')}\n", idiom)
    except InputError as error:
        raise _WrongError(f"{idiom}: {text}: {error.message}") from None
    if len(script.lines) != 1:
        raise _WrongError(mismatch(f"{idiom}: one call", text))


def files_of(table: Mapping[str, Any]) -> dict[str, str]:
    """The files that a tool writes, by name."""
    return mapping_of(table.get("files", {}), "files", lambda value: isinstance(value, str))


def leaves_of(value: object) -> dict[str, int]:
    """How many processes a command leaves behind."""
    return mapping_of(value, "leaves", lambda number: type(number) is int and number >= 0)


def mapping_of(value: object, what: str, fits: Callable[[object], bool]) -> dict[str, Any]:
    """A table whose values all fit."""
    if not isinstance(value, dict) or not all(map(fits, value.values())):
        raise _WrongError(mismatch(f"a table of {what}", value))
    return value


def table_of(entry: object, required: Iterable[str], allowed: Iterable[str]) -> dict[str, Any]:
    """A table with these keys."""
    if not isinstance(entry, dict):
        raise _WrongError(mismatch("a table", entry))
    wrong = sorted((set(required) - entry.keys()) | (entry.keys() - set(allowed)))
    if wrong:
        raise _WrongError(f"missing or unknown keys {wrong}")
    return entry


def list_of(value: object, what: str) -> list[Any]:
    """A list that is not empty, unless it was left out."""
    if not isinstance(value, list):
        raise _WrongError(mismatch(f"a list as {what}", value))
    return value


def texts(value: object, what: str) -> tuple[str, ...]:
    """A list of texts."""
    found = list_of(value, what)
    if not all(isinstance(one, str) and one for one in found):
        raise _WrongError(mismatch(f"texts as {what}", value))
    return tuple(found)


def text_of(table: Mapping[str, Any], key: str) -> str:
    """A text; an empty one if it was left out."""
    value = table.get(key, "")
    if not isinstance(value, str) or (key in table and not value):
        raise _WrongError(mismatch(f"a text as {key}", value))
    return value


def effect_of(value: object) -> Effect | None:
    """An effect; None for the word that says that there is none."""
    if value == NO_EFFECT:
        return None
    try:
        return Effect(str(value))
    except ValueError:
        known = ", ".join([*Effect, NO_EFFECT])
        raise _WrongError(mismatch(f"one of {known} as expected", value)) from None


def word(kind: type[Word], value: object, what: str) -> Word:
    """A member of a set of words."""
    try:
        return kind(str(value))
    except ValueError:
        raise _WrongError(mismatch(f"one of {', '.join(kind)} as {what}", value)) from None
