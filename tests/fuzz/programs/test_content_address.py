from dataclasses import replace

from jaildiff.programs.content_address import address, addressed, is_address
from jaildiff.programs.op_language import parse
from jaildiff.search.generator.generate import generate


def test_equal_calls_have_one_address() -> None:
    """The address is that of the calls and JAIL_MAX, whatever the program is called."""
    program = generate(1, 0)
    assert address(program) == address(replace(program, id="another"))
    assert address(program) != address(replace(program, calls=program.calls[:-1]))
    assert address(program) != address(replace(program, jail_max=5))


def test_the_file_is_the_program() -> None:
    """What stands in the file reads back as the calls, and has the address that names the file."""
    for number in range(50):
        program = generate(2, number)
        name, text = addressed(program)
        read = parse(text, name).program
        assert (read.calls, read.jail_max) == (program.calls, program.jail_max)
        assert addressed(read) == (name, text)
        assert is_address(name)


def test_other_names_are_no_addresses() -> None:
    """Names that people give are not taken for ours."""
    names = ["story.jd", "0" * 32, f"{'0' * 31}.jd", f"{'g' * 32}.jd", f"{'A' * 32}.jd", ".jd"]
    assert [name for name in names if is_address(name)] == []
