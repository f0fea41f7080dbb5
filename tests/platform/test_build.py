import os
import re
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from jaildiff.programs.program import Program
from jaildiff.search.libfuzzer.decode import decode
from jaildiff.search.libfuzzer.dictionary import lines
from tests.house.tools import ROOT

PLATFORMS = (".clusterfuzzlite", "oss-fuzz")
TARGET = "fuzz_differential"
TARGETS = ROOT / "fuzz" / "jaildiff" / "search" / "libfuzzer"
SOURCES = (
    ".clusterfuzzlite",
    "oss-fuzz",
    "corpus",
    "fuzz",
    "jail_kernel",
    "legacy_model",
    "new_model",
    "descriptor_model",
    "proposed_models",
    "jail_source",
    "jail_userland",
)

# In the place of what comes with the images: they take down how they were called.
STUBS = {
    "compile_python_fuzzer": 'echo "$PWD: $*" >>"$OUT/calls"; : >"$OUT/$(basename "$1" .py)"',
    "pip": 'echo "$PWD: pip $*" >>"$OUT/calls"',
}


def build(platform: str, root: Path) -> Path:
    """Run a platform's build.sh on a copy of the checkout; the folder that it filled."""
    source, out, programs = root / "src", root / "out", root / "bin"
    for folder in (out, programs):
        folder.mkdir(parents=True)
    for name in SOURCES:
        shutil.copytree(ROOT / name, source / "jaildiff" / name)
    for name, text in STUBS.items():
        stub(programs / name, text)
    # The real one, but for the installation.
    stub(programs / "python3", f'[ "$2" = pip ] && exec pip "${{@:3}}"; exec {sys.executable} "$@"')
    script = shutil.copy(ROOT / platform / "build.sh", source)
    subprocess.run(
        [script],
        cwd=root,
        env={"PATH": f"{programs}:{os.environ['PATH']}", "SRC": str(source), "OUT": str(out)},
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return out


def stub(path: Path, text: str) -> None:
    """Write an executable script."""
    path.write_text(f"#!/bin/bash -eu\n{text}\n")
    path.chmod(0o755)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ClusterFuzzLite's build.sh makes."""
    return build(".clusterfuzzlite", tmp_path_factory.mktemp("cfl"))


def test_outputs(built: Path) -> None:
    """Each target comes with seeds, words and options under the names that the platforms know."""
    targets = [path.stem for path in TARGETS.glob("fuzz_*.py")]
    assert TARGET in targets
    ends = ("", "_seed_corpus.zip", ".dict", ".options")
    expected = {f"{target}{end}" for target in targets for end in ends}
    assert {path.name for path in built.iterdir()} == expected | {"calls"}


def test_calls(built: Path) -> None:
    """The package is installed first; then each target is compiled, with the package's data."""
    install, *compiles = (built / "calls").read_text().splitlines()
    assert install.endswith("src/jaildiff: pip install .")
    assert len(compiles) == len(list(TARGETS.glob("fuzz_*.py")))
    wanted = rf".*src/jaildiff: fuzz/jaildiff/search/libfuzzer/{TARGET}\.py --collect-data jaildiff"
    assert re.fullmatch(wanted, compiles[0])


def test_seeds(built: Path) -> None:
    """The seeds are the programs of the corpus; none is longer than the options allow."""
    options = ConfigParser()
    options.read(built / f"{TARGET}.options")
    longest = options.getint("libfuzzer", "max_len")
    with zipfile.ZipFile(built / f"{TARGET}_seed_corpus.zip") as seeds:
        assert len(seeds.namelist()) == len(list((ROOT / "corpus").rglob("*.jd")))
        for name in seeds.namelist():
            raw = seeds.read(name)
            assert len(raw) <= longest, name
            assert isinstance(decode(raw), Program)


def test_words(built: Path) -> None:
    """The words are those of the language, in the file that the options name."""
    options = ConfigParser()
    options.read(built / f"{TARGET}.options")
    assert options.get("libfuzzer", "dict") == f"{TARGET}.dict"
    assert (built / f"{TARGET}.dict").read_text().splitlines() == list(lines())


def test_both_build_alike(built: Path, tmp_path: Path) -> None:
    """OSS-Fuzz gets, byte for byte, what ClusterFuzzLite gets: a second run changes nothing."""
    other = build("oss-fuzz", tmp_path)
    for path in built.iterdir():
        if path.name != "calls":
            assert (other / path.name).read_bytes() == path.read_bytes(), path.name


def test_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a target cannot be compiled the build fails, and does not go on without it."""
    monkeypatch.setitem(STUBS, "compile_python_fuzzer", "exit 1")
    with pytest.raises(subprocess.CalledProcessError):
        build(".clusterfuzzlite", tmp_path)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["calls"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_scripts(platform: str) -> None:
    """A build.sh is executable, stops at the first failure, and is read by bash."""
    script = ROOT / platform / "build.sh"
    assert script.read_text().startswith("#!/bin/bash -eu\n")
    assert os.access(script, os.X_OK)
    subprocess.run([shutil.which("bash") or "bash", "-n", script], check=True)


def test_targets_can_be_started() -> None:
    """A target is executable: engines start it again by its name to merge and to minimise."""
    for target in TARGETS.glob("fuzz_*.py"):
        assert os.access(target, os.X_OK)
        assert target.read_text().startswith("#!/usr/bin/env python3\n")
        assert re.fullmatch("[A-Za-z0-9_-]+", target.stem)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_project(platform: str) -> None:
    """What the platforms support for Python, and what OSS-Fuzz asks of every project."""
    project = YAML(typ="safe").load(ROOT / platform / "project.yaml")
    assert project["language"] == "python"
    assert project["fuzzing_engines"] == ["libfuzzer"]
    assert {"address"} <= set(project["sanitizers"]) <= {"address", "undefined"}
    if platform == "oss-fuzz":
        assert {"homepage", "main_repo", "primary_contact"} <= project.keys()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_image(platform: str) -> None:
    """The image is the one with Atheris, and has the checkout where build.sh looks for it."""
    rows = (ROOT / platform / "Dockerfile").read_text().splitlines()
    assert rows[0] == "FROM gcr.io/oss-fuzz-base/base-builder-python"
    assert rows[-1] == "WORKDIR $SRC/jaildiff"
    copied = [row.split()[1:] for row in rows if row.startswith("COPY")]
    assert [source for source, to in copied if to == "$SRC/build.sh"]
    for source, _ in copied:
        base = ROOT if platform == ".clusterfuzzlite" else ROOT / platform
        assert (base / source).exists()
