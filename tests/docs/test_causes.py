import json
import re

from tests.house.tools import ROOT


def test_numbers_are_those_of_the_last_run() -> None:
    """What docs/causes.md says was measured is what the command wrote."""
    measured = json.loads((ROOT / "docs" / "causes.json").read_text(encoding="utf-8"))
    text = (ROOT / "docs" / "causes.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([a-z].*?) \| (.*?) \|$", text, re.MULTILINE))
    counts = measured["counts"]
    gone = "something else without a cause"
    same = "the same without what is spared"
    assert rows == {
        "divergent programs": f"{counts['divergent programs']:,}",
        "links from an echo to a root, by healing": f"{counts['links named']:,}",
        "precision against the deltas switched off": f"{measured['precision']:.4f}",
        "recall against the deltas switched off": f"{measured['recall']:.4f}",
        "causes that a story names; left out, something else is seen": (
            f"{counts[gone] - counts.get(f'{gone}: no', 0):,} of {counts[gone]:,}"
        ),
        "echoes with steps that are spared; without these the same is seen": (
            f"{counts[same] - counts.get(f'{same}: no', 0):,} of {counts[same]:,}"
        ),
    }
