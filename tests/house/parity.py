"""Hold the marks and the differences of two models together.

Two sources are walked side by side, block by block.  Equal statements are passed over; where two
compound statements have the same header, their blocks are compared in turn; what is left are the
differing runs.  Each needs a mark, a comment alone on its line, among the comment lines directly
above its first statement or directly above a statement around it:

    # [Modified: D2]     in the new model (in the old one too, if wished)
    # [New: D2]          in the new model
    # [Removed: D2]      in the old model; the new function that lost the code has a mark as well

A model that descends from another has marks for both: its ancestor knows nothing of it.  It has
only the functions that it changed, so only these are compared.

Imports at the top and docstrings are not compared: the ones follow from the code, the others
describe it.  A mark near which nothing differs is an error too: marks must not outlive differences.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby, zip_longest

from tests.house.tools import Function, comments

MARK = re.compile(r"# \[(New|Modified|Removed): ([A-Z]\d+)\]")
MARK_LIKE = re.compile(r"#\W*(new|modified|removed)\W+[a-z]\d+\b", re.IGNORECASE)
BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")

# A statement, a handler or a case: what can stand in a block.  An empty path is the module.
Item = ast.AST
Path = tuple[Item, ...]
Definition = Function | ast.ClassDef
Located = ast.stmt | ast.expr | ast.excepthandler | ast.pattern


@dataclass(slots=True)
class Source:
    """One side: its statements and its marks, of which `used` are those at a difference."""

    label: str
    text: str
    items: list[Item] = field(init=False)
    comment_lines: set[int] = field(default_factory=set)
    marks: dict[int, tuple[str, str]] = field(default_factory=dict)
    malformed: list[int] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        tree = without_docstrings(ast.parse(self.text))
        self.items = [x for x in tree.body if not isinstance(x, ast.Import | ast.ImportFrom)]
        for line, comment, alone in comments(self.text):
            match = MARK.fullmatch(comment) if alone else None
            if alone:
                self.comment_lines.add(line)
            if match:
                self.marks[line] = (match[1], match[2])
            elif MARK_LIKE.match(comment):
                self.malformed.append(line)

    def marks_above(self, item: Item) -> set[int]:
        """Return the lines of the marks in the comment directly above an item."""
        line = start(item) - 1
        while line in self.comment_lines:
            line -= 1
        return self.marks.keys() & range(line + 1, start(item))

    def marks_within(self, items: Sequence[Item]) -> set[int]:
        """Return the lines of the marks directly above a run of items or inside it."""
        inside = range(start(items[0]), end(items[-1]) + 1)
        return self.marks_above(items[0]) | (self.marks.keys() & inside)

    def marks_over(self, items: Sequence[Item], path: Path) -> set[int]:
        """Return the lines of the marks that cover a run from its first item."""
        return set().union(*(self.marks_above(item) for item in (*items[:1], *path)))


@dataclass(frozen=True, slots=True)
class Run:
    """A maximal difference: the items on both sides, one of them perhaps none, and their paths."""

    legacy: Sequence[Item]
    new: Sequence[Item]
    legacy_path: Path
    new_path: Path


def compare(legacy: Source, new: Source) -> list[str]:
    """Return what is wrong with the marks of two sources, nothing if all is well."""
    runs = list(differing_runs(legacy.items, new.items))
    for run in runs:
        use_marks(run, legacy, new)
    return [
        *(f"{new.label}: {what} stands at another place" for what in misplaced(runs)),
        *(
            f"{new.label}: {what} is identical, it belongs in jail_kernel/"
            for what in shared(legacy, new)
        ),
        *(complaint for run in runs for complaint in unmarked(run, legacy, new)),
        *(complaint for source in (legacy, new) for complaint in bad_marks(source)),
        *(f"{legacy.label}:{n}: New" for n, (kind, _) in legacy.marks.items() if kind == "New"),
    ]


def descends(ancestor: Source, heir: Source) -> list[str]:
    """Return what is wrong with the marks of a source that has the changed functions alone."""
    ours = {named(item) for item in heir.items}
    ancestor.items = [item for item in ancestor.items if named(item) in ours]
    ancestor.marks.clear()
    runs = list(differing_runs(ancestor.items, heir.items))
    for run in runs:
        use_marks(run, ancestor, heir)
    unmarked_runs = (complaint for run in runs for complaint in unmarked(run, ancestor, heir))
    return [
        *(f"{heir.label}: {what} stands at another place" for what in misplaced(runs)),
        *(f"{heir.label}: {what} is identical, inherit it" for what in shared(ancestor, heir)),
        *(complaint for complaint in unmarked_runs if complaint.startswith(heir.label)),
        *bad_marks(heir),
    ]


def named(item: Item) -> str:
    """Return the name that a definition or an assignment gives, else its text."""
    if isinstance(item, Definition):
        return item.name
    return ast.unparse(item.targets[0]) if isinstance(item, ast.Assign) else ast.unparse(item)


def differing_runs(
    legacy: Sequence[Item], new: Sequence[Item], legacy_path: Path = (), new_path: Path = ()
) -> Iterator[Run]:
    """Yield the differences of two blocks: align by text, then by header, then go inside."""
    for equal, old_part, new_part in aligned(legacy, new, ast.unparse):
        if equal:
            continue
        for same_header, old_run, new_run in aligned(old_part, new_part, header):
            if same_header:
                for one, other in zip(old_run, new_run, strict=True):
                    yield from inner_runs(one, other, (*legacy_path, one), (*new_path, other))
            else:
                for old_items, new_items in stretches(old_run, new_run):
                    yield Run(old_items, new_items, legacy_path, new_path)


def inner_runs(legacy: Item, new: Item, legacy_path: Path, new_path: Path) -> Iterator[Run]:
    """Yield the differences inside two items of one header; signatures are part of the inside."""
    if emptied(legacy) != emptied(new):
        yield Run([legacy], [new], legacy_path[:-1], new_path[:-1])
        return
    for block in BLOCKS:
        yield from differing_runs(
            getattr(legacy, block, []), getattr(new, block, []), legacy_path, new_path
        )


def aligned(
    legacy: Sequence[Item], new: Sequence[Item], key: Callable[[Item], str]
) -> Iterator[tuple[bool, Sequence[Item], Sequence[Item]]]:
    """Cut two blocks into stretches with equal and with different keys."""
    matcher = SequenceMatcher(None, [*map(key, legacy)], [*map(key, new)], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        yield tag == "equal", legacy[i:j], new[k:m]


def stretches(
    legacy: Sequence[Item], new: Sequence[Item]
) -> Iterator[tuple[Sequence[Item], Sequence[Item]]]:
    """Cut a difference so that every definition stands alone: each needs a mark of its own."""
    plain = []
    for side in (legacy, new):
        groups = [(d, list(g)) for d, g in groupby(side, lambda x: isinstance(x, Definition))]
        plain.append([group for is_definition, group in groups if not is_definition])
        for item in (item for is_definition, group in groups if is_definition for item in group):
            yield ([item], []) if side is legacy else ([], [item])
    yield from zip_longest(*plain, fillvalue=[])


def unmarked(run: Run, legacy: Source, new: Source) -> Iterator[str]:
    """Complain about a difference without the mark that it needs."""
    source, items, path = new, run.new, run.new_path
    if not run.new:
        source, items, path = legacy, run.legacy, run.legacy_path
    kinds = {source.marks[line][0] for line in source.marks_over(items, path)}
    needed = {"New", "Modified"} if run.new else {"Removed", "Modified"}
    if isinstance(items[0], Definition) and not (run.legacy and run.new):
        needed -= {"Modified"}
    if not kinds & needed:
        yield f"{source.label}:{start(items[0])}: needs {' or '.join(sorted(needed))}"
    around = [item for item in run.new_path if isinstance(item, Function)]
    if not run.new and around and not new.marks_within(around[:1]):
        yield f"{new.label}:{start(around[0])}: lost code, needs a mark"


def use_marks(run: Run, legacy: Source, new: Source) -> None:
    """Note which marks stand at a difference; a side that has nothing there may mark it nearby."""
    for source, items, path, at_nothing in (
        (legacy, run.legacy, run.legacy_path, "Modified"),
        (new, run.new, run.new_path, "Removed"),
    ):
        source.used |= source.marks_over(items, path)
        if items:
            source.used |= source.marks_within(items)
        elif path:
            inside = source.marks_within(path[:1])
            source.used |= {line for line in inside if source.marks[line][0] == at_nothing}


def bad_marks(source: Source) -> Iterator[str]:
    """Complain about marks that are misspelt, or at which nothing differs."""
    for line in source.malformed:
        yield f"{source.label}:{line}: not the form of a mark, or not alone on its line"
    for line in sorted(source.marks.keys() - source.used):
        yield f"{source.label}:{line}: marks no difference"


def misplaced(runs: Sequence[Run]) -> set[str]:
    """Return the definitions that both sides have, but not in the same order."""
    old = {qualified(x, r.legacy_path) for r in runs if not r.new for x in definitions(r.legacy)}
    new = {qualified(x, r.new_path) for r in runs if not r.legacy for x in definitions(r.new)}
    return old & new


def shared(legacy: Source, new: Source) -> list[str]:
    """Return the functions that are the same on both sides."""
    sides = []
    for source in (legacy, new):
        outer = [*definitions(source.items)]
        methods = [(x, (c,)) for c in outer for x in definitions(c.body) if not is_function(c)]
        found = [*((x, ()) for x in outer), *methods]
        sides.append({(qualified(x, p), ast.unparse(x)) for x, p in found if is_function(x)})
    return sorted(name for name, _ in sides[0] & sides[1])


def definitions(items: Sequence[Item]) -> Iterator[Definition]:
    """Yield the functions and classes among items."""
    return (item for item in items if isinstance(item, Definition))


def is_function(item: Item) -> bool:
    """Tell functions from classes."""
    return isinstance(item, Function)


def qualified(item: Definition, path: Path) -> str:
    """Return a definition's name with the names around it."""
    return ".".join(x.name for x in definitions((*path, item)))


def header(item: Item) -> str:
    """Return what pairs two items: a definition's name, else its text without its blocks."""
    return f"def {item.name}" if isinstance(item, Definition) else emptied(item)


def emptied(item: Item) -> str:
    """Return an item's text without the blocks inside it."""
    bare = copy.copy(item)
    for block in BLOCKS:
        if hasattr(bare, block):
            setattr(bare, block, [])
    return ast.unparse(bare)


def start(item: Item) -> int:
    """Return an item's first line, decorators included."""
    return min(node.lineno for node in ast.walk(item) if isinstance(node, Located))


def end(item: Item) -> int:
    """Return an item's last line."""
    return max(node.end_lineno or 0 for node in ast.walk(item) if isinstance(node, Located))


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Drop the docstrings of a module and of everything in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | Definition) and ast.get_docstring(node) is not None:
            del node.body[0]
    return tree
