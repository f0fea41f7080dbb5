"""Faults of one line: a line that takes or gives back a reference is left out or done twice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib import resources

from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.edited import Edit
from jaildiff.kernels.registry import Model

TAKES = re.compile(r"(prison_hold|prison_proc_hold)\(.*\)|\w+\.u?ref \+= 1\b.*")
GIVES = re.compile(r"(prison_deref|crfree|persist_off)\(.*\)|\w+\.u?ref -= 1\b.*")
RECOUNTS = re.compile(r"count_child\(.*\)")
BOTH = re.compile(r"(, ref=\w+)(, uref=\w+)")  # one call that gives back two references
PRISON = ("jail_attach", "jail_params", "jail_remove", "proc", "reference")
FOR_ITSELF = ("jail_kernel/jail_remove.py", "new_model/jail_set.py", "legacy_model/jail_set.py")


@dataclass(frozen=True, slots=True)
class LineFault:
    """One line that is changed."""

    edit: Edit
    line: str
    change: str
    kind: BugKind

    @property
    def name(self) -> str:
        """For machines."""
        return f"{self.edit.module}:{self.line}:{self.change}"

    @property
    def title(self) -> str:
        """What happens, for people."""
        return f"`{self.line}` in {self.edit.file} {self.change}"


def line_faults(base: Model) -> Iterator[LineFault]:
    """All of them, of one model."""
    files = [*(("jail_kernel", module) for module in PRISON), (base.package, "jail_set")]
    for package, module in files:
        text = resources.files(package).joinpath(f"{module}.py").read_text(encoding="utf-8")
        yield from faults_of(f"{package}/{module}.py", text)


def faults_of(file: str, text: str) -> Iterator[LineFault]:
    """Those of one file."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        code = line.partition("  #")[0].strip()
        found = kinds_of(file, code)
        if found is None:
            continue
        left_out, twice = found
        changed = partial(change, file, lines, number)
        indent = line[: len(line) - len(line.lstrip())]
        yield LineFault(changed(f"{indent}pass"), code, "is left out", left_out)
        yield LineFault(changed(f"{line}\n{line}"), code, "is done twice", twice)
        both = BOTH.search(code)
        for part in both.groups() if both else ():
            without = f"is done without{part[1:]}"
            yield LineFault(changed(line.replace(part, "")), code, without, left_out)


def kinds_of(file: str, code: str) -> tuple[BugKind, BugKind] | None:
    """What a line does if it is left out or done twice; None if it is not about a reference.

    References that a call takes for itself while it works are given back in any case.
    """
    if TAKES.fullmatch(code):
        own = file in FOR_ITSELF
        left_out = BugKind.DROPPED_TWICE if own else BugKind.NEVER_TAKEN
        return left_out, BugKind.LEAKED_REFERENCE
    if GIVES.fullmatch(code):
        return BugKind.LEAKED_REFERENCE, BugKind.DROPPED_TWICE
    if RECOUNTS.fullmatch(code):
        return BugKind.WRONG_COUNT, BugKind.WRONG_COUNT
    return None


def change(file: str, lines: list[str], number: int, new: str) -> Edit:
    """An edit of one line, with enough lines before it to make the place unique."""
    text = "\n".join(lines)
    start = number
    while text.count("\n".join(lines[start : number + 1]) + "\n") > 1:
        start -= 1
    before = "".join(f"{line}\n" for line in lines[start:number])
    return Edit(file, f"{before}{lines[number]}\n", f"{before}{new}\n")
