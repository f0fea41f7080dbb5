"""Calls as the words of `jailcall` (jailcall.c), and as those of jail(8) and jls(8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jail_kernel.call import (
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    JailGet,
    JailRemove,
    JailSet,
    Value,
)
from jail_userland.libjail import noname
from jaildiff.findings.reproduce.forms.shell_words import ShellWord, Var
from jaildiff.findings.reproduce.plan import ROOT, InexpressibleError
from jaildiff.hosts.jailcall_words import JAILSYS, JAILSYS_NAMES, RAW_FLAGS
from jaildiff.programs.program import FAMILIES, FLAGS

EIGHT_BYTES = "host.hostid"
PATH_MAX = 800  # Something stands before it.


@dataclass(slots=True)
class Jids:
    """The jids that the kernel chooses: a script cannot know them and keeps them in variables."""

    chosen: dict[int, Var] = field(default_factory=dict)

    def add(self, jid: int) -> Var:
        """The variable of a jail whose jid was chosen."""
        return self.chosen.setdefault(jid, Var(f"j{jid}"))

    def word(self, jid: int) -> ShellWord:
        """A jid."""
        return (self.chosen.get(jid, str(jid)),)

    def in_name(self, name: str) -> ShellWord:
        """The name of a jail. A component that is a chosen jid stands for a jail without a name."""
        numbers = {str(jid): var for jid, var in self.chosen.items()}
        parts: list[str | Var] = []
        for place, component in enumerate(name.split(".")):
            parts += ["."] if place else []
            parts.append(numbers.get(component, component))
        return tuple(parts)

    def occur_in(self, text: str) -> bool:
        """Whether a text may contain a chosen jid."""
        return any(str(jid) in text for jid in self.chosen)


def raw_set(call: JailSet, jids: Jids) -> tuple[ShellWord, ...]:
    """A jail_set(2) as words of jailcall."""
    params = (raw_param(name, value, jids) for name, value in call.params)
    return (("set",), (flags_text(call.flags),), *params)


def raw_get(call: JailGet, jids: Jids) -> tuple[ShellWord, ...]:
    """A jail_get(2) as words of jailcall."""
    return (("get",), (flags_text(call.flags),), *(raw_param(*pair, jids) for pair in call.by))


def flags_text(flags: int) -> str:
    """The flags by their names, or as a number if one has none that every kernel knows."""
    names = [name for name in RAW_FLAGS if flags & FLAGS[name]]
    return ",".join(names) if names and sum(FLAGS[name] for name in names) == flags else str(flags)


def raw_param(name: str, value: Value, jids: Jids) -> ShellWord:
    """A parameter as jailcall takes it.

    Raises InexpressibleError if no word can express it.
    """
    sayable(name)
    if "=" in name or name in ("", "-j"):
        raise InexpressibleError(f"the name of a parameter is {name!r}")
    if value is None or value is True:
        return (name,)
    if value is False:
        return (noname(name),)
    return (f"{name}=", *raw_value(name, value, jids))


def raw_value(name: str, value: int | str | tuple[str, ...], jids: Jids) -> ShellWord:
    """The type and the value."""
    if isinstance(value, tuple):
        return (f"{'4' if name.startswith('ip4') else '6'}:{','.join(value)}",)
    if isinstance(value, int):
        is_jid = name in ("jid", "lastjid")
        number = jids.word(value) if is_jid else (str(value),)
        return ("q:" if name == EIGHT_BYTES else "i:", *number)
    if name in JAILSYS_NAMES and value in JAILSYS:
        return (f"i:{JAILSYS[value]}",)
    return ("s:", *text_word(name, value, jids))


def text_word(name: str, text: str, jids: Jids) -> ShellWord:
    """A text as a value of a parameter: paths lie below the script's own folder."""
    sayable(text)
    if name == "name":
        return jids.in_name(text)
    if name == "path" and text.startswith("/") and text.strip("/"):
        if ".." in text.split("/") or len(text) > PATH_MAX:
            raise InexpressibleError(f"no folder can stand for the path {text[:40]!r}")
        return (ROOT, text)
    return (text,)


def sayable(text: str) -> None:
    """Raise InexpressibleError if no program can be given this text."""
    if "\0" in text:
        raise InexpressibleError("a text has a NUL in it")


def jail_command(call: JailSet, jids: Jids, *, chosen: bool) -> tuple[ShellWord, ...] | None:
    """The command line of jail(8) that could stand for a call; None if there is none.

    With `chosen` the kernel chooses the jid and jail(8) prints it.
    """
    first = call.params[:1]
    if call.flags == JAIL_CREATE:
        verb: tuple[ShellWord, ...] = (("-i",), ("-c",)) if chosen else (("-c",),)
    elif call.flags == JAIL_UPDATE and first and first[0][0] == "jid":
        verb = (("-m",),)
    else:
        return None
    words = [setting(name, value, jids) for name, value in call.params]
    return None if None in words else (("jail",), *verb, *(word for word in words if word))


def setting(name: str, value: Value, jids: Jids) -> ShellWord | None:
    """A parameter as jail(8) takes it; None if it cannot."""
    if name.startswith("-") or not name or "=" in name or "\0" in name:
        return None
    match value:
        case True:
            return (name,)
        case False:
            return (noname(name),)
        case int():
            return (f"{name}=", *(jids.word(value) if name == "jid" else (str(value),)))
        case str():
            return (f"{name}=", *text_word(name, value, jids))
        case tuple() if name in FAMILIES:
            return (f"{name}={','.join(value)}",)
    return None


def remove_command(call: JailRemove, jids: Jids) -> tuple[ShellWord, ...]:
    """The command line of jail(8) that removes a jail, whatever its configuration says."""
    return (("jail",), ("-R",), jids.word(call.jid))


def jls_command(call: JailGet, jids: Jids, shown: tuple[str, ...]) -> tuple[ShellWord, ...] | None:
    """The command line of jls(8) that could stand for a call; None if there is none."""
    if call.flags & ~JAIL_DYING or len(call.by) != 1:
        return None
    ((key, value),) = call.by
    if key == "jid" and isinstance(value, int):
        named = jids.word(value)
    elif key == "name" and isinstance(value, str) and value and "\0" not in value:
        named = jids.in_name(value)
    else:
        return None
    dying: tuple[ShellWord, ...] = (("-d",),) if call.flags else ()
    return (("jls",), *dying, ("-j",), named, *((name,) for name in shown))


def spoken(words: tuple[ShellWord, ...], variables: Mapping[str, str]) -> list[str]:
    """The words with the values of their variables."""
    return [
        "".join(variables[part.name] if isinstance(part, Var) else part for part in word)
        for word in words
    ]
