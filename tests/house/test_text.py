"""What no file may say, and what every test must."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tools import PACKAGES, ROOT, comments, functions, imports, name, parse, sources

TOP_FILES = ("Makefile", "pyproject.toml", ".ci/run", ".gitignore", ".gitattributes")
PLATFORMS = (".github", ".clusterfuzzlite", "oss-fuzz")
TEXTS = (".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml")

UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")
SILENCER = re.compile(r"noqa|type:\s*ignore|pragma:|fmt:\s*(off|skip)|mypy:")
# A code, then why, in words, as a second comment behind the first.
EXCUSED = re.compile(
    r"# (noqa: [A-Z]+\d+(, [A-Z]+\d+)*|type: ignore\[[a-z-]+(, [a-z-]+)*\])  # \w+ .*"
)

# Both run what data says; a corpus file or a finding must never be able to.
CODE_FROM_DATA = {"eval", "exec", "compile", "__import__"}
UNSAFE_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}


def texts() -> Iterator[tuple[str, str]]:
    """Yield name and text of every file that people write."""
    folders = (ROOT / folder for folder in (*PACKAGES, "tests", "docs", *PLATFORMS))
    found = [path for folder in folders for path in folder.rglob("*") if path.suffix in TEXTS]
    tops = [ROOT / top for top in TOP_FILES if (ROOT / top).exists()]
    for path in [*found, *tops, *ROOT.glob("*.md")]:
        yield name(path), path.read_text(encoding="utf-8")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Return file, line and match of every line in which a pattern occurs."""
    return [
        f"{where}:{number}: {match.group()}"
        for where, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        for match in pattern.finditer(line)
    ]


def unexcused(text: str) -> list[str]:
    """Return the comments that silence a checker without a code or without a reason."""
    return [
        comment
        for _, comment, _ in comments(text)
        if SILENCER.search(comment) and not EXCUSED.fullmatch(comment)
    ]


def code_from_data(tree: ast.AST) -> list[str]:
    """Return the calls that turn text into code."""
    return [
        f"{node.lineno}: {node.func.id}()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in CODE_FROM_DATA
    ]


def test_nothing_is_left_for_later() -> None:
    """What a file does is done: it holds no promise to go on later."""
    assert lines_with(UNFINISHED) == []


def test_checkers_are_silenced_with_a_reason() -> None:
    """A `noqa` or `type: ignore` names its code and says why."""
    wrong = [
        f"{name(path)}: {comment}"
        for path in sources(*PACKAGES, "tests")
        for comment in unexcused(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_data_never_becomes_code() -> None:
    """No source evaluates text, and none unpickles."""
    wrong = [
        f"{name(path)}: {what}"
        for path in sources(*PACKAGES, "tests")
        for what in [*code_from_data(parse(path)), *(imports(path) & UNSAFE_MODULES)]
    ]
    assert wrong == []


def test_every_test_says_what_it_claims() -> None:
    """A test's docstring is the claim that its failure refutes."""
    silent = [
        f"{name(path)}:{function.lineno} {function.name}"
        for path in sources("tests")
        for function in functions(parse(path))
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert silent == []


def test_an_excuse_needs_code_and_reason() -> None:
    """The check of silencing comments finds one without a code, and one without a reason."""
    good = "x = 1  # noqa: S603  # the program is our own\n"
    bad = "x = 1  # type: ignore  # no code\nx = 1  # noqa: S603\n"
    assert unexcused(good + bad) == ["# type: ignore  # no code", "# noqa: S603"]


def test_code_from_data_is_seen(tmp_path: Path) -> None:
    """A call by name is found, a method of that name is not one."""
    path = tmp_path / "sample.py"
    path.write_text("eval('1')\nframe.eval('a + b')\nre.compile('x')\n")
    assert code_from_data(parse(path)) == ["1: eval()"]
