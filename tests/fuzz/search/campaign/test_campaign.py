import errno
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jaildiff.differ.comparison import LANDED, LANDED_NAMES
from jaildiff.findings import baseline as baselines
from jaildiff.findings.findings_file import FINDINGS
from jaildiff.search.campaign.batch import Batch, Sighting, Tally, generator_digest, run_batch
from jaildiff.search.campaign.campaign import Budget, Campaign
from jaildiff.search.campaign.folder import Folder
from jaildiff.search.campaign.journal import FILE, Journal
from jaildiff.search.campaign.ledger import Ledger, read_ledger
from jaildiff.search.campaign.pool import Pool
from jaildiff.support.files import temporary_name
from tests.house.tools import ROOT

SEED, SIZE = 5, 16
SCRIPT = ROOT / "corpus/rules/failed-create-renumbers.jd"


class AtOnce(Executor):
    """Runs each task when it is given; `trouble` may fail it first."""

    def __init__(self, trouble: Callable[[Any], BaseException | None] = lambda _: None) -> None:
        self.trouble = trouble

    def submit(self, task: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        error = self.trouble(args)
        if error is None:
            future.set_result(task(*args))
        else:
            future.set_exception(error)
        return future


class Bench:
    """A folder, and campaigns in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []

    def campaign(self, budget: Budget, executor: Executor | None = None) -> Campaign:
        ledger, end, _ = read_ledger(self.path / FILE)
        journal = Journal(self.path / FILE, end)
        if ledger is None:
            ledger = Ledger(SEED, generator_digest(SEED), SIZE)
            journal.append(ledger.head())
        folder = Folder(self.path, baselines.load(None, LANDED), LANDED)
        seeds, complaints = folder.seeds(ledger)
        self.notes += complaints
        pool = Pool(executor or AtOnce(), 1, "here")
        return Campaign(ledger, journal, folder, pool, budget, seeds, self.notes.append)

    def run(self, programs: int, executor: Executor | None = None) -> Ledger:
        made = self.campaign(Budget(programs=programs), executor)
        made.run()
        made.journal.close()
        return made.ledger

    def files(self) -> dict[str, bytes]:
        found = {p: p.read_bytes() for p in self.path.rglob("*") if p.is_file()}
        return {str(p.relative_to(self.path)): raw for p, raw in found.items() if p.name != FILE}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """What a campaign of four batches leaves that nobody disturbs."""
    made = Bench(tmp_path_factory.mktemp("whole"))
    made.run(4 * SIZE)
    assert made.notes == []
    return made


def test_every_class_has_its_shortest_program(whole: Bench) -> None:
    """At the end each class has a witness, a line in the index, and a program in the corpus."""
    ledger, _, _ = read_ledger(whole.path / FILE)
    assert ledger is not None
    assert ledger.witnesses.keys() == ledger.first.keys()
    assert ledger.programs == 4 * SIZE
    names = whole.files().keys()
    assert sum(name.endswith(".jd") and "/" not in name for name in names) == len(ledger.first)
    assert {raw.decode() for name, raw in whole.files().items() if "/" in name} == {
        *ledger.witnesses.values()
    }


def test_a_campaign_goes_on_where_it_stopped(bench: Bench, whole: Bench) -> None:
    """Four runs of a batch each leave what one run of four batches leaves."""
    for batches in range(1, 5):
        bench.run(batches * SIZE)
    assert bench.files() == whole.files()
    assert bench.notes == []


def test_every_run_looks_for_the_canary(bench: Bench) -> None:
    """The journal says that it was found, in each run anew."""
    for batches in (1, 2):
        assert bench.run(batches * SIZE).canary
    rows = (bench.path / FILE).read_text().splitlines()
    assert sum('"canary"' in row for row in rows) == 2


def test_a_blind_campaign_knows_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A campaign of which the invariants see nothing does not find the canary."""
    monkeypatch.setattr("jaildiff.differ.walk.broken", lambda _: {})
    assert bench.run(SIZE).canary is False


def test_runs_are_rounded_up_to_whole_batches(bench: Bench) -> None:
    """A batch is run whole or not at all."""
    assert bench.run(SIZE + 1).programs == 2 * SIZE


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85, 0.99])
def test_a_journal_cut_anywhere_is_enough(bench: Bench, whole: Bench, share: float) -> None:
    """With what is left of it the campaign ends as if nothing had happened."""
    raw = (whole.path / FILE).read_bytes()
    (bench.path / FILE).write_bytes(raw[: int(len(raw) * share)])
    bench.run(4 * SIZE)
    assert bench.files() == whole.files()


def test_damaged_files_are_written_again(bench: Bench, whole: Bench) -> None:
    """The journal is enough to restore the corpus and the findings."""
    for name, raw in (whole.files() | {FILE: (whole.path / FILE).read_bytes()}).items():
        (bench.path / name).parent.mkdir(exist_ok=True)
        (bench.path / name).write_bytes(raw if name == FILE else b"garbled\n")
    bench.run(4 * SIZE)
    assert bench.files() == whole.files()


