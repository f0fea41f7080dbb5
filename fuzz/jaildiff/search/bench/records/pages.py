"""`python -m jaildiff.search.bench.records.pages tests/data/bench docs` draws the records of the
first folder as speed.svg of the second, and writes what the last says of the targets into its
speed.md.
"""

import json
import sys
from pathlib import Path

from jaildiff.search.bench.records.plot import plot, releases
from jaildiff.search.bench.records.targets import targets_table
from jaildiff.support.files import write_atomic

BEGIN, END = "<!-- targets -->\n", "<!-- end of targets -->\n"


def with_targets(page: str, records: Path) -> str:
    """The page with the table of the last record in the place for it."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    last = releases(records)[-1]
    on = json.loads(last.read_text(encoding="utf-8"))
    on["against"] = {}
    for path in sorted(records.glob("against-*.json")):
        other = json.loads(path.read_text(encoding="utf-8"))
        on["against"][other["on"]["build"]] = other["against"]["ratio"]
    told = f"{on['on']['processor']}, {on['on']['python']}, record {last.stem}, medians of "
    told += f"{on['turns']} turns:\n\n"
    return f"{before}{BEGIN}{told}{targets_table(on)}{END}{after}"


def write_pages(records: Path, docs: Path) -> None:
    """Write the plot and the table."""
    write_atomic(docs / "speed.svg", plot(records))
    page = docs / "speed.md"
    write_atomic(page, with_targets(page.read_text(encoding="utf-8"), records))


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]), Path(sys.argv[2]))
