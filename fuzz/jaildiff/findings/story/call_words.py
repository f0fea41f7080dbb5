"""Calls, answers and differences in plain words."""

import shlex
from collections.abc import Mapping, Sequence

from jail_kernel.call import (
    JAIL_AT_DESC,
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_GET_DESC,
    JAIL_OWN_DESC,
    JAIL_UPDATE,
    JAIL_USE_DESC,
    Close,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    JailSet,
    Malformed,
    Poke,
    Result,
    Wish,
)
from jail_kernel.jail_get import View
from jaildiff.differ.comparison import Words
from jaildiff.kernels.snapshot import result_json, values_json
from jaildiff.programs.answer_language import value_text
from jaildiff.programs.commands.command import Command, Op
from jaildiff.programs.commands.command_result import CommandResult
from jaildiff.programs.op_language import param_text
from jaildiff.programs.program import FLAGS_KNOWN
from jaildiff.support.printable import quoted

PRINTED_MAX = 4  # lines of a command, as they are told
FIRST = ("dying", "parent", "path", "securelevel")  # of what is read, what matters most
FLAG_WORDS = {
    JAIL_DYING: "JAIL_DYING",
    JAIL_USE_DESC: "JAIL_USE_DESC",
    JAIL_AT_DESC: "JAIL_AT_DESC",
    JAIL_GET_DESC: "JAIL_GET_DESC",
    JAIL_OWN_DESC: "JAIL_OWN_DESC",
}


