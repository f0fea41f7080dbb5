"""A program as a test: what is written beside its lines must come true."""

from collections.abc import Iterator
from typing import Any

import pytest

from jaildiff.differ.annotate import annotate, unmet
from jaildiff.differ.comparison import LANDED_NAMES, Comparison, Named, comparison, named
from jaildiff.differ.diff import Report, diff
from jaildiff.programs.loading import read_file
from jaildiff.programs.op_language import Script, render
from jaildiff.programs.program import Program
from jaildiff.support.errors import InputError
from jaildiff.support.files import write_atomic
from pytest_jaildiff import REWRITTEN
from pytest_jaildiff.failure import Failure, failure


class AnswersOtherwiseError(Exception):
    """The answers or verdicts of a program are not those in its file."""

    def __init__(self, told: Failure) -> None:
        super().__init__(str(told))
        self.told = told


class ProgramFile(pytest.File):
    """A file of one program."""

    def collect(self) -> Iterator["ProgramTest"]:
        """The one test in it, named after the file."""
        yield ProgramTest.from_parent(self, name=self.path.stem)


class ProgramTest(pytest.Item):
    """A program, run on two kernels."""

    def runtest(self) -> None:
        """Check the program against what is written beside its lines, or rewrite that."""
        (entry,) = read_file(self.path)
        script = entry.script
        assert script is not None  # Decoded as .jd files are.
        compared = self.compared(script.program)
        if self.config.getoption("jaildiff_rewrite"):
            self.rewrite(script, diff(script.program, compared))
            return
        skip_if_nothing_is_said(script, compared)
        report = diff(script.program, compared)
        found = unmet(script, report)
        if found:
            raise AnswersOtherwiseError(failure(self.where, script, report, found))

    @property
    def where(self) -> str:
        """The file's path, relative to where pytest was started."""
        here = self.config.invocation_params.dir
        return str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)

    def compared(self, program: Program) -> Comparison:
        """The kernels that were asked for, else those that the program names."""
        modules = tuple(self.config.getoption("jaildiff_kernel_module"))
        return comparison(asked(self.config) or Named(*program.kernels, modules))

    def rewrite(self, script: Script, report: Report) -> None:
        """Write what happens beside the lines, unless it is there already."""
        text = render(annotate(script, report))
        if self.path.read_text(encoding="utf-8") != text:
            write_atomic(self.path, text)
            self.user_properties.append(REWRITTEN)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What differs, with its story; one line for a file that cannot be read."""
        match excinfo.value:
            case AnswersOtherwiseError(told=told):
                return told
            case InputError():
                return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where the program is, and what it is called."""
        return self.path, 0, f"program {self.name}"


def check_kernels(config: pytest.Config) -> None:
    """Raise pytest.UsageError if the kernels that were asked for are not there."""
    try:
        comparison(asked(config) or LANDED_NAMES)
    except InputError as error:
        raise pytest.UsageError(f"--jaildiff-kernels: {error}") from None


def asked(config: pytest.Config) -> Named | None:
    """The kernels that the command line names; None if it names none."""
    text = config.getoption("jaildiff_kernels")
    modules = tuple(config.getoption("jaildiff_kernel_module"))
    return None if text is None else named(text, modules)


def skip_if_nothing_is_said(script: Script, compared: Comparison) -> None:
    """Skip a program that is not about these kernels."""
    if script.kernels != (compared.old.name, compared.new.name):
        pytest.skip(f"it is written for {','.join(script.kernels)}, not for {compared}")
    if not any(line.old or line.new or line.verdicts for line in script.lines):
        pytest.skip("it has no answers; --jaildiff-rewrite writes what happens")
