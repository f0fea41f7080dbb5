"""Pack the corpus into an archive of seeds for an engine.

Usage: `python -m jaildiff.search.libfuzzer.seeds corpus seeds.zip`
"""

import sys
import zipfile
from io import BytesIO
from pathlib import Path

from jaildiff.support.files import files_below, write_atomic

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time in the zip format


def write_seeds(corpus: Path, archive: Path) -> int:
    """Write every program of a folder into a flat archive; return their number.

    Equal programs give equal bytes: entries are sorted and have no times, owners or compression.
    """
    found = sorted(path for path in files_below(corpus) if path.suffix == ".jd" and path.is_file())
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as seeds:
        for path in found:
            name = "-".join(path.relative_to(corpus).parts)
            seeds.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes())
    write_atomic(archive, packed.getvalue())
    return len(found)


def main(corpus: str, archive: str) -> int:
    """The exit code; an archive without seeds is an error, as the path must be wrong."""
    written = write_seeds(Path(corpus), Path(archive))
    sys.stderr.write(f"{archive}: {written} seeds\n")
    return 0 if written else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
