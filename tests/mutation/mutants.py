"""Mutants of the kernel's sources: each operator of Cosmic Ray at each place where it applies."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import parso
from cosmic_ray.operators.provider import OperatorProvider
from cosmic_ray.operators.variable_inserter import VariableInserter
from cosmic_ray.operators.variable_replacer import VariableReplacer

from jaildiff.kernels.edited import Edit

Node = Any  # parso and Cosmic Ray have no types.


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file."""

    file: str
    function: str  # with its class; "" at the top level
    operator: str
    was: str  # the line, without its indentation
    becomes: str
    edit: Edit

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What it is called where line numbers would not last; an equal change of an equal line
        of the same function has the same name.
        """
        return self.file, self.function, self.was, self.becomes

    @property
    def digest(self) -> str:
        """What the journal calls it: the mutated text."""
        return sha256(f"{self.file}\n{self.edit.new}".encode()).hexdigest()[:24]


def operators() -> dict[str, Any]:
    """The operators that say something about a kernel, by name.

    Variables are not replaced: that needs a list of names for each.  `is` is only negated: put in
    for `==` it asks how CPython stores a number or a string; `==` in its place is the same here,
    where no object that is compared so has an `__eq__` of its own; and an order of states,
    objects and None is none of the kernel's, it would be that of the states' spelling.
    """
    provider = OperatorProvider()
    found = {name: provider[name] for name in provider}
    return {
        name: operator()
        for name, operator in found.items()
        if operator not in (VariableInserter, VariableReplacer) and not about_identity(name)
    }


def about_identity(name: str) -> bool:
    """Whether a comparison gets or loses `is` otherwise than by negation."""
    kind, _, change = name.partition("_")
    compares = kind == "ReplaceComparisonOperator"
    return compares and "Is" in change and change not in ("Is_IsNot", "IsNot_Is")


def orders_texts(operator: str, node: Node) -> bool:
    """Whether it is asked which of two texts comes first, where a text is compared with a literal:
    every such text is one of a few words, and the kernel has no order for them.
    """
    literal = node.type == "comparison" and any(part.type == "string" for part in node.children)
    return literal and operator.endswith(("_Lt", "_LtE", "_Gt", "_GtE"))


def mutants(file: str, text: str) -> list[Mutant]:
    """Every mutant of a file, in the order of its text."""
    found = []
    chosen = operators()
    lines = text.splitlines(keepends=True)
    for node in nodes(parso.parse(text)):
        if not for_the_kernel(node):
            continue
        for name, operator in chosen.items():
            if orders_texts(name, node):
                continue
            for index, (start, _) in enumerate(operator.mutation_positions(node)):
                mutated = operator.mutate(clone(node), index)
                new = "" if mutated is None else mutated.get_code(include_prefix=False).lstrip()
                edited = splice(lines, node, new)
                becomes = "" if mutated is None else edited.splitlines()[start[0] - 1].strip()
                was = lines[start[0] - 1].strip()
                edit = Edit(file, text, edited)
                found.append(Mutant(file, function_of(node), name, was, becomes, edit))
    return [mutant for mutant in found if mutant.edit.new != text]


def nodes(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    yield node
    for child in getattr(node, "children", ()):
        yield from nodes(child)


def for_the_kernel(node: Node) -> bool:
    """False in what only Python and its tools read: annotations, the star between parameters, and
    a decorator's arguments, which say how a class is stored.  No operator changes a string, so
    docstrings and messages are left alone, too.
    """
    if node.type == "operator" and node.parent.type == "parameters":
        return False
    while (parent := node.parent) is not None:
        if parent.type in ("tfpdef", "decorator"):
            return False
        if parent.type == "annassign" and node is parent.children[1]:
            return False
        if parent.type == "funcdef" and node is parent.annotation:
            return False
        node = parent
    return True


def function_of(node: Node) -> str:
    """The function that a node is in, behind its class and the functions around it."""
    names: list[str] = []
    while node is not None:
        if node.type in ("funcdef", "classdef"):
            names.insert(0, node.name.value)
        node = node.parent
    return ".".join(names)


def clone(node: Node) -> Node:
    """A copy of a node and all below it, in the same place of the same tree."""
    twin = copy.copy(node)
    if hasattr(node, "children"):
        twin.children = [clone(child) for child in node.children]
        for child in twin.children:
            child.parent = twin
    return twin


def splice(lines: list[str], node: Node, new: str) -> str:
    """The text with another one in the place of a node."""
    (first, begin), (last, end) = node.start_pos, node.end_pos
    before = "".join(lines[: first - 1]) + (lines[first - 1][:begin] if new else "")
    after = lines[last - 1][end:] + "".join(lines[last:]) if last <= len(lines) else ""
    return before + new + after
