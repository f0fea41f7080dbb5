"""The words of `jailcall`, a program that makes one raw system call about jails.

fuzz/jaildiff/findings/reproduce/jailcall.c says what they mean.
"""

from jail_kernel.call import Value
from jaildiff.programs.program import FLAGS

RAW_FLAGS = ("create", "update", "attach", "dying")  # the names that it knows
JAILSYS = {"disable": 0, "new": 1, "inherit": 2}
JAILSYS_NAMES = ("host", "vnet", "ip4", "ip6")


def flags_of(word: str) -> int:
    """The bits of named flags, or of a number.

    :raises ValueError: if they are neither.
    """
    if word.isdecimal():
        return int(word)
    names = word.split(",")
    if not set(names) <= set(RAW_FLAGS):
        raise ValueError(word)
    return sum({FLAGS[name] for name in names})


def param_of(word: str) -> tuple[str, Value]:
    """A parameter as programs have it.

    :raises ValueError: if its type is not known.
    """
    name, has_value, value = word.partition("=")
    if not has_value:
        return name, True
    kind, _, text = value.partition(":")
    match kind:
        case "4" | "6":
            return name, tuple(filter(None, text.split(",")))
        case "s":
            return name, text
        case "i" | "q":
            number = int(text)
            names = {bit: word for word, bit in JAILSYS.items()}
            return name, names.get(number, number) if name in JAILSYS_NAMES else number
    raise ValueError(word)
