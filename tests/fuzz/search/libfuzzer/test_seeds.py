import os
import zipfile
from pathlib import Path

from jaildiff.programs.loading import read_programs
from jaildiff.search.libfuzzer.decode import decode
from jaildiff.search.libfuzzer.seeds import main, write_seeds
from tests.house.tools import ROOT

CORPUS = ROOT / "corpus"


def test_the_corpus(tmp_path: Path) -> None:
    """Every program of the corpus is a seed under a name of its own, and is decoded as written."""
    archive = tmp_path / "seeds.zip"
    files = sorted(CORPUS.rglob("*.jd"))
    assert write_seeds(CORPUS, archive) == len(files) > 100
    with zipfile.ZipFile(archive) as seeds:
        assert len(set(seeds.namelist())) == len(files)
        for file, name in zip(files, seeds.namelist(), strict=True):
            assert name == file.relative_to(CORPUS).as_posix().replace("/", "-")
            (entry,) = read_programs(file)
            assert decode(seeds.read(name)).calls == entry.program.calls


def test_stable_bytes(tmp_path: Path) -> None:
    """Neither times, nor modes, nor the order of writing are in the archive."""
    written = []
    for order, mode in ((("a.jd", "sub/b.jd"), 0o644), (("sub/b.jd", "a.jd"), 0o600)):
        corpus = tmp_path / str(mode)
        (corpus / "sub").mkdir(parents=True)
        for name in order:
            (corpus / name).write_text(f"jaildiff 1\n# {name}\n")
            (corpus / name).chmod(mode)
            os.utime(corpus / name, (mode, mode))
        write_seeds(corpus, corpus / "seeds.zip")
        written.append((corpus / "seeds.zip").read_bytes())
    assert written[0] == written[1]


def test_without_programs(tmp_path: Path) -> None:
    """An archive without seeds is a failure: the path is wrong."""
    assert main(str(tmp_path), str(tmp_path / "seeds.zip")) == 1
    assert main(str(CORPUS / "rules"), str(tmp_path / "seeds.zip")) == 0
