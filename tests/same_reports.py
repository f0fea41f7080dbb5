"""Whether this tree says of generated programs what another commit's tree says, word for word.

Both run the same programs through their own command line.  What only one of them says of a
divergence, a field that is new, is left out.

    python -m tests.same_reports COMMIT --seeds 20 --programs 60
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jaildiff.programs.op_language import render, script_of
from jaildiff.search.generator.generate import generate
from tests.house.tools import ROOT
from tests.speed_against import package_of, tree


def reports(root: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """What the `run` of a tree says of the programs in a folder, by their file names."""
    done = subprocess.run(
        [sys.executable, "-m", package_of(root), "run", "--json", str(folder)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root / 'fuzz'}:{root}"},
        capture_output=True,
        check=False,
    )
    rows = map(json.loads, done.stdout.splitlines())
    return {Path(row["program"]).name: row for row in rows}


def shared(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> Iterator[list[object]]:
    """Both lists, each entry without the fields that only one of them has."""
    keys = {*one[0]} & {*other[0]} if one and other else set()
    for entries in (one, other):
        yield [{key: value for key, value in each.items() if key in keys} for each in entries]


def differing(here: dict[str, Any], there: dict[str, Any]) -> bool:
    """Whether two reports on a program say different things."""
    pairs = ((here[kind], there[kind]) for kind in ("divergences", "violations"))
    return any(
        a != b or len(one) != len(other) for one, other in pairs for a, b in [shared(one, other)]
    )


def main() -> int:
    """The command line: 1 if a report differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.same_reports")
    parser.add_argument("commit")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--programs", type=int, default=60)
    options = parser.parse_args()
    failed = 0
    with tree(options.commit) as there, TemporaryDirectory() as folder:
        for seed in range(1, options.seeds + 1):
            for number in range(options.programs):
                text = render(script_of(generate(seed, number)))
                Path(folder, f"{seed}-{number}.jd").write_text(text, errors="surrogateescape")
        ours, theirs = reports(ROOT, Path(folder)), reports(there, Path(folder))
        for name in sorted(ours.keys() | theirs.keys()):
            if name not in ours or name not in theirs or differing(ours[name], theirs[name]):
                failed += 1
                print(f"{name}: differs")  # noqa: T201  # its output
        print(f"{len(ours)} programs, {failed} differ")  # noqa: T201  # its output
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
