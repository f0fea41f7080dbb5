"""Programs by content: equal calls have one address, wherever they come from."""

from dataclasses import replace
from hashlib import blake2b

from fuzz.programs.op_language import render, script_of
from fuzz.programs.program import Program

DIGITS = 32


def address(program: Program) -> str:
    """32 hex digits over the calls, JAIL_MAX and the kernels; the program's id does not count."""
    text = render(script_of(replace(program, id="")))
    return blake2b(text.encode(), digest_size=DIGITS // 2).hexdigest()


def addressed(program: Program) -> tuple[str, str]:
    """The file name of a program in a corpus, and what stands in the file."""
    name = address(program)
    return f"{name}.jd", render(script_of(replace(program, id=name)))


def is_address(name: str) -> bool:
    """Whether a file name is one that `addressed` gives."""
    digits = name.removesuffix(".jd")
    return (
        name.endswith(".jd") and len(digits) == DIGITS and not set(digits) - set("0123456789abcdef")
    )