def test_what_lies_in_the_corpus_is_replayed_first(bench: Bench) -> None:
    """Programs that somebody put there are run once; other files are told and left alone."""
    corpus = bench.path / "corpus"
    corpus.mkdir()
    (corpus / "mine.jd").write_bytes(SCRIPT.read_bytes())
    (corpus / "broken.jd").write_text("jaildiff 1\np1: frok()\n")
    (corpus / "notes.txt").write_text("mine")
    with (corpus / "huge.jd").open("wb") as file:
        file.truncate(17 << 20)
    ledger = bench.run(SIZE)
    assert [note.split(":")[0] for note in bench.notes] == [
        str(corpus / name) for name in ("broken.jd", "huge.jd", "notes.txt")
    ]
    assert ledger.programs == SIZE + 1
    assert any(sighting.text for sighting in ledger.first.values())
    assert bench.run(SIZE).programs == SIZE + 1
    assert (corpus / "mine.jd").read_bytes() == SCRIPT.read_bytes()


def test_work_that_fails_is_done_again(bench: Bench, whole: Bench) -> None:
    """A worker may lose any task once or twice: nothing is missing in the end."""
    failed: list[object] = []

    def trouble(about: object) -> BaseException | None:
        failed.append(about)
        return OSError("lost") if failed.count(about) % 3 else None

    bench.run(4 * SIZE, AtOnce(trouble))
    assert bench.files() == whole.files()


def test_work_that_always_fails_is_given_up(bench: Bench) -> None:
    """A batch that nobody survives leaves a gap that is told; the rest goes on."""

    def trouble(about: object) -> BaseException | None:
        return OSError("lost") if about == (Batch(LANDED_NAMES, SEED, 1, SIZE),) else None

    ledger = bench.run(3 * SIZE, AtOnce(trouble))
    assert (ledger.programs, ledger.gaps) == (2 * SIZE, {1: "lost"})
    assert any("given up after 3 attempts: run_batch" in note for note in bench.notes)
    assert ledger.witnesses.keys() == ledger.first.keys()


@pytest.mark.parametrize("roll_at", [1 << 20, 1000])
def test_a_gap_is_tried_again(
    bench: Bench, whole: Bench, monkeypatch: pytest.MonkeyPatch, roll_at: int
) -> None:
    """When the campaign goes on nothing is missing, also if the journal has been written anew."""

    def trouble(about: object) -> BaseException | None:
        return OSError("lost") if about == (Batch(LANDED_NAMES, SEED, 1, SIZE),) else None

    monkeypatch.setattr("jaildiff.search.campaign.campaign.ROLL_AT", roll_at)
    monkeypatch.setattr("jaildiff.search.campaign.journal.FLUSH", 0.0)
    for _ in range(2):
        assert bench.run(4 * SIZE, AtOnce(trouble)).gaps == {1: "lost"}
    ledger = bench.run(4 * SIZE)
    assert (ledger.programs, ledger.gaps) == (4 * SIZE, {})
    # The corpus keeps the programs of classes that are now shown earlier.
    assert bench.files().items() >= whole.files().items()


