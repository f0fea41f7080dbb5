"""jail_userland/deltas.py: the marks."""

import re

from jail_userland.deltas import DELTAS
from tests.house.tools import ROOT, sources

MARK = re.compile(r"\[15: (U\d+)\]")


def test_every_delta_is_marked_and_every_mark_is_a_delta() -> None:
    """A change between 14 and 15 is visible where it is made."""
    found = [MARK.findall(path.read_text(encoding="utf-8")) for path in sources("jail_userland")]
    assert {mark for marks in found for mark in marks} == {delta.id for delta in DELTAS}


def test_a_release_is_asked_for_beside_a_mark() -> None:
    """No line compares releases without saying for which change."""
    for path in sources("jail_userland"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if re.search(r"release (<|>=) Release", line):
                near = "\n".join(lines[max(number - 3, 0) : number + 8])
                marked = MARK.search(near) or re.search(r"(_14|_15|START_14|INTPARAMS)\b", near)
                assert marked, f"{path.relative_to(ROOT)}:{number + 1}"
