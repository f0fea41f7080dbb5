"""Test the rules: if one is made too wide or too narrow, we must notice.

Three sources of evidence, all of which exist in production, may contradict a faulty rule:
- programs of the corpus, with the verdicts written beside their lines;
- generated programs, in which exactly one rule must claim every root;
- roots caused by seeded faults of the models, which no rule may claim.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.verdict.divergence import judge_echo, judge_root
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.verdict.rulebook import Rulebook
from jaildiff.differ.walk import walk
from jaildiff.kernels.edited import load_edited
from jaildiff.kernels.fault import RULE_MODULES, Fault
from jaildiff.programs.loading import program_files, read_programs
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from jaildiff.selftest.trial import Trial
from jaildiff.support.errors import InputError

Written = tuple[str, ...]
ECHO = re.compile(r"echo of ([0-9,]+) ")
UNCLAIMED = ("root unexplained -",)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A step of a program, and the verdicts written beside it; None if the program is generated."""

    where: str
    step: Step
    written: Written | None
    roots: tuple[Step, ...] = ()  # the earlier roots of the program


def check_witnesses(corpus: Path, rulebook: Rulebook) -> None:
    """Raise InputError that names the missing file if a rule has no witness or no near miss."""
    for rule in rulebook.by_id.values():
        for file in (corpus / rule.witness, corpus / "rules" / "near" / f"{rule.id}.jd"):
            if not file.is_file():
                raise InputError(str(file), 0, 0, f"rule {rule.id}: expected a program here")


def gather(corpus: Path, comparison: Comparison, seed: int, programs: int) -> list[Evidence]:
    """The steps that differ in the corpus and in `programs` generated ones."""
    found: list[Evidence] = []
    named = (comparison.old.name, comparison.new.name)
    scripts = (file for file in program_files(corpus) if file.suffix == ".jd")
    for entry in chain.from_iterable(map(read_programs, scripts)):
        if entry.script is not None and entry.program.kernels == named:
            written = [line.verdicts for line in entry.script.lines]
            found += evidence(entry.program, comparison, entry.where, written)
    for number in range(programs):
        where = f"program {number} of seed {seed}"
        program = generate(seed, number, descriptors=comparison.has_descriptors)
        found += evidence(program, comparison, where, None)
    return found


def evidence(
    program: Program, comparison: Comparison, where: str, written: list[Written] | None
) -> Iterable[Evidence]:
    """The steps of one program at which the kernels differ."""
    roots: tuple[Step, ...] = ()
    for step in walk(program, comparison, every_op=False):
        if isinstance(step, Step):
            yield Evidence(where, step, None if written is None else written[step.index], roots)
            roots += (step,) if step.cases else ()


def unclaimed(trials: Iterable[Trial]) -> list[Evidence]:
    """The roots that seeded faults caused; no rule may claim them."""
    return [
        Evidence(f"fault {trial.fault}", trial.evidence, UNCLAIMED)
        for trial in trials
        if trial.what == "unexplained" and trial.evidence is not None
    ]


def noticed(fault: Fault, known: Iterable[Evidence]) -> str | None:
    """The first piece of evidence that the faulty rules contradict; None if there is none."""
    module = load_edited(fault.edits, RULE_MODULES)["jaildiff.differ.verdict.landed.rules"]
    return next((one.where for one in known if disagrees(module.RULEBOOK, one)), None)


def disagrees(rules: Rulebook, one: Evidence) -> bool:
    """Whether the faulty rules contradict the evidence, or no longer explain a generated step."""
    if not one.step.cases:
        return one.written is not None and misjudged_echo(rules, one, one.written)
    root = judge_root(one.step, rules)
    if one.written is None:
        return root.verdict is Verdict.UNEXPLAINED
    return f"root {root.verdict} {root.rule or '-'}" not in one.written


def misjudged_echo(rules: Rulebook, one: Evidence, written: Written) -> bool:
    """Whether the faulty rules give an echo another verdict than the one written beside it.

    The causes are taken from what is written, as attribution is not under test here.
    """
    found = next(filter(None, map(ECHO.match, written)), None)
    if found is None:
        return False
    causes = set(map(int, found[1].split(",")))
    roots = [judge_root(root, rules) for root in one.roots if root.index in causes]
    echo = judge_echo(one.step, roots, rules)
    return f"{found[0]}{echo.verdict} {echo.rule or '-'}" not in written
