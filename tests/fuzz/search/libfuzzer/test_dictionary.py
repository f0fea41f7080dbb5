import re
import subprocess
import sys

from jail_kernel.call import Call, JailSet, Malformed
from jaildiff.programs.answer_language import PLAIN
from jaildiff.programs.op_language import parse
from jaildiff.search.generator.generate import generate
from jaildiff.search.libfuzzer.dictionary import CALLS, escaped, lines, words
from tests.house.tools import ROOT
from tests.programs import BY_DESCRIPTOR

# What libFuzzer's ParseOneDictionaryEntry() takes: a name, then printable bytes and its escapes.
ENTRY = re.compile(r'[A-Za-z0-9_]+="((?:[ !#-\[\]-~]|\\\\|\\"|\\x[0-9A-F]{2})+)"')


def unescaped(text: str) -> str:
    """The word that an entry stands for."""
    raw = re.sub(r'\\(?:x(..)|([\\"]))', lambda m: m[2] or chr(int(m[1], 16)), text)
    return raw.encode("latin-1").decode()


def test_syntax() -> None:
    """Every line is a comment or an entry, and stands for the word it was made from."""
    entries = [ENTRY.fullmatch(line) for line in lines() if not line.startswith("#")]
    found = [unescaped(entry[1]) for entry in entries if entry]
    assert found == [word for group in words().values() for word in group]
    assert len(found) == len(entries)


def test_names_and_words_are_unique() -> None:
    """No entry overwrites or repeats another."""
    entries = [line.split("=", 1) for line in lines() if not line.startswith("#")]
    names, values = zip(*entries, strict=True)
    assert len(set(names)) == len(names)
    assert len(set(values)) == len(values)


def test_every_kind_of_call() -> None:
    """Each call of the language is there as a line that can be read; only nonsense is left out."""
    kinds = {*Call.__args__} - {Malformed} - BY_DESCRIPTOR
    script = parse("".join(words()["head"] + words()["call"]), "words")
    assert {type(line.call) for line in script.lines} == kinds == {type(call) for call in CALLS}


def test_every_parameter() -> None:
    """Each parameter that exists, and each that the generator uses and exists, is a word."""
    found = set(words()["parameter"])
    used = {
        name
        for number in range(200)
        for call in generate(1, number).calls
        if isinstance(call, JailSet)
        for name, _ in call.params
    }
    assert found >= PLAIN.keys()
    negated = {name for name in used if name.rpartition(".")[2].startswith("no")}
    assert used - found - negated <= {"bogus", "allow.bogus"}


def test_escapes() -> None:
    """Quotes, backslashes, line ends and bytes beyond ASCII are escaped as libFuzzer wants them."""
    assert escaped('a"b\\c\né') == r"a\"b\\c\x0A\xC3\xA9"


def test_command() -> None:
    """As a command it prints the dictionary."""
    answer = subprocess.run(
        [sys.executable, "-m", "jaildiff.search.libfuzzer.dictionary"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.splitlines() == list(lines())
