"""Fingerprints: findings of the same class have the same one, in this run and in all others.

A fingerprint has 16 hex digits.  The first 8 are the family: a rule or an invariant, and the side
that it blames.  So a baseline can name a known mistake as a whole.  The last 8 are the shape of
what happened.  The kind of bug is not included, because we may rename a kind, and the bug remains
the same.
"""

from functools import cache
from hashlib import blake2b
from typing import Final

VERSION: Final = 3
UNEXPLAINED: Final = "unexplained"  # stands for the rule if none claims it
UNKNOWN: Final = "unknown"  # stands for the side if it is not known


@cache
def family(rule: str | None, side: str | None, version: int = VERSION) -> str:
    """The family: the beginning of all fingerprints of a rule or an invariant, against one side."""
    return digest(f"{version}|{rule or UNEXPLAINED}|{side or UNKNOWN}")


def fingerprint(rule: str | None, side: str | None, kind: str, shape: tuple[object, ...]) -> str:
    """The family, then the shape of a root, an echo or a violation."""
    return family(rule, side) + digest("|".join(map(str, (kind, *shape))))


def digest(text: str) -> str:
    """A hash of the text, in 8 hex digits."""
    return blake2b(text.encode(), digest_size=4).hexdigest()
