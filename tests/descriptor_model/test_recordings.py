"""The kernel of 2025 as it was recorded, program by program."""

from pathlib import Path

import pytest

from jaildiff.kernels.named import kernel
from jaildiff.programs.loading import program_files, read_programs
from jaildiff.recordings.conform import Tally, conform
from tests.programs import CORPUS

FILES = [path for path in program_files(CORPUS / "descriptors") if path.suffix == ".zst"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
@pytest.mark.parametrize("name", ["descriptors", "new"])
def test_all_agree(path: Path, name: str) -> None:
    """Every op, every final state, every descriptor, every clean-up and every panic."""
    model = kernel(name)
    tally = Tally(model.key)
    for entry in read_programs(path):
        conform(model, entry, tally)
    assert tally.programs > 0
    assert (tally.disagreements, tally.complete) == ([], True)


def test_a_wrong_descriptor_is_noticed() -> None:
    """What a recording says of descriptors is compared."""
    model = kernel("descriptors")
    (path,) = (path for path in FILES if path.name.startswith("directed.jsonl"))
    entry = next(e for e in read_programs(path) if e.program.id == "MD18-jail-get-get-desc")
    assert entry.recorded is not None
    recorded = entry.recorded["descriptors"]
    assert isinstance(recorded, dict)
    assert recorded["fds"][1] == {"1": {"3": [1, ""]}}
    recorded["fds"][1] = {"1": {"3": [1, "own"]}}
    tally = Tally("descriptors")
    conform(model, entry, tally)
    (found,) = tally.disagreements
    assert (found.step, found.what) == (1, "fds")