def listed(words: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def steps(numbers: Sequence[int]) -> str:
    """Steps by their numbers."""
    return ("step " if len(numbers) == 1 else "steps ") + listed([*map(str, numbers)])


def call_words(call: Op, who: str, jail_max: int, *, done: bool = True) -> str:
    """Who did what, as a sentence without its full stop: "asks to" if a kernel refused."""
    match call:
        case JailSet():
            return f"{who} {set_words(call, done=done)}"
        case JailGet(_, flags, by, want, plain):
            also = ", a dying one too" if flags & JAIL_DYING else ""
            asked = asked_words(dict(by), flags)
            wished = wishes_words(want, plain=plain)
            return f"{who} asks for {asked}{also}{wished}{desc_words(flags)}"
        case JailAttach(_, jid):
            return f"{who} {'enters' if done else 'asks to enter'} jail {jid}"
        case JailRemove(_, jid):
            return f"{who} {'removes' if done else 'asks to remove'} jail {jid}"
        case JailAttachJd(_, fd):
            return f"{who} enters the jail of descriptor {fd}"
        case JailRemoveJd(_, fd):
            return f"{who} removes the jail of descriptor {fd}"
        case Close(_, fd):
            return f"{who} closes descriptor {fd}"
        case Fork(_, child):
            return f"{who} forks process {child}"
        case ForkBegin(_, child):
            return f"{who} begins to fork process {child}"
        case ForkEnd(child):
            return f"the fork of process {child} ends"
        case Exit():
            return f"{who} ends"
        case Hold(_, res):
            return f"{who} leaves the holder {quoted(res)} behind, which keeps its jail"
        case Drop(res):
            return f"the holder {quoted(res)} lets go of its jail"
        case Poke():
            return poke_words(call, jail_max)
        case Command(argv):
            return f"root types `{shlex.join(argv)}`"
        case Malformed(text):
            return f"a line is no call: {quoted(text)}"


def poke_words(call: Poke, jail_max: int) -> str:
    """A poke: it stands for more creates or renumberings than a program could make."""
    told = []
    if call.lastprid is not None:
        told.append(f"a create had taken the automatic jid {call.lastprid}")
    if call.lastdeadid is not None:
        number = f"{jail_max + 1 - call.lastdeadid:,} dying jails" if call.lastdeadid else "no jail"
        told.append(f"{number} had been renumbered")
    return "the counters of jids " + (f"stand as if {listed(told)}" if told else "stay")


def set_words(call: JailSet, *, done: bool) -> str:
    """What a jail_set is to do."""
    verbs = {JAIL_CREATE: "creates", JAIL_UPDATE: "updates"}
    if not done:
        verbs = {JAIL_CREATE: "create", JAIL_UPDATE: "update"}
    verb = " or ".join(verb for flag, verb in verbs.items() if call.flags & flag)
    verb = f"asks to {verb}" if verb and not done else verb
    given = dict(call.params)
    jid, name = given.get("jid"), given.get("name")
    has_jid, has_name = type(jid) is int and jid != 0, isinstance(name, str)
    jail = (
        f"jail {jid}"
        if has_jid
        else "the jail"
        if verb.endswith(("updates", "to update"))
        else "a jail"
    )
    called = f" named {value_text(name)}" if has_name else ""
    if has_jid and has_name and not call.flags & JAIL_CREATE:
        called = f" and asks for the name {value_text(name)}"
    shown = {"jid"} if has_jid else set()
    shown |= {"name"} if has_name else set()
    others = [param_text(*pair) for pair in call.params if pair[0] not in shown]
    others += [f"the flag {flag}" for bit, flag in FLAG_WORDS.items() if call.flags & bit]
    rest = call.flags & ~FLAGS_KNOWN
    others += [f"the unknown flags {rest:#x}"] if rest else []
    told = f"{verb or 'calls jail_set, neither to create nor to update,'} {jail}{called}"
    told += f", with {listed(others)}" if others else ""
    enters = ", and enters it" if done else ", and to enter it"
    return told + (enters if call.flags & JAIL_ATTACH else "")


def desc_words(flags: int) -> str:
    """The descriptor that a jail_get asks for."""
    if flags & JAIL_OWN_DESC:
        return ", and for a descriptor that owns it"
    return ", and for a descriptor of it" if flags & JAIL_GET_DESC else ""


def asked_words(by: dict[str, int | str], flags: int) -> str:
    """The jail that a jail_get asks for."""
    if "desc" in by and flags & JAIL_USE_DESC:
        return f"the jail of descriptor {value_text(by['desc'])}"
    if "desc" in by and flags & JAIL_AT_DESC:
        at = by["desc"]
        above = f", below the jail of descriptor {value_text(at)}"
        return asked_words(by, flags & ~JAIL_AT_DESC) + above
    if "lastjid" in by:
        return f"the next jail after {value_text(by['lastjid'])}"
    if by.get("jid", 0) != 0:
        return f"jail {value_text(by['jid'])}"
    return f"the jail named {value_text(by['name'])}" if "name" in by else "no jail at all"


def wishes_words(want: Sequence[Wish], *, plain: bool) -> str:
    """What is to be read of it, if that is said."""
    names = listed([quoted(name) + size_words(size) for name, size in want])
    if plain:
        return f", and wants {names}, too" if names else ""
    return f", and wants only {names}" if names else ", and wants nothing else"


def size_words(size: int | None) -> str:
    """The buffer of a wish, if it is not one that always fits."""
    if size is None:
        return ""
    return f" (in {size} bytes)" if size else " (its length)"


def answer_words(call: Op, old: Result, new: Result, words: Words) -> str:
    """What both kernels answered: a sentence without its full stop."""
    if isinstance(old, CommandResult) and isinstance(new, CommandResult):
        return command_words(old, new, words)
    one, other = answer_verb(call, old), answer_verb(call, new)
    if old == new:
        return f"both kernels answer alike: each {one}"
    read, other_read = (result_json(result).get("values") for result in (old, new))
    if one != other or not isinstance(read, dict) or not isinstance(other_read, dict):
        return f"{words.old} {one}; {words.new} {other}"
    return f"each kernel {one}, which {different_words(read, other_read, words)}"


def answer_verb(call: Op, result: Result) -> str:
    """What one kernel did."""
    if result.undefined:
        return f"has no answer ({result.errmsg})"
    if result.panicked:
        return f"panics ({result.errmsg})"
    if result.errno is not None:
        text = f" ({quoted(result.errmsg)})" if result.errmsg is not None else ""
        return f"refuses with {result.errno}{text}"
    if isinstance(call, JailSet):
        return f"succeeds with jail {result.ret}"
    return f"finds jail {result.ret}" if isinstance(call, JailGet) else "succeeds"


def command_words(old: CommandResult, new: CommandResult, words: Words) -> str:
    """How a command ended on both kernels, and what it said: a sentence without its full stop."""
    if old == new:
        return f"on both kernels it {command_verb(old, None)}"
    one, other = command_verb(old, new), command_verb(new, old)
    return f"on {words.old} it {one}; on {words.new} it {other}"


def command_verb(result: CommandResult, other: CommandResult | None) -> str:
    """How a command ended, and what it printed that the other run did not."""
    if result.undefined:
        return f"asks for what has no answer ({result.errmsg})"
    if result.panicked:
        return f"makes the kernel panic ({result.errmsg})"
    seen = set() if other is None else {*lines_of(other)}
    said = [line for line in lines_of(result) if line not in seen]
    more = len(said) - PRINTED_MAX
    shown = [quoted(line) for line in said[:PRINTED_MAX]] + ([f"{more} more lines"] * (more > 0))
    printed = [f"prints {listed(shown)}"] if said else []
    ending = "succeeds" if result.ok else f"ends with {result.ending}"
    return listed([ending, *printed])


def lines_of(result: CommandResult) -> list[str]:
    """Output and messages, line by line."""
    return [
        line.strip() for line in f"{result.stdout}\n{result.stderr}".split("\n") if line.strip()
    ]


def values_words(old: View, new: View, words: Words) -> str:
    """Which parameters of a jail differ, with their values."""
    return different_words(values_json(old), values_json(new), words)


def different_words(one: Mapping[str, object], other: Mapping[str, object], words: Words) -> str:
    """The same of what was read, by the names that jail_get(2) knows."""
    names = [name for name in one if one[name] != other[name]]
    names.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    has, had = (
        listed([f"{name}={value_text(values[name])}" for name in names]) for values in (one, other)
    )
    return f"has {has} on {words.old} and {had} on {words.one}"
