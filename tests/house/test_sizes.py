"""How long a function may be.

Counted are lines with code or docstring on them; blank lines and lines with only a comment are
free, so that nobody saves on explanations.  A function starts at its first decorator and includes
the functions nested in it.
"""

from pathlib import Path

from tests.house.tools import PACKAGES, Function, functions, name, parse, sources

FUNCTION_MAX = 70


def counted(lines: list[str]) -> int:
    """Count the lines that are neither blank nor only a comment."""
    return sum(not line.strip().startswith("#") for line in lines if line.strip())


def function_lines(function: Function, lines: list[str]) -> int:
    """Count the lines of one function of a file."""
    first = min([function.lineno, *(node.lineno for node in function.decorator_list)])
    return counted(lines[first - 1 : function.end_lineno])


def function_sizes() -> dict[str, int]:
    """Return the length of every function in the packages."""
    return {
        f"{name(path)}:{function.lineno} {function.name}": function_lines(function, lines)
        for path in sources(*PACKAGES)
        for lines in [path.read_text(encoding="utf-8").splitlines()]
        for function in functions(parse(path))
    }


def test_no_function_is_longer_than_a_screen() -> None:
    """The longest function still fits where a reader can see all of it."""
    assert {what: size for what, size in function_sizes().items() if size > FUNCTION_MAX} == {}


def test_comments_and_blank_lines_are_free(tmp_path: Path) -> None:
    """Decorators and docstrings count, comments and blank lines do not."""
    path = tmp_path / "sample.py"
    path.write_text('@cache\ndef f():\n    """Two\n    lines."""\n\n    # why\n    return 1\n')
    (function,) = functions(parse(path))
    assert function_lines(function, path.read_text().splitlines()) == 5
