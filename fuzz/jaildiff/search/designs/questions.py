"""The questions of the review, answered by programs that show each kernel side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jail_kernel.kernel import Kernel
from jaildiff.differ.diff import diff
from jaildiff.differ.verdict.fingerprint import UNEXPLAINED
from jaildiff.kernels.named import kernel
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.kernels.snapshot import answer_line
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.programs.op_language import call_text
from jaildiff.programs.program import Program
from jaildiff.search.designs.survey import against_14
from jaildiff.support.errors import InputError

FOLDER = "designs/questions"  # of the corpus


@dataclass(frozen=True, slots=True)
class Question:
    """A question asked in the review."""

    text: str
    asked_by: str
    kernels: tuple[str, ...]  # that the question is about


QUESTIONS = {  # the key begins the names of the programs that answer the question
    "jails-42-to-50": Question(
        "What happens to jails 42 to 50?",
        "bz, of the revision in which the dying jail moves up",
        (LEGACY.name, NEW.name, "upward"),
    ),
    "duplicate-jids": Question(
        "What breaks with duplicate jids?",
        "kevans, for whose design they are; jamie's has them, too",
        (LEGACY.name, NEW.name, "dead-bit", "invisible"),
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One program on several kernels, with the rows on which they disagree."""

    program: str
    about: str  # the comment above the program
    kernels: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]  # a call or a process, and what each kernel says
    rules: dict[str, tuple[str, ...]]  # by design: the differ's verdicts, step by step


def answers(question: str, corpus: Path) -> Iterator[Answer]:
    """The programs that answer a question, with the kernels' answers.

    Raises InputError if the question does not exist or has no programs.
    """
    if question not in QUESTIONS:
        raise InputError("", 0, 0, f"no question {question!r}; there are: {', '.join(QUESTIONS)}")
    for entry in read_programs(corpus / FOLDER):
        if entry.program.id.startswith(question):
            yield answer(entry, QUESTIONS[question].kernels)


def answer(entry: Entry, kernels: tuple[str, ...]) -> Answer:
    """One program on these kernels."""
    program = entry.program
    ends = [asked(program, name) for name in kernels]
    rows = []
    for step, call in enumerate(program.calls):
        said = tuple(texts[step] if step < len(texts) else "" for texts, _ in ends)
        if len(set(said)) > 1:
            rows.append((f"{step}: {call_text(call)}", said))
    pids = sorted({pid for _, k in ends for pid in k.procs if pid != 1})
    where = ((pid, tuple(whereabouts(k, pid) for _, k in ends)) for pid in pids)
    rows += [(f"at the end, process {pid} is", places) for pid, places in where]
    rules = {name: tuple(said_of(program, name)) for name in kernels if name != LEGACY.name}
    return Answer(program.id, comment_of(entry), kernels, tuple(rows), rules)


def comment_of(entry: Entry) -> str:
    """The comment above a program."""
    head = entry.script.head if entry.script else ()
    return " ".join(line.lstrip("# ") for line in head if line.strip())


def asked(program: Program, name: str) -> tuple[list[str], Kernel]:
    """One kernel's answers, and the kernel afterwards."""
    model, k = kernel(name), boot(program)
    texts = []
    for call in program.calls:
        result = model.step(k, call)
        texts.append(answer_line(result))
        if result.panicked:
            break
    return texts, k


def whereabouts(k: Kernel, pid: int) -> str:
    """The jail with which a process is shown, and its state."""
    p = k.procs.get(pid)
    return "gone" if p is None else f"jail {p.cred.prison.jid}, {p.state}"


def said_of(program: Program, design: str) -> Iterator[str]:
    """The differ's verdicts on a program, 14 against a design; steps with equal ones together."""
    found = diff(program, against_14(design)).divergences
    for said, group in groupby(found, lambda d: f"{d.kind} {d.verdict} {d.rule or UNEXPLAINED}"):
        steps = [divergence.step for divergence in group]
        yield f"step {', '.join(map(str, steps))}: {said}"
