from pathlib import Path

from tests.mutation.journal import Journal, digest


def test_a_run_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    """What was noted is known to the next run."""
    path = tmp_path / "journal"
    Journal(path, "x").note("m1", "traces")
    Journal(path, "x").note("m2", "survived")
    assert Journal(path, "x").outcomes == {"m1": "traces", "m2": "survived"}


def test_a_survivor_is_tried_again_with_something_else(tmp_path: Path) -> None:
    """A survival is forgotten when what it was tried with has changed; a failure is not."""
    path = tmp_path / "journal"
    journal = Journal(path, "x")
    journal.note("m1", "traces")
    journal.note("m2", "undecided")
    journal.note("m3", "survived")
    assert Journal(path, "y").outcomes == {"m1": "traces"}


def test_the_last_word_counts(tmp_path: Path) -> None:
    """What was undecided and then failed has failed."""
    path = tmp_path / "journal"
    journal = Journal(path, "x")
    journal.note("m1", "undecided")
    journal.note("m1", "traces")
    assert Journal(path, "y").outcomes == {"m1": "traces"}


def test_the_digest_is_of_what_the_files_say(tmp_path: Path) -> None:
    """Another text is another digest, another time is not."""
    file = tmp_path / "a"
    file.write_text("1")
    before = digest([file])
    file.write_text("1")
    assert digest([file]) == before
    file.write_text("2")
    assert digest([file]) != before
