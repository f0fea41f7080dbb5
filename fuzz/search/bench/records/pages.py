"""`python -m fuzz.search.bench.records.pages docs` draws the records in docs/bench, and writes what
the last of them says of the targets into docs/speed.md.
"""

import json
import sys
from pathlib import Path

from fuzz.search.bench.records.plot import releases, write_plot
from fuzz.search.bench.records.targets import targets_table
from fuzz.support.files import write_atomic

BEGIN, END = "<!-- targets -->\n", "<!-- end of targets -->\n"


def with_targets(page: str, docs: Path) -> str:
    """The page with the table of the last record in the place for it."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    last = releases(docs / "bench")[-1]
    on = json.loads(last.read_text(encoding="utf-8"))
    on["against"] = {}
    for path in sorted((docs / "bench").glob("against-*.json")):
        other = json.loads(path.read_text(encoding="utf-8"))
        on["against"][other["on"]["build"]] = other["against"]["ratio"]
    told = f"{on['on']['processor']}, {on['on']['python']}, record {last.stem}, medians of "
    told += f"{on['turns']} turns:\n\n"
    return f"{before}{BEGIN}{told}{targets_table(on)}{END}{after}"


def write_pages(docs: Path) -> None:
    """Write the plot and the table."""
    write_plot(docs / "bench")
    page = docs / "speed.md"
    write_atomic(page, with_targets(page.read_text(encoding="utf-8"), docs))


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
