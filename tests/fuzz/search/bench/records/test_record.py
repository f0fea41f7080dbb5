import json
import sysconfig
from pathlib import Path

import pytest

from fuzz.search.bench.records.record import how_built, machine, processor, write_record


def test_a_record_says_on_what_it_was_measured(tmp_path: Path) -> None:
    """The numbers are as they were, beside the machine and Python."""
    write_record(tmp_path / "x.json", {"turns": 5})
    found = json.loads((tmp_path / "x.json").read_text())
    assert found == {"on": machine(), "turns": 5}
    names = {"jaildiff", "build", "python", "python_built", "system", "processor"}
    assert set(found["on"]) == names
    assert all(found["on"].values())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("'--enable-shared' '--enable-optimizations'", "optimized"),
        ("'--enable-shared'", "not optimized"),
        (None, "not optimized"),
    ],
)
def test_how_python_was_built(
    options: str | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its build knows the options that it was configured with, at least on Unix."""
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: options)
    assert how_built() == told


@pytest.mark.parametrize(
    ("text", "expected"), [("vendor\t: x\nmodel name\t: Quick 9: two\n", "Quick 9: two")]
)
def test_the_processor_has_a_name(text: str, expected: str, tmp_path: Path) -> None:
    """It is read where Linux has it; elsewhere something is said all the same."""
    file = tmp_path / "cpuinfo"
    file.write_text(text)
    assert processor(file) == expected
    assert processor(tmp_path / "missing")