def test_lost_workers_are_replaced(
    bench: Bench, whole: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the pool breaks there is a message, and other workers do what was under way."""
    monkeypatch.setattr(
        "jaildiff.search.campaign.campaign.processes", lambda _: Pool(AtOnce(), 1, "others")
    )
    broken = AtOnce(
        lambda about: (
            BrokenExecutor("gone") if about != (Batch(LANDED_NAMES, SEED, 0, SIZE),) else None
        )
    )
    bench.run(4 * SIZE, broken)
    assert bench.notes == ["here: gone; going on with processes here"]
    assert bench.files() == whole.files()


def test_lost_workers_are_not_waited_for(
    bench: Bench, whole: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was under way when the pool broke may never answer, and is done by others."""

    class Silent(AtOnce):
        def submit(self, task: Any, /, *args: Any, **_: Any) -> Future[Any]:
            return (
                Future()
                if args == (Batch(LANDED_NAMES, SEED, 0, SIZE),)
                else super().submit(task, *args)
            )

    monkeypatch.setattr(
        "jaildiff.search.campaign.campaign.processes", lambda _: Pool(AtOnce(), 1, "others")
    )
    bench.run(4 * SIZE, Silent(lambda _: BrokenExecutor("gone")))
    assert bench.notes == ["here: gone; going on with processes here"]
    assert bench.files() == whole.files()


def test_a_signal_saves_what_is_known(bench: Bench, whole: Bench) -> None:
    """A campaign that is stopped early leaves findings to read, and goes on later."""
    made = bench.campaign(Budget())
    made.tick = lambda: made.stop(15 if made.ledger.first else 0)
    made.run()
    made.journal.close()
    assert made.stopped == 15
    assert (bench.path / "findings.jsonl").read_text().count("\n") == len(made.ledger.first) > 0
    ledger, _, _ = read_ledger(bench.path / FILE)
    assert ledger is not None
    assert ledger.ended == "signal 15"
    bench.run(4 * SIZE)
    assert bench.files() == whole.files()


def test_who_stops_a_campaign_does_not_wait_for_all_files(
    bench: Bench, whole: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a signal there is little time to write; the journal has the rest for the next run."""
    monkeypatch.setattr("jaildiff.search.campaign.campaign.HURRY", 0.0)
    monkeypatch.setattr("jaildiff.search.campaign.campaign.TICK", 0.0)
    made = bench.campaign(Budget())
    made.tick = lambda: made.stop(15 if made.ledger.first else 0)
    made.run()
    made.journal.close()
    assert (bench.path / "findings.jsonl").read_text() == ""
    monkeypatch.undo()
    bench.run(4 * SIZE)
    assert bench.files() == whole.files()


def test_what_a_kill_leaves_of_a_write_is_no_seed(bench: Bench) -> None:
    """A temporary file in the corpus is nobody's program, and nothing to complain of."""
    corpus = bench.path / "corpus"
    corpus.mkdir()
    (corpus / temporary_name()).write_text("jaildiff 1\np1: ex")
    assert bench.run(SIZE).programs == SIZE
    assert bench.notes == []


def test_a_time_budget_ends_all_work(bench: Bench) -> None:
    """When the time is up nothing is begun; what is not shortened yet comes in a later run."""
    made = bench.campaign(Budget(seconds=0.0))
    made.run()
    assert made.ledger.programs == 0
    made = bench.campaign(Budget(seconds=2.0))
    made.run()
    made.journal.close()
    programs = made.ledger.programs
    assert programs > 0
    ledger = bench.run(programs)
    assert ledger.programs == programs
    assert ledger.witnesses.keys() == ledger.first.keys()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """A disk on which the next so many syncs fail."""
    left = 0
    fsync = os.fsync

    def refuse(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    def fill(syncs: int) -> None:
        nonlocal left
        left = syncs

    monkeypatch.setattr("os.fsync", refuse)
    monkeypatch.setattr("jaildiff.search.campaign.journal.FLUSH", 0.0)
    yield fill
    left = 0


def test_a_full_disk_is_told_once_and_asked_again(
    bench: Bench, whole: Bench, full_disk: Callable[[int], None]
) -> None:
    """The campaign goes on meanwhile; when there is room again, all of it is there."""
    full_disk(3)
    bench.run(4 * SIZE)
    assert [note.rpartition(": ")[2] for note in bench.notes] == [
        "No space left on device; trying again",
        "the disk works again",
    ]
    assert bench.files() == whole.files()


def test_a_disk_that_stays_full_is_an_error_in_the_end(
    bench: Bench, full_disk: Callable[[int], None]
) -> None:
    """Who cannot save says so; what the journal had before is whole."""
    bench.run(SIZE)
    full_disk(1_000_000)
    with pytest.raises(OSError, match="No space left"):
        bench.run(2 * SIZE)
    full_disk(0)
    ledger, _, cut = read_ledger(bench.path / FILE)
    assert ledger is not None
    assert (ledger.programs, cut) == (SIZE, 0)


def test_a_long_journal_is_written_anew(
    bench: Bench, whole: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal never grows beyond measure, and says the same when it is short again."""
    monkeypatch.setattr("jaildiff.search.campaign.campaign.ROLL_AT", 1000)
    monkeypatch.setattr("jaildiff.search.campaign.journal.FLUSH", 0.0)
    for batches in (2, 4):
        bench.run(batches * SIZE)
    assert bench.files() == whole.files()


def test_our_own_mistakes_are_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that breaks is named with the program that breaks it, once."""

    def broken(batch: Batch) -> Tally:
        crashes = {"AssertionError in prison_deref": Sighting(batch.first + 3, 7)}
        return replace(run_batch(batch), crashes=crashes)

    monkeypatch.setattr("jaildiff.search.campaign.campaign.run_batch", broken)
    ledger = bench.run(2 * SIZE)
    assert ledger.crashes == {"AssertionError in prison_deref": Sighting(3, 7)}
    (note,) = bench.notes
    assert re.fullmatch(
        rf"internal error in program \d+ of seed {SEED}: Asser.* prison_deref", note
    )


def test_what_earlier_runs_found_is_known_from_the_start(bench: Bench, whole: Bench) -> None:
    """Before anything is judged anew; a list that cannot be read is none."""
    ledger, _, _ = read_ledger(whole.path / FILE)
    assert ledger is not None
    folder = Folder(whole.path, baselines.load(None, LANDED), LANDED)
    folder.read_index(ledger)
    assert {one.fingerprint for one in folder.counted(ledger)} == ledger.first.keys()
    folder.path = bench.path
    folder.write_index(ledger)
    index = bench.path / FINDINGS
    assert index.read_bytes() == (whole.path / FINDINGS).read_bytes()
    index.write_bytes(index.read_bytes()[:-9])
    damaged = Folder(bench.path, baselines.load(None, LANDED), LANDED)
    damaged.read_index(ledger)
    assert damaged.counted(ledger) == []
