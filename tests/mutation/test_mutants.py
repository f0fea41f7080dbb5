import ast

from tests.mutation.mutants import Mutant, mutants

TEXT = '''\
"""1 + 1."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Jail:
    ref: int | None = 1

    @staticmethod
    def held(jail: "Jail", *, least: int = 2) -> bool | None:
        """More than -1 references."""
        if jail.ref is None or jail.ref < least:
            return False
        return True
'''


def changes(text: str = TEXT) -> list[tuple[str, str, str]]:
    """The mutants of a text: the function, the line and what it becomes."""
    return [mutant.name[1:] for mutant in mutants("jail_kernel/sample.py", text)]


def becomes(was: str) -> list[str]:
    """What a line of the sample becomes."""
    return [new for _, line, new in changes() if line == was]


def test_a_line_is_changed_in_every_way() -> None:
    """Numbers, comparisons, conditions and `or` all change, each alone."""
    assert sorted(becomes("if jail.ref is None or jail.ref < least:")) == [
        "if jail.ref is None and jail.ref < least:",
        "if jail.ref is None or jail.ref != least:",
        "if jail.ref is None or jail.ref <= least:",
        "if jail.ref is None or jail.ref == least:",
        "if jail.ref is None or jail.ref > least:",
        "if jail.ref is None or jail.ref >= least:",
        "if jail.ref is not None or jail.ref < least:",
        "if not jail.ref is None or jail.ref < least:",
    ]
    assert becomes("return False") == ["return True"]


def test_annotations_and_decorators_are_no_behaviour() -> None:
    """Types, the star between parameters and a decorator's arguments stay; defaults do not."""
    assert becomes("ref: int | None = 1") == ["ref: int | None = 2", "ref: int | None = 0"]
    assert becomes("@dataclass(frozen=True)") == [""]
    head = 'def held(jail: "Jail", *, least: int = 2) -> bool | None:'
    assert sorted(becomes(head)) == [head.replace("2", "1"), head.replace("2", "3")]


def test_texts_are_left_alone() -> None:
    """No operator changes what stands in a docstring."""
    assert not [line for _, line, _ in changes() if line.startswith('"""')]


def test_a_mutant_differs_in_what_it_says() -> None:
    """Each is a file of its own that is still Python, and tells the function it is in."""
    found = mutants("jail_kernel/sample.py", TEXT)
    assert len({mutant.digest for mutant in found}) == len(found)
    assert {mutant.function for mutant in found} == {"Jail", "Jail.held", ""}
    for mutant in found:
        assert ast.dump(ast.parse(mutant.edit.new)) != ast.dump(ast.parse(TEXT))


def test_names_outlive_other_lines() -> None:
    """A line added above changes the text of a mutant, not its name."""
    moved = TEXT.replace("import dataclass\n", "import dataclass\n\nLIMIT = max\n")
    assert changes(moved) == changes()


def test_identity_is_only_negated() -> None:
    """`is` becomes `is not`, and nothing else becomes `is`."""
    text = "def f(a, b):\n    return a is b, a == b\n"
    new = [line for _, _, line in changes(text)]
    assert "return a is not b, a == b" in new
    assert not [line for line in new if "a == b, " in line or line.count(" is ") > 1]


def test_texts_have_no_order() -> None:
    """Equality with a literal text is only negated; with a number it becomes an order, too."""
    (line,) = (new for _, _, new in changes('f = family == "ip4"\n'))
    assert line == 'f = family != "ip4"'
    assert "f = jid <= 4" in [new for _, _, new in changes("f = jid == 4\n")]


def digests(found: list[Mutant]) -> list[str]:
    """What the journal calls them."""
    return [mutant.digest for mutant in found]


def test_the_journal_knows_a_mutant_by_its_file_too() -> None:
    """Equal texts in two files are two mutants."""
    one, other = (digests(mutants(file, TEXT)) for file in ("jail_kernel/a.py", "jail_kernel/b.py"))
    assert set(one).isdisjoint(other)
