import json

from tests.house.tools import ROOT


def test_the_number_is_that_of_the_record() -> None:
    """docs/trust.md tells of as many ops and false alarms as the command has recorded."""
    record = json.loads((ROOT / "tests" / "data" / "clean-ops.json").read_text(encoding="utf-8"))
    runs = record["runs"].values()
    ops, alarms = sum(run["ops"] for run in runs), sum(len(run["alarms"]) for run in runs)
    text = " ".join((ROOT / "docs" / "trust.md").read_text(encoding="utf-8").split())
    assert f"took {ops:,} ops in one state of the code, with {alarms} false alarms" in text
