"""How long a function and a module may be.

Counted are lines with code or docstring on them; blank lines and lines with only a comment are
free, so that nobody saves on explanations.  A function starts at its first decorator and includes
the functions nested in it.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from tests.house.tools import PACKAGES, Function, functions, name, parse, sources

FUNCTION_MAX = 70
FUNCTION_P95 = 45
FUNCTION_MEDIAN = 12
MODULE_MAX = 400
MODULE_MEDIAN = 120

Sizes = dict[str, int]


def counted(lines: list[str]) -> int:
    """Count the lines that are neither blank nor only a comment."""
    return sum(not line.strip().startswith("#") for line in lines if line.strip())


def function_lines(function: Function, lines: list[str]) -> int:
    """Count the lines of one function of a file."""
    first = min([function.lineno, *(node.lineno for node in function.decorator_list)])
    return counted(lines[first - 1 : function.end_lineno])


def function_sizes() -> Sizes:
    """Return the length of every function in the packages."""
    return {
        f"{name(path)}:{function.lineno} {function.name}": function_lines(function, lines)
        for path in sources(*PACKAGES)
        for lines in [path.read_text(encoding="utf-8").splitlines()]
        for function in functions(parse(path))
    }


def module_sizes() -> Sizes:
    """Return the length of every module in the packages."""
    return {
        name(path): counted(path.read_text(encoding="utf-8").splitlines())
        for path in sources(*PACKAGES)
    }


def longest(sizes: Sizes, above: float) -> str:
    """List what is longer than a bound, the longest first, to be shown in a failure."""
    found = sorted(((size, what) for what, size in sizes.items() if size > above), reverse=True)
    return "\n".join(f"{size:5} {what}" for size, what in found)


def hold(sizes: Sizes, measure: Callable[[list[int]], float], bound: int) -> None:
    """Assert that a measure of all sizes is within its bound, else print the offenders."""
    actual = measure(sorted(sizes.values()))
    assert actual <= bound, f"{actual:g} lines, {bound} allowed; above:\n{longest(sizes, bound)}"


def p95(sizes: list[int]) -> float:
    """Return the 95th percentile."""
    return quantiles(sizes, n=20, method="inclusive")[-1]


def test_no_function_is_longer_than_a_screen() -> None:
    """The longest function still fits where a reader can see all of it."""
    hold(function_sizes(), max, FUNCTION_MAX)


def test_long_functions_are_rare() -> None:
    """95 of 100 functions are far below the cap."""
    hold(function_sizes(), p95, FUNCTION_P95)


def test_the_usual_function_is_short() -> None:
    """Half of all functions are a dozen lines at most."""
    hold(function_sizes(), median, FUNCTION_MEDIAN)


def test_no_module_is_a_book() -> None:
    """The longest module can be read in one go."""
    hold(module_sizes(), max, MODULE_MAX)


def test_the_usual_module_is_short() -> None:
    """Half of all modules are two or three screens at most."""
    hold(module_sizes(), median, MODULE_MEDIAN)


def test_comments_and_blank_lines_are_free(tmp_path: Path) -> None:
    """Decorators and docstrings count, comments and blank lines do not."""
    path = tmp_path / "sample.py"
    path.write_text('@cache\ndef f():\n    """Two\n    lines."""\n\n    # why\n    return 1\n')
    (function,) = functions(parse(path))
    assert function_lines(function, path.read_text().splitlines()) == 5
