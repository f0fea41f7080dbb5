"""Content addresses: programs with equal calls have equal addresses, wherever they come from."""

from dataclasses import replace
from hashlib import blake2b

from jaildiff.programs.op_language import render, script_of
from jaildiff.programs.program import Program

DIGITS = 32


def address(program: Program) -> str:
    """A hash of the calls, JAIL_MAX and the kernels, but not the id, in 32 hex digits."""
    text = render(script_of(replace(program, id="")))
    return blake2b(text.encode(), digest_size=DIGITS // 2).hexdigest()


def addressed(program: Program) -> tuple[str, str]:
    """The name of a program's file in a corpus, and the file's text."""
    name = address(program)
    return f"{name}.jd", render(script_of(replace(program, id=name)))


def is_address(name: str) -> bool:
    """Whether a file name has the form that `addressed` makes."""
    digits = name.removesuffix(".jd")
    return (
        name.endswith(".jd") and len(digits) == DIGITS and not set(digits) - set("0123456789abcdef")
    )
