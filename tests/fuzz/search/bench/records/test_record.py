import json
from pathlib import Path

import pytest

from jaildiff.search.bench.records.record import machine, processor, write_record


def test_a_record_says_on_what_it_was_measured(tmp_path: Path) -> None:
    """The numbers are as they were, beside the machine and Python."""
    write_record(tmp_path / "x.json", {"turns": 5})
    found = json.loads((tmp_path / "x.json").read_text())
    assert found == {"on": machine(), "turns": 5}
    assert set(found["on"]) == {"jaildiff", "build", "python", "system", "processor"}
    assert all(found["on"].values())


@pytest.mark.parametrize(
    ("text", "expected"), [("vendor\t: x\nmodel name\t: Quick 9: two\n", "Quick 9: two")]
)
def test_the_processor_has_a_name(text: str, expected: str, tmp_path: Path) -> None:
    """It is read where Linux has it; elsewhere something is said all the same."""
    file = tmp_path / "cpuinfo"
    file.write_text(text)
    assert processor(file) == expected
    assert processor(tmp_path / "missing")
