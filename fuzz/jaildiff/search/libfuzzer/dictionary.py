"""The words of the op language as a libFuzzer dictionary.

`python -m jaildiff.search.libfuzzer.dictionary` prints it.  The words come from their definitions,
so that none is forgotten.
"""

import re
import sys
from collections.abc import Iterator

from jail_kernel import allow
from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    Call,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Poke,
)
from jail_kernel.options import JAILSYS, RO_NAMES
from jaildiff.programs.answer_language import PLAIN
from jaildiff.programs.json_form import FORMAT
from jaildiff.programs.op_language import call_text
from jaildiff.programs.program import FLAGS
from jaildiff.search.generator.vocabulary import ADDRS4, ADDRS6, NAMES, ODD_JIDS

CALLS: tuple[Call, ...] = (
    JailSet(1, JAIL_CREATE, (("jid", 5), ("persist", True))),
    JailSet(2, JAIL_CREATE | JAIL_ATTACH, (("name", "a"),)),
    JailGet(1, 0, (("lastjid", 0),)),
    JailAttach(2, 5),
    JailRemove(1, 5),
    Fork(1, 2),
    ForkBegin(1, 2),
    ForkEnd(2),
    Exit(2),
    Hold(2, "r1"),
    Drop("r1"),
    Poke(5, 5),
)


def words() -> dict[str, list[str]]:
    """The words, by topic."""
    return {
        "head": [f"jaildiff {FORMAT}\n", "JAIL_MAX 6\n"],
        "call": [f"{call_text(call)}\n" for call in CALLS],
        "flag": [*map(str.upper, FLAGS), "|"],
        "parameter": sorted({"jid", "name", *PLAIN, *allow.NAMES, *RO_NAMES}),
        "value": ["true", "false", "null", *quotes((*JAILSYS, *NAMES, *ADDRS4, *ADDRS6))],
        "jid": list(map(str, ODD_JIDS)),
    }


def quotes(found: tuple[str, ...]) -> list[str]:
    """Words as strings in the op language."""
    return [f'"{word}"' for word in found]


def lines() -> Iterator[str]:
    """The dictionary, line by line."""
    for group, found in words().items():
        yield f"# {group}"
        for number, word in enumerate(found):
            yield f'{group}_{number}="{escaped(word)}"'


def escaped(word: str) -> str:
    r"""A word in libFuzzer's notation, whose only escapes are \\, \" and \xHH."""

    def escape(found: re.Match[str]) -> str:
        char = found.group()
        return f"\\{char}" if char in '\\"' else f"\\x{ord(char):02X}"

    return re.sub(r'[^ -~]|[\\"]', escape, word.encode().decode("latin-1"))


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in lines())
