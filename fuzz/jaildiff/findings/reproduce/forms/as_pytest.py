"""A finding as a pytest test: the program, and what a kernel must answer to it."""

from jaildiff.findings.reproduce.forms.as_atf import identifier
from jaildiff.findings.reproduce.forms.as_script import comments
from jaildiff.findings.reproduce.telling import Told
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.op_language import Script, render, script_of
from jaildiff.programs.program import Program

BODY = '''\
    """A kernel answers as {wanted} does, and leaves what that leaves."""
    program = jaildiff.parse(PROGRAM, {file}).program
    assert [(answer.errno, answer.ret) for answer in jaildiff.run(program, kernel)] == ANSWERS
    assert jaildiff.compare(program, f"{wanted},{{kernel}}").divergences == ()
'''


def pytest_test(told: Told, script: Script) -> str:
    """The whole file."""
    program = script.program
    lines = render(script_of(program)).splitlines(keepends=True)
    name = identifier(told.name).lower()
    rows = [*comments((told.title, *told.story, *told.expectation)), ""]
    rows += ["import pytest", "", "import jaildiff", ""]
    rows += ["PROGRAM = (", *(f"    {line!a}" for line in lines), ")", ""]
    rows += ["ANSWERS = [", *(f"    {row}," for row in answers(program, told.wanted)), "]"]
    rows += ["", "KERNELS = [", f"    {told.wanted.name!a},  # and one of your own"]
    rows += [f"    pytest.param({told.other.name!a}, marks=pytest.mark.xfail(strict=True)),"]
    rows += [
        "]",
        "",
        "",
        '@pytest.mark.parametrize("kernel", KERNELS)',
        f"def test_{name}(kernel):",
    ]
    body = BODY.format(wanted=told.wanted.name, file=ascii(f"{name}.jd"))
    return "\n".join(rows) + "\n" + body


def answers(program: Program, model: Model) -> list[str]:
    """What a kernel answers to each call, up to a panic: errno and number, as Python."""
    k, found = boot(program), []
    for call in program.calls:
        result = model.step(k, call)
        errno = None if result.errno is None else str(result.errno)
        found.append(ascii((errno, result.ret)))
        if result.panicked:
            break
    return found
