import json
from pathlib import Path

import pytest

from jaildiff.differ.annotate import check
from jaildiff.differ.comparison import LANDED
from jaildiff.findings import baseline
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.counting import count_bugs, counts_json, rows_of
from jaildiff.findings.findings_file import FINDINGS
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.search.hunt.hunt import Hunt
from jaildiff.search.hunt.hunt_run import Job
from tests.programs import CORPUS, NESTED, ZOMBIE_5, program

FAILED = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist, bogus)")


class Interrupted(Hunt):
    """A hunt during which somebody presses Ctrl-C."""

    def minimize(self, fingerprint: str) -> None:
        raise KeyboardInterrupt(fingerprint)


def job_in(folder: Path, hunt: Hunt | None = None) -> Job:
    return Job(hunt or Hunt(baseline.load(None, LANDED), LANDED), folder / "out")


def entries(folder: Path, *lines: str) -> list[Entry]:
    """A file with these lines, read."""
    file = folder / "some.jd"
    file.write_text("\n".join(("jaildiff 1", *lines)) + "\n")
    return list(read_programs(file))


def rows(job: Job) -> list[dict[str, object]]:
    """The written index."""
    return [json.loads(row) for row in (job.out / FINDINGS).read_text().splitlines()]


# REPLAY


def test_replay(tmp_path: Path) -> None:
    """The programs of a corpus are run and their findings kept; nothing is wrong with them."""
    job = job_in(tmp_path)
    job.replay(read_programs(CORPUS / "rules" / "failed-create-renumbers.jd"))
    assert (job.replayed, job.changed, job.interrupted) == (1, [], False)
    assert [f.rule for f in job.hunt.findings.values()] == ["failed-create-renumbers"]
    assert not job.news


def test_replay_of_something_changed(tmp_path: Path) -> None:
    """A program that does not answer as its file says is news, with file and line."""
    job = job_in(tmp_path)
    job.replay(entries(tmp_path, NESTED[0], "    both 1", "p1: jail_remove(1)", "    both 7"))
    expected = f"{tmp_path}/some.jd:4: expected "
    assert job.changed == [
        f"{expected}old '7', found '0'",
        f"{expected}new '7', found '0'",
    ]
    assert job.news


# FUZZ


def test_fuzz(tmp_path: Path) -> None:
    """Every finding has a witness that comes true, and a line in the index."""
    job = job_in(tmp_path)
    job.fuzz(5, seconds=None, runs=30)
    job.save()
    assert job.hunt.programs == 30
    assert job.hunt.findings
    found = rows(job)
    assert [row["fingerprint"] for row in found] == list(job.hunt.findings)
    for row in found:
        (entry,) = read_programs(job.out / str(row["program"]))
        assert entry.script is not None
        assert check(entry.script, LANDED) == []
    assert len(list(job.out.iterdir())) == len(found) + 1


def test_fuzz_without_findings(tmp_path: Path) -> None:
    """Without findings the index is empty, but it is there."""
    job = job_in(tmp_path)
    job.fuzz(5, seconds=None, runs=0)
    job.save()
    assert rows(job) == []
    assert not job.news


def test_fuzz_for_a_time(tmp_path: Path) -> None:
    """A time is a limit, too."""
    job = job_in(tmp_path)
    job.fuzz(5, seconds=0.01, runs=None)
    assert job.hunt.programs > 0


def test_news(tmp_path: Path) -> None:
    """A mistake that the baseline does not know is news."""
    known, unknown = job_in(tmp_path), job_in(tmp_path, Hunt(Baseline([]), LANDED))
    for job in (known, unknown):
        job.run(program(*FAILED))
    assert (known.news, unknown.news) == (False, True)


def test_status(tmp_path: Path) -> None:
    """The progress bar counts ops and classes."""
    job = job_in(tmp_path)
    job.run(program(*FAILED))
    assert job.status() == "5 ops, 1 classes"


def test_summary(tmp_path: Path) -> None:
    """What `fuzz --json` prints can be printed, and has every finding."""
    job = job_in(tmp_path)
    job.run(program(*FAILED))
    summary = job.summary(7, 1.23456)
    printed = json.loads(json.dumps(summary))
    (finding,) = printed["findings"]
    assert finding["rule"] == "failed-create-renumbers"
    assert printed["known"]["new"]["renumbered-by-a-failure"] is True
    assert printed["known"]["new"]["presumed-parent"] is False
    assert {**summary, "findings": [], "known": {}} == {
        "kernels": "legacy,new",
        "seed": 7,
        "programs": 1,
        "ops": 5,
        "seconds": 1.235,
        "replayed": 0,
        "changed": [],
        "interrupted": False,
        "known": {},
        "bugs": counts_json(count_bugs(rows_of(job.hunt.findings.values()))),
        "findings": [],
    }


# INTERRUPTS


def test_interrupt(tmp_path: Path) -> None:
    """What was found is kept, with its witness, though somebody could not wait for a short one."""
    job = job_in(tmp_path, Interrupted(baseline.load(None, LANDED), LANDED))
    job.replay(entries(tmp_path, *FAILED))
    job.save()
    assert job.interrupted
    (row,) = rows(job)
    assert row["rule"] == "failed-create-renumbers"
    (entry,) = read_programs(job.out / str(row["program"]))
    assert entry.program.calls == program(*FAILED).calls


def test_interrupt_ends_it_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an interrupt nothing more is run."""
    job = job_in(tmp_path, Interrupted(baseline.load(None, LANDED), LANDED))
    job.replay(entries(tmp_path, *FAILED))
    programs = job.hunt.programs
    monkeypatch.setattr(
        "jaildiff.search.hunt.hunt_run.budgeted_programs",
        lambda *_, **__: pytest.fail("still running"),
    )
    job.fuzz(5, seconds=None, runs=9)
    assert (job.interrupted, job.hunt.programs) == (True, programs)


def test_interrupt_while_fuzzing(tmp_path: Path) -> None:
    """An interrupt of generated programs ends the run and is remembered."""
    job = job_in(tmp_path, Interrupted(baseline.load(None, LANDED), LANDED))
    job.fuzz(5, seconds=None, runs=500)
    assert job.interrupted
    assert 0 < job.hunt.programs < 500
