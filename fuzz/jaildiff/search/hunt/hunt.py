"""Run programs in lockstep, count what they show, and keep one witness of every class."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count, takewhile
from math import inf
from typing import Final

from jaildiff.differ.classes import Classifier, UnderWay, up_to
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.verdict.divergence import judge_root, surfaces
from jaildiff.differ.verdict.rulebook import Rulebook
from jaildiff.differ.walk import Event, Violation, Walk, walk
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.guide import Feature, Guide, step_features
from jaildiff.search.shrink.shrink import reduce
from jaildiff.search.shrink.spare import spare_steps

EVERY_OP: Final = 16  # check invariants after every op in one program out of 16


class Hunt:
    """A run: the findings by fingerprint, and the number of programs and ops.

    Judging a program in full is slow.  So it is done only for a root, an echo or a violation of a
    kind not seen before; known kinds are only counted.
    """

    def __init__(self, baseline: Baseline, comparison: Comparison) -> None:
        self.baseline = baseline
        self.comparison = comparison
        self.classes = Classifier(comparison)
        self.findings: dict[str, Finding] = {}
        self.witnesses: dict[str, Program] = {}
        self.reports: dict[str, Report] = {}  # on the witnesses
        self.programs = 0
        self.ops = 0
        self.deadline = inf  # in time.monotonic(); after it, nothing is shortened

    def try_program(self, program: Program, features: set[Feature] | None = None) -> list[str]:
        """Run one program; return the new fingerprints.  Its features are added to `features`."""
        walk = Walk(
            program.jail_max, self.comparison, program.setup, every_op=self.programs % EVERY_OP == 0
        )
        self.programs += 1
        under_way = UnderWay(program, self.comparison)
        violations: list[Violation] = []
        fresh: list[str] = []
        for call in program.calls:
            events = walk.take(call)
            if features is not None:
                features.update(step_features(call, walk.lockstep))
            for event in events:
                if isinstance(event, Step):
                    fresh += self.meet_step(under_way, event)
                else:
                    violations.append(event)
            if walk.lockstep.panicked:
                break
        self.ops += walk.lockstep.index + 1
        if features is not None:
            features.update(("rules", root.rule) for root in under_way.roots)
        for violation in violations + walk.end_of(program):
            fingerprint = violation.fingerprint
            if fingerprint not in fresh and not self.count(fingerprint):
                fresh += self.learn(program, diff(program, self.comparison))
        return fresh

    def meet_step(self, under_way: UnderWay, step: Step) -> list[str]:
        """Count a divergence; if its class is new, judge the program up to it in full."""
        if self.count(self.classes.of_step(under_way, step)):
            return []
        so_far = up_to(under_way.program, step.index)
        return self.learn(so_far, diff(so_far, self.comparison))

    def count(self, fingerprint: str) -> bool:
        """Count a finding again; False if it is new."""
        finding = self.findings.get(fingerprint)
        if finding is None:
            return False
        finding.count += 1
        return True

    def learn(self, program: Program, report: Report) -> list[str]:
        """Keep the new findings of a program that was judged in full; return their fingerprints."""
        fresh = []
        for finding in findings_of(program, self.baseline, report):
            if finding.fingerprint not in self.findings:
                finding.count = 1
                self.findings[finding.fingerprint] = finding
                self.witnesses[finding.fingerprint] = program
                self.reports[finding.fingerprint] = report
                fresh.append(finding.fingerprint)
        return fresh

    @property
    def timed_out(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.deadline

    @property
    def seconds_left(self) -> float | None:
        """The seconds until the deadline; None if there is none."""
        left = self.deadline - time.monotonic()
        return None if left == inf else max(0.0, left)

    def in_time(self, shows: Callable[[Program], bool]) -> Callable[[Program], bool]:
        """`shows`, but false for every program once the time is up, so that shortening ends."""
        return lambda program: not self.timed_out and shows(program)

    def minimize(self, fingerprint: str) -> None:
        """Shorten the witness of a finding."""
        finding, program = self.findings[fingerprint], self.witnesses[fingerprint]
        wanted = self.in_time(shows(finding, self.comparison))
        spare = spare_steps(program, finding, self.reports[fingerprint])
        witness = reduce(program, wanted, spare)
        report = diff(witness, self.comparison)
        self.witnesses[fingerprint], self.reports[fingerprint] = witness, report
        for found in findings_of(witness, self.baseline, report):
            if found.fingerprint == fingerprint:
                found.count = finding.count
                self.findings[fingerprint] = found
                return


def shortened(program: Program, finding: Finding, report: Report) -> Program:
    """A program that shows a finding, without all that can be spared; the report is on it."""
    spare = spare_steps(program, finding, report)
    return reduce(program, shows(finding, report.comparison), spare)


def shows(finding: Finding, comparison: Comparison) -> Callable[[Program], bool]:
    """A predicate: whether a program shows a finding with this one's fingerprint."""
    fingerprint, rules = finding.fingerprint, comparison.rulebook

    def root(program: Program) -> bool:
        return any(
            isinstance(event, Step)
            and event.cases
            and may_be_root(event, finding, rules)
            and judge_root(event, rules).fingerprint == fingerprint
            for event in calls_only(program, comparison)
        )

    def echo(program: Program) -> bool:
        under_way = UnderWay(program, comparison)
        for event in calls_only(program, comparison):
            if isinstance(event, Step) and event.cases:
                under_way.meet(event)
            elif (
                isinstance(event, Step)
                and may_be(event, under_way, finding, rules)
                and under_way.echo(event).fingerprint == fingerprint
            ):
                return True
        return False

    def violation(program: Program) -> bool:
        events = walk(program, comparison, every_op=True)
        return any(isinstance(e, Violation) and e.fingerprint == fingerprint for e in events)

    return {"root": root, "echo": echo, "violation": violation}[finding.kind]


def calls_only(program: Program, comparison: Comparison) -> Iterator[Event]:
    """The events at the calls of a program, without those at its end."""
    under_way = Walk(program.jail_max, comparison, program.setup, every_op=False)
    for call in program.calls:
        yield from under_way.take(call)
        if under_way.lockstep.panicked:
            return


def may_be_root(step: Step, finding: Finding, rulebook: Rulebook) -> bool:
    """False if a root cannot be of the finding's class, because its rule does not claim it.

    This is a quick test that saves most judgements.
    """
    own = [rule for rule in rulebook.rules if rule.id == finding.rule]
    return not own or any(rule.matches(case) for rule in own for case in step.cases)


def may_be(step: Step, under_way: UnderWay, finding: Finding, rulebook: Rulebook) -> bool:
    """False if an echo cannot be of the finding's class, whichever roots cause it.

    This is a quick test that saves most attributions, and many judgements of roots.
    """
    if finding.rule in {rule.id for rule in rulebook.echo_rules}:
        return True
    if surfaces(step)[0] != finding.surface:
        return False
    return finding.rule is None or any(root.rule == finding.rule for root in under_way.roots)


def budgeted_programs(
    seed: int,
    *,
    seconds: float | None,
    runs: int | None,
    guide: Guide | None = None,
    descriptors: bool = False,
) -> Iterable[Program]:
    """The programs of a seed or a guide, until the time is up or there are `runs` of them."""
    end = None if seconds is None else time.monotonic() + seconds
    numbers = count() if runs is None else range(runs)
    for number in takewhile(lambda _: end is None or time.monotonic() < end, numbers):
        yield guide.program() if guide else generate(seed, number, descriptors=descriptors)
