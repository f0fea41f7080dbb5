"""A finding as a file that can be run without jaildiff."""

from enum import StrEnum

from jaildiff.differ.comparison import Comparison
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.reproduce.forms.as_atf import atf
from jaildiff.findings.reproduce.forms.as_pytest import pytest_test
from jaildiff.findings.reproduce.forms.as_script import script as shell_script
from jaildiff.findings.reproduce.plan import InexpressibleError
from jaildiff.findings.reproduce.planning import plan
from jaildiff.findings.reproduce.telling import tell_program
from jaildiff.programs.op_language import Script
from jaildiff.support.errors import InputError


class Form(StrEnum):
    """What a finding is written as."""

    SH = "sh"
    ATF = "atf"
    PYTEST = "pytest"


RENDERERS = {Form.SH: shell_script, Form.ATF: atf}


def reproducer(
    script: Script,
    comparison: Comparison,
    baseline: Baseline,
    form: Form,
    expected: str | None = None,
) -> str:
    """The text of the file; `expected` names the kernel whose answers are right.

    Raises InputError if there is nothing to reproduce, or if no script can do it.
    """
    told = tell_program(script, comparison, baseline, expected)
    if form is Form.PYTEST:
        return pytest_test(told, script)
    try:
        return RENDERERS[form](told, plan(script.program, told.wanted, told.other))
    except InexpressibleError as error:
        hint = "--as pytest writes any program"
        raise InputError("", 0, 0, f"no script can reproduce this: {error}; {hint}") from None
