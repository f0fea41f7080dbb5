"""Entries of a baseline made up for tests."""

from datetime import date

from jaildiff.differ.verdict.fingerprint import family
from jaildiff.findings.baseline import Baseline, Known


def known(
    rule: str = "failed-create-renumbers",
    side: str = "new",
    *,
    fingerprint: str = "",
    mistake: str = "renumbered",
    expires: date | None = None,
    max_count: int = 1,
) -> Known:
    """An entry for a whole family, or for one class."""
    return Known(
        fingerprint=fingerprint or family(rule, side) + "*",
        rule=rule,
        side=side,
        mistake=mistake,
        owner="somebody",
        reason="so it is",
        link="https://reviews.freebsd.org/D28150",
        evidence=("recorded D16",),
        expires=expires,
        max_count=max_count,
    )


def knowing(rule: str = "failed-create-renumbers", side: str = "new") -> Baseline:
    """A baseline with one entry."""
    return Baseline([known(rule, side)])


def entry_text(rule: str = "failed-create-renumbers", side: str = "new", **changes: str) -> str:
    """The text of an entry; each change is a value as TOML writes it, none takes the key out."""
    values = {
        "fingerprint": f'"{family(rule, side)}*"',
        "rule": f'"{rule}"',
        "side": f'"{side}"',
        "mistake": '"renumbered"',
        "owner": '"somebody"',
        "reason": '"landed so"',
        "link": '"https://reviews.freebsd.org/D28150"',
        "evidence": '["recorded D16"]',
        "expires": '"never"',
        "max_count": "9",
    } | changes
    rows = [f"{key} = {value}\n" for key, value in values.items() if value]
    return "[[known]]\n" + "".join(rows)
