import json
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from jaildiff.cli.main import cli
from jaildiff.differ.comparison import LANDED
from jaildiff.programs.content_address import addressed, is_address
from jaildiff.programs.loading import read_programs
from jaildiff.programs.program import Program
from jaildiff.search.corpus.features import features
from jaildiff.search.corpus.merge import Kept, cover, merge
from jaildiff.search.generator.generate import generate
from jaildiff.support.errors import InputError

HEAD = "jaildiff 1\n"

WORTH = partial(features, comparison=LANDED)


def put(folder: Path, seed: int, numbers: range) -> set[str]:
    """Write generated programs; the features that they show together."""
    folder.mkdir(parents=True, exist_ok=True)
    shown: set[str] = set()
    for number in numbers:
        program = generate(seed, number)
        (folder / f"{seed}-{number}.jd").write_text(addressed(program)[1])
        shown |= features(program, LANDED)
    return shown


def shown_in(folder: Path) -> set[str]:
    return set().union(*(features(entry.program, LANDED) for entry in read_programs(folder)))


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_merge_keeps_every_feature_in_fewer_programs(tmp_path: Path) -> None:
    """Two folders become one that shows what both show, without what shows nothing more."""
    wanted = put(tmp_path / "a", 1, range(30)) | put(tmp_path / "b", 2, range(30))
    put(tmp_path / "b", 1, range(5))
    merged = merge(tmp_path / "out", (tmp_path / "a", tmp_path / "b"), WORTH)
    assert shown_in(tmp_path / "out") == wanted
    assert merged.features == len(wanted)
    assert (merged.read, len(merged.kept) + merged.dropped) == (65, 60)
    assert names(tmp_path / "out") == merged.kept
    assert len(merged.kept) < 40
    assert names(tmp_path) == ["a", "b", "out"]


def test_merging_again_changes_nothing(tmp_path: Path) -> None:
    """A merged corpus is as small as it gets, and its files are named after their contents."""
    put(tmp_path / "a", 1, range(30))
    merge(tmp_path / "out", (tmp_path / "a",), WORTH)
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    merge(tmp_path / "out", (tmp_path / "a", tmp_path / "out"), WORTH)
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before


def test_what_is_in_the_way_stays(tmp_path: Path) -> None:
    """Files that we did not name are left in the folder, those that hold no program are told."""
    put(tmp_path / "a", 1, range(5))
    out = tmp_path / "out"
    put(out, 2, range(3))
    for name, text in {"notes.txt": "mine", "broken.jd": "jaildiff 1\np1: frok()\n"}.items():
        (out / name).write_text(text)
    (out / "bytes.jsonl").write_bytes(b"\xff\x00")
    (out / "findings.jsonl").write_text("{}\n")
    with (out / "huge.jd").open("wb") as file:
        file.truncate(17 << 20)
    merged = merge(out, (tmp_path / "a",), WORTH)
    assert {"notes.txt", "broken.jd", "bytes.jsonl", "2-0.jd"} <= {*names(out)}
    assert sorted(text.split(":")[0] for text in merged.foreign) == [
        str(out / name) for name in ("broken.jd", "bytes.jsonl", "huge.jd", "notes.txt")
    ]


def test_nothing_is_written_that_shows_less(tmp_path: Path) -> None:
    """If what was read cannot be shown again the folder stays as it is."""
    put(tmp_path / "a", 1, range(10))
    put(tmp_path / "out", 2, range(3))
    before = names(tmp_path / "out")
    asked = 0

    def fickle(program: Program) -> frozenset[str]:
        nonlocal asked
        asked += 1
        return features(program, LANDED) if asked <= 13 else frozenset()

    with pytest.raises(InputError, match=r"features would be lost.*nothing was changed"):
        merge(tmp_path / "out", (tmp_path / "a",), fickle)
    assert names(tmp_path / "out") == before
    assert names(tmp_path) == ["a", "out"]


def test_a_merge_that_dies_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever the last step of a merge stops, the folder shows at least what it showed before."""
    put(tmp_path / "a", 1, range(10))
    put(tmp_path / "out", 2, range(10))
    merge(tmp_path / "out", (tmp_path / "out",), WORTH)
    for name in names(tmp_path / "out"):
        if not is_address(name):
            (tmp_path / "out" / name).unlink()
    before = shown_in(tmp_path / "out")
    left = 0
    replace, unlink = Path.replace, Path.unlink

    def spend() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError("no more")

    def counted_replace(self: Path, target: Path) -> Path:
        if self.name.endswith(".jd"):
            spend()
        return replace(self, target)

    def counted_unlink(self: Path, **more: bool) -> None:
        if self.parent.name == "out":
            spend()
        unlink(self, **more)

    monkeypatch.setattr(Path, "replace", counted_replace)
    monkeypatch.setattr(Path, "unlink", counted_unlink)
    for steps in range(0, 40, 3):
        left = steps
        try:
            merge(tmp_path / "out", (tmp_path / "a",), WORTH)
        except OSError:
            assert before <= shown_in(tmp_path / "out")
        else:
            break
    assert shown_in(tmp_path / "out") >= before | shown_in(tmp_path / "a")


def test_folders_that_are_no_corpora_are_refused(tmp_path: Path) -> None:
    """A folder that is not there, or without programs, is no reason to write an empty one."""
    with pytest.raises(InputError, match="expected a folder of programs, found none"):
        merge(tmp_path / "out", (tmp_path / "missing",), WORTH)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="expected programs, found none"):
        merge(tmp_path / "out", (tmp_path / "empty",), WORTH)
    assert names(tmp_path) == ["empty"]


@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3), st.frozensets(st.sampled_from("12345678"))
    )
)
def test_a_cover_shows_all_and_nothing_in_it_can_be_spared(
    shown: dict[str, frozenset[str]],
) -> None:
    """All features are there; without any one program some are not."""
    known = {name: Kept(len(name), features) for name, features in shown.items()}
    chosen = cover(known)
    everything = frozenset().union(*shown.values())
    assert frozenset().union(*(shown[name] for name in chosen)) == everything
    for name in chosen:
        others = frozenset().union(*(shown[other] for other in chosen if other != name))
        assert others != everything


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    """Numbers on stdout, complaints on stderr, and the exit code tells them apart."""
    put(tmp_path / "a", 1, range(6))
    out, a = str(tmp_path / "out"), str(tmp_path / "a")
    answer = CliRunner().invoke(cli, ["merge", out, a], standalone_mode=False)
    assert (answer.return_value, answer.stderr) == (0, "")
    assert answer.stdout.startswith("6 programs read, ")
    (tmp_path / "a" / "notes.txt").touch()
    answer = CliRunner().invoke(cli, ["merge", out, a, "--json"], standalone_mode=False)
    assert answer.return_value == 2
    assert answer.stderr == f"jaildiff: {tmp_path / 'a' / 'notes.txt'}: not a program; left alone\n"
    assert json.loads(answer.stdout)["foreign"] == [
        f"{tmp_path / 'a' / 'notes.txt'}: not a program"
    ]
