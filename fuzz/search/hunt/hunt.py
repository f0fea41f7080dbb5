"""The main job: generate programs, run them in lockstep, keep one witness of every class."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import count, takewhile

from fuzz.differ.diff import Report, Violation, diff, left_behind, new_violations
from fuzz.differ.lockstep import Lockstep, Step
from fuzz.differ.verdict.divergence import Divergence, judge_root, surfaces
from fuzz.findings.baseline import Baseline
from fuzz.findings.finding import Finding, findings_of, violation_fingerprint
from fuzz.programs.program import Program
from fuzz.search.generator.generate import generate
from fuzz.search.hunt.guide import Feature, Guide, step_features
from fuzz.search.shrink.shrink import reduce

EVERY_OP = 16  # every so manieth program is checked for invariants after each op


@dataclass(slots=True)
class Hunt:
    """A run: what was found, by fingerprint, and how much was looked at.

    A program is judged in full only if it shows a root, an echo or a violation of a kind not
    met before; all others are counted.
    """

    baseline: Baseline
    findings: dict[str, Finding] = field(default_factory=dict)
    witnesses: dict[str, Program] = field(default_factory=dict)
    programs: int = 0
    ops: int = 0
    echoes: dict[object, str] = field(default_factory=dict)  # fingerprints by kind

    def try_program(self, program: Program, features: set[Feature] | None = None) -> list[str]:
        """Run one program; the fingerprints that are new.  Adds to `features` what it shows."""
        lockstep = Lockstep(program.jail_max)
        every_op = self.programs % EVERY_OP == 0
        self.programs += 1
        roots: list[Divergence] = []
        known: set[tuple[str, int, str]] = set()
        violations: list[Violation] = []
        fresh: list[str] = []
        for call in program.calls:
            step = lockstep.step(call)
            if features is not None:
                features.update(step_features(call, lockstep))
            if step is not None:
                fresh += self.meet_step(program, step, roots)
            if lockstep.panicked:
                break
            if every_op:
                violations += new_violations(lockstep, known)
        self.ops += lockstep.index + 1
        if features is not None:
            features.update(("rules", root.rule) for root in roots)
        if not lockstep.panicked:
            violations += new_violations(lockstep, known)
            violations += left_behind(lockstep, len(program.calls))
        for violation in violations:
            fingerprint = violation_fingerprint(violation)
            if fingerprint not in fresh and not self.count(fingerprint):
                fresh += self.learn(program, diff(program))
        return fresh

    def meet_step(self, program: Program, step: Step, roots: list[Divergence]) -> list[str]:
        """Count a divergence, or judge the program up to it if it is of a new kind."""
        if step.cases:
            root = judge_root(step)
            roots.append(root)
            fingerprint: str | None = root.fingerprint
        else:
            kind = (surfaces(step)[0], frozenset(root.rule for root in roots))
            fingerprint = self.echoes.get(kind)
        if self.count(fingerprint):
            return []
        so_far = replace(program, calls=program.calls[: step.index + 1])
        report = diff(so_far)
        if not step.cases:
            self.echoes[kind] = report.divergences[-1].fingerprint
        return self.learn(so_far, report)

    def count(self, fingerprint: str | None) -> bool:
        """Count a finding once more; False if there is none yet."""
        finding = self.findings.get(fingerprint or "")
        if finding is None:
            return False
        finding.count += 1
        return True

    def learn(self, program: Program, report: Report) -> list[str]:
        """Keep what is new in a program that was judged in full; the fingerprints."""
        fresh = []
        for finding in findings_of(program, self.baseline, report):
            if finding.fingerprint not in self.findings:
                finding.count = 1
                self.findings[finding.fingerprint] = finding
                self.witnesses[finding.fingerprint] = program
                fresh.append(finding.fingerprint)
        return fresh

    def minimize(self, fingerprint: str) -> None:
        """Shorten the witness of a finding."""
        witness = reduce(self.witnesses[fingerprint], shows(self.findings[fingerprint]))
        self.witnesses[fingerprint] = witness
        for finding in findings_of(witness, self.baseline, diff(witness)):
            if finding.fingerprint == fingerprint:
                finding.count = self.findings[fingerprint].count
                self.findings[fingerprint] = finding
                return


def shows(finding: Finding) -> Callable[[Program], bool]:
    """Whether a program shows a finding of this fingerprint."""
    fingerprint = finding.fingerprint

    def root(program: Program) -> bool:
        lockstep = Lockstep(program.jail_max)
        for call in program.calls:
            step = lockstep.step(call)
            if step and step.cases and judge_root(step).fingerprint == fingerprint:
                return True
            if lockstep.panicked:
                break
        return False

    def echo(program: Program) -> bool:
        return any(d.fingerprint == fingerprint for d in diff(program).divergences)

    def violation(program: Program) -> bool:
        return any(violation_fingerprint(v) == fingerprint for v in diff(program).violations)

    return {"root": root, "echo": echo, "violation": violation}[finding.kind]


def programs(
    seed: int, *, seconds: float | None, runs: int | None, guide: Guide | None = None
) -> Iterable[Program]:
    """The programs of a seed, or of a guide, until the time or the number is used up."""
    end = None if seconds is None else time.monotonic() + seconds
    numbers = count() if runs is None else range(runs)
    for number in takewhile(lambda _: end is None or time.monotonic() < end, numbers):
        yield guide.program() if guide else generate(seed, number)
