"""What a shell may complete."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("jaildiff")


def asked(instruction: str, words: str = "", at: int = 0) -> str:
    """What jaildiff answers to a shell."""
    env = {"_JAILDIFF_COMPLETE": instruction, "COMP_WORDS": words, "COMP_CWORD": str(at)}
    path = {"PATH": "/usr/bin:/bin"}
    answer = subprocess.run([PROGRAM], env=env | path, capture_output=True, text=True, check=True)
    return answer.stdout


@pytest.mark.parametrize(
    ("words", "at", "found"),
    [
        ("jaildiff imp", 1, ["plain,impact"]),
        ("jaildiff reproduce --as a", 3, ["plain,atf"]),
        ("jaildiff upstream --c", 2, ["plain,--corpus"]),
        ("jaildiff nonsense", 1, []),
    ],
)
def test_words(words: str, at: int, found: list[str]) -> None:
    """Commands, options and the choices of an option are completed."""
    assert asked("bash_complete", words, at).split() == found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(shell: str) -> None:
    """For each shell there is a script, which the shell can read."""
    script = asked(f"{shell}_source")
    assert "_JAILDIFF_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)
