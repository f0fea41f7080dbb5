import json
import re

from tests.house.tools import ROOT

HELD = {  # a row, and what was held
    "causes that a story names; left out, something else is seen": "something else without a cause",
    "causes graver than others; left out, another kind of thing is seen": (
        "another kind of thing without a graver cause"
    ),
    "echoes with steps that are not needed; without these the same kind of thing is seen": (
        "the same kind of thing without what is spared"
    ),
    "echoes of which it is told what is seen without the causes; it is so": (
        "what is said of it is so"
    ),
    "echoes; if the whole patch is taken back at their causes, they go": (
        "healing the causes removes it"
    ),
}


def test_numbers_are_those_of_the_last_run() -> None:
    """What docs/causes.md says was measured is what the command wrote."""
    measured = json.loads((ROOT / "tests" / "data" / "causes.json").read_text(encoding="utf-8"))
    text = (ROOT / "docs" / "causes.md").read_text(encoding="utf-8")
    _, table = text.split("## Measured")
    rows = dict(re.findall(r"^\| ([a-z].*?) \| (.*?) \|$", table, re.MULTILINE))
    counts = measured["counts"]
    held = {
        row: f"{counts[what] - counts.get(f'{what}: no', 0):,} of {counts[what]:,}"
        for row, what in HELD.items()
    }
    assert rows == {
        "divergent programs": f"{counts['divergent programs']:,}",
        "links from an echo to a root, by healing": f"{counts['links named']:,}",
        "precision against the deltas switched off": f"{measured['precision']:.4f}",
        "recall against the deltas switched off": f"{measured['recall']:.4f}",
        **held,
        "echoes for which only healing speaks": f"{counts['without the causes: same']:,}",
    }
