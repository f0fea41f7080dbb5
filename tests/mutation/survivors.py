"""The mutants that are known to survive, each with the reason why nothing can tell it apart."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from jaildiff.support.errors import InputError

PATH = Path(__file__).with_name("survivors.toml")
TEXTS = ("file", "function", "was", "why")
KEYS = frozenset({*TEXTS, "becomes"})

Name = tuple[str, str, str, str]  # as in Mutant.name


def load(path: Path = PATH) -> dict[Name, str]:
    """Why each of them survives, by name.  Raises InputError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), 0, 0, f"expected TOML: {error}") from error
    entries = table.pop("survivor", [])
    if table or not isinstance(entries, list):
        raise InputError(str(path), 0, 0, f"expected only [[survivor]], found {sorted(table)}")
    found: dict[Name, str] = {}
    for number, entry in enumerate(entries, 1):
        for name, why in parse_entry(entry, str(path), number):
            if name in found:
                raise InputError(str(path), 0, 0, f"entry {number}: a second {name[3]!r}")
            found[name] = why
    return found


def parse_entry(entry: object, where: str, number: int) -> list[tuple[Name, str]]:
    """One line of a source, all that it may become, and why."""
    if not isinstance(entry, dict) or entry.keys() != KEYS:
        raise InputError(where, 0, 0, f"entry {number}: expected the keys {sorted(KEYS)}")
    becomes = entry["becomes"]
    texts = [*(entry[key] for key in TEXTS), *(becomes if isinstance(becomes, list) else [None])]
    if not becomes or not entry["why"] or not all(isinstance(text, str) for text in texts):
        raise InputError(where, 0, 0, f"entry {number}: expected texts, and a list in becomes")
    place = (entry["file"], entry["function"], entry["was"])
    return [((*place, line), entry["why"]) for line in becomes]


def held(
    known: Mapping[Name, str], survived: Iterable[Name], tried: Iterable[str]
) -> tuple[list[Name], list[Name]]:
    """The survivors that nothing explains, and the explanations, for the files that were tried,
    of what does not survive or is no mutant any more.
    """
    survived, tried = dict.fromkeys(survived), set(tried)
    unexplained = [name for name in survived if name not in known]
    stale = [name for name in known if name[0] in tried and name not in survived]
    return unexplained, stale
