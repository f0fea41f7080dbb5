"""Fingerprints: which findings are of one class, in this run and in every other.

16 hex digits.  The first 8 are the family: a rule or an invariant, and the kernel that it blames.
The last 8 are the shape of what happened.  A known mistake can so be named as a whole.  The kind of
bug is no part of it: what a bug is called can change, and it is the same bug.
"""

from functools import cache
from hashlib import blake2b

VERSION = 3
UNEXPLAINED = "unexplained"  # in place of a rule, if none claims it
UNKNOWN = "unknown"  # in place of a kernel, if nobody says which


@cache
def family(rule: str | None, side: str | None, version: int = VERSION) -> str:
    """What all findings of a rule or an invariant, against one kernel, begin with."""
    return digest(f"{version}|{rule or UNEXPLAINED}|{side or UNKNOWN}")


def fingerprint(rule: str | None, side: str | None, kind: str, shape: tuple[object, ...]) -> str:
    """The family, and the shape of a root, an echo or a violation."""
    return family(rule, side) + digest("|".join(map(str, (kind, *shape))))


def digest(text: str) -> str:
    """8 hex digits."""
    return blake2b(text.encode(), digest_size=4).hexdigest()
