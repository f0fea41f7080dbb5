from pathlib import Path
from subprocess import CalledProcessError

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.search.bench import rivals
from jaildiff.search.bench.rivals import atheris, hunted, hypothesis


def test_hypothesis_and_the_hunt_run_the_same_programs() -> None:
    """What the state machine ran is kept, and the hunt can run it."""
    rate, programs = hypothesis(4, 1, LANDED)
    assert rate > 0
    assert len(programs) >= 4
    assert sum(len(program.calls) for program in programs) > 20
    assert hunted(programs, LANDED) > 0


def test_without_atheris_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is not installed is no error."""
    monkeypatch.setattr(rivals, "find_spec", lambda _: None)
    assert atheris(2, LANDED) is None


def test_atheris_is_timed_without_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of a run through no programs is taken off that through all of them."""
    seen = []

    def spent(corpus: Path, _: object) -> float:
        files = sorted(corpus.iterdir())
        seen.append([file.read_text(errors="replace")[:8] for file in files])
        return 2.5 if files else 2.0

    monkeypatch.setattr(rivals, "find_spec", lambda _: True)
    monkeypatch.setattr(rivals, "spent", spent)
    rate = atheris(3, LANDED)
    assert seen == [[], ["jaildiff"] * 3]
    assert rate is not None
    assert rate == pytest.approx(2 * round(rate / 2))


def test_a_target_that_does_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is no measurement."""
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(3)\n")
    monkeypatch.setattr(rivals, "TARGET", broken)
    with pytest.raises(CalledProcessError):
        rivals.spent(tmp_path, LANDED)
