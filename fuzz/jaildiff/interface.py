"""The public interface: what `import jaildiff` offers, loaded when it is first asked for."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from jail_kernel.call import Result
from jaildiff.differ.comparison import COMPARISONS, LANDED_NAMES, Comparison, comparison, named
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.differ.verdict.rule import Rule
from jaildiff.differ.walk import Violation
from jaildiff.findings.baseline import load as load_baseline
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.kernels.fault import load as load_faults
from jaildiff.kernels.named import kernel as kernel_named
from jaildiff.kernels.registry import KERNELS
from jaildiff.kernels.registry import Model as Kernel
from jaildiff.programs.commands.command import Command, Setup
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.json_form import kernel_called
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.programs.op_language import Script, parse, render
from jaildiff.programs.program import Program
from jaildiff.recordings.conform import Tally
from jaildiff.recordings.conform import conform as conform_one
from jaildiff.recordings.judge_kernel import KernelVerdict
from jaildiff.search.hunt.hunt import Hunt, budgeted_programs, shortened
from jaildiff.support.errors import InputError

__all__ = [
    "COMPARISONS",
    "KERNELS",
    "Command",
    "Comparison",
    "Divergence",
    "Finding",
    "InputError",
    "Kernel",
    "Program",
    "Report",
    "Rule",
    "Script",
    "Setup",
    "Violation",
    "compare",
    "conform",
    "hunt",
    "judge",
    "load",
    "parse",
    "render",
    "run",
    "shrink",
]

LANDED = str(LANDED_NAMES)


def run(program: Program, kernel: str = "new") -> list[Result]:
    """What one kernel answers to each call, up to a panic.

    >>> from jaildiff import load, run
    >>> (entry,) = load("corpus/rules/failed-create-renumbers.jd")
    >>> [str(result.errno or result.ret) for result in run(entry.program, "legacy")]
    ['2', '5', '0', 'EEXIST']
    """
    model, k = kernel_named(kernel), boot(program)
    answers: list[Result] = []
    for call in program.calls:
        answers.append(model.step(k, call))
        if answers[-1].panicked:
            break
    return answers


def compare(program: Program, kernels: str = LANDED) -> Report:
    """What differs between two kernels, OLD,NEW, and what is broken in either.

    Raises InputError if there is no such kernel.

    >>> from jaildiff import compare, load
    >>> (entry,) = load("corpus/rules/failed-create-renumbers.jd")
    >>> compare(entry.program, "new,new+N3-failed-create-corrected").divergences[0].verdict
    <Verdict.UNEXPLAINED: 'unexplained'>
    """
    return diff(program, comparison(named(kernels)))


def conform(kernel: str, entries: Iterable[Entry], key: str | None = None) -> Tally:
    """How much a kernel agrees with recordings, or with the answers written in programs.

    `key` says whose answers; default: those of the kernel.  Raises InputError.

    >>> from jaildiff import conform, load
    >>> conform("new", load("corpus/traces/cases.jsonl.zst")).complete
    True
    """
    model = kernel_named(kernel)
    tally = Tally(kernel_called(key or model.key))
    for entry in entries:
        conform_one(model, entry, tally)
    return tally


def judge(entries: Iterable[Entry], key: str = "new", kernels: str = LANDED) -> KernelVerdict:
    """What a recorded kernel is: the new one, the old one, or what is wrong with it.

    >>> from jaildiff import judge, load
    >>> judge(load("corpus/traces/cases.jsonl.zst"), key="legacy").summary()["fault"]["name"]
    'legacy'
    """
    verdict = KernelVerdict(kernel_called(key), comparison(named(kernels)))
    for entry in entries:
        verdict.add(entry)
    verdict.conclude(load_faults().values())
    return verdict


def hunt(
    seed: int,
    *,
    runs: int | None = None,
    seconds: float | None = None,
    kernels: str = LANDED,
) -> list[tuple[Finding, Program]]:
    """Every class of finding in the programs of a seed, with the program that showed it first.

    >>> from jaildiff import hunt
    >>> sorted({finding.verdict for finding, _ in hunt(1, runs=50)})
    ['bug', 'intended']
    """
    compared = comparison(named(kernels))
    search = Hunt(load_baseline(None, compared), compared)
    for program in budgeted_programs(seed, seconds=seconds, runs=runs):
        search.try_program(program)
    return [(found, search.witnesses[name]) for name, found in search.findings.items()]


def shrink(program: Program, fingerprint: str, kernels: str = LANDED) -> Program:
    """The program without all that can be spared if it is still to show that class.

    Raises InputError if it does not show it.

    >>> from jaildiff import hunt, shrink
    >>> finding, program = hunt(1, runs=50)[0]
    >>> len(shrink(program, finding.fingerprint).calls) <= len(program.calls)
    True
    """
    compared = comparison(named(kernels))
    report = diff(program, compared)
    for finding in findings_of(program, load_baseline(None, compared), report):
        if finding.fingerprint == fingerprint:
            return shortened(program, finding, report)
    raise InputError(program.id, 0, 0, f"expected a program that shows {fingerprint}")


def load(path: str | Path) -> Iterator[Entry]:
    """The programs in a file or folder: op language, JSON lines, recordings.  Raises InputError."""
    return read_programs(path)
