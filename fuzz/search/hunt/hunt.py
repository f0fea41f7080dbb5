"""The main job: generate programs, run them in lockstep, keep one witness of every class."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count, takewhile
from math import inf

from fuzz.differ.classes import Classifier, attributed, up_to
from fuzz.differ.comparison import Comparison
from fuzz.differ.diff import Report, diff
from fuzz.differ.steps.lockstep import Step
from fuzz.differ.verdict.divergence import Divergence, judge_root, surfaces
from fuzz.differ.verdict.rulebook import Rulebook
from fuzz.differ.walk import Event, Violation, Walk, walk
from fuzz.findings.baseline import Baseline
from fuzz.findings.finding import Finding, findings_of
from fuzz.programs.program import Program
from fuzz.search.generator.generate import generate
from fuzz.search.hunt.guide import Feature, Guide, step_features
from fuzz.search.shrink.shrink import reduce

EVERY_OP = 16  # check invariants after every op in one program out of 16


class Hunt:
    """A run: what was found, by fingerprint, and how much was looked at.

    A program is judged in full only if it shows a root, an echo or a violation of a kind not
    met before; all others are counted.
    """

    def __init__(self, baseline: Baseline, comparison: Comparison) -> None:
        self.baseline = baseline
        self.comparison = comparison
        self.classes = Classifier(comparison)
        self.findings: dict[str, Finding] = {}
        self.witnesses: dict[str, Program] = {}
        self.programs = 0
        self.ops = 0
        self.deadline = inf  # by time.monotonic(): then nothing more is shortened

    def try_program(self, program: Program, features: set[Feature] | None = None) -> list[str]:
        """Run one program; the fingerprints that are new.  Adds to `features` what it shows."""
        walk = Walk(
            program.jail_max, self.comparison, program.setup, every_op=self.programs % EVERY_OP == 0
        )
        self.programs += 1
        roots: list[Divergence] = []
        violations: list[Violation] = []
        fresh: list[str] = []
        for call in program.calls:
            events = walk.take(call)
            if features is not None:
                features.update(step_features(call, walk.lockstep))
            for event in events:
                if isinstance(event, Step):
                    fresh += self.meet_step(program, event, roots)
                else:
                    violations.append(event)
            if walk.lockstep.panicked:
                break
        self.ops += walk.lockstep.index + 1
        if features is not None:
            features.update(("rules", root.rule) for root in roots)
        for violation in violations + walk.end():
            fingerprint = violation.fingerprint
            if fingerprint not in fresh and not self.count(fingerprint):
                fresh += self.learn(program, diff(program, self.comparison))
        return fresh

    def meet_step(self, program: Program, step: Step, roots: list[Divergence]) -> list[str]:
        """Count a divergence, or judge the program up to it if its class is new."""
        if self.count(self.classes.of_step(program, step, roots)):
            return []
        so_far = up_to(program, step.index)
        return self.learn(so_far, diff(so_far, self.comparison))

    def count(self, fingerprint: str) -> bool:
        """Count a finding once more; False if there is none yet."""
        finding = self.findings.get(fingerprint)
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

    @property
    def timed_out(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.deadline

    @property
    def seconds_left(self) -> float | None:
        """Until the time is up; None: for ever."""
        left = self.deadline - time.monotonic()
        return None if left == inf else max(0.0, left)

    def in_time(self, shows: Callable[[Program], bool]) -> Callable[[Program], bool]:
        """The same until the time is up; from then on no program will do: what there is stays."""
        return lambda program: not self.timed_out and shows(program)

    def minimize(self, fingerprint: str) -> None:
        """Shorten the witness of a finding."""
        wanted = self.in_time(shows(self.findings[fingerprint], self.comparison))
        witness = reduce(self.witnesses[fingerprint], wanted)
        self.witnesses[fingerprint] = witness
        for finding in findings_of(witness, self.baseline, diff(witness, self.comparison)):
            if finding.fingerprint == fingerprint:
                finding.count = self.findings[fingerprint].count
                self.findings[fingerprint] = finding
                return


def shows(finding: Finding, comparison: Comparison) -> Callable[[Program], bool]:
    """Whether a program shows a finding of this fingerprint."""
    fingerprint, rules = finding.fingerprint, comparison.rulebook

    def root(program: Program) -> bool:
        return any(
            isinstance(event, Step)
            and event.cases
            and judge_root(event, rules).fingerprint == fingerprint
            for event in calls_only(program, comparison)
        )

    def echo(program: Program) -> bool:
        roots: list[Divergence] = []
        for event in calls_only(program, comparison):
            if isinstance(event, Step) and event.cases:
                roots.append(judge_root(event, rules))
            elif (
                isinstance(event, Step)
                and may_be(event, roots, finding, rules)
                and attributed(program, event, roots, comparison).fingerprint == fingerprint
            ):
                return True
        return False

    def violation(program: Program) -> bool:
        events = walk(program, comparison, every_op=True)
        return any(isinstance(e, Violation) and e.fingerprint == fingerprint for e in events)

    return {"root": root, "echo": echo, "violation": violation}[finding.kind]


def calls_only(program: Program, comparison: Comparison) -> Iterator[Event]:
    """What happens at the calls of a program, whatever is broken in the end."""
    under_way = Walk(program.jail_max, comparison, program.setup, every_op=False)
    for call in program.calls:
        yield from under_way.take(call)
        if under_way.lockstep.panicked:
            return


def may_be(step: Step, roots: Iterable[Divergence], finding: Finding, rulebook: Rulebook) -> bool:
    """False if an echo is none of the finding's class, whichever of the roots it comes from."""
    if finding.rule in {rule.id for rule in rulebook.echo_rules}:
        return True
    inherited = finding.rule is None or any(root.rule == finding.rule for root in roots)
    return inherited and surfaces(step)[0] == finding.surface


def budgeted_programs(
    seed: int,
    *,
    seconds: float | None,
    runs: int | None,
    guide: Guide | None = None,
    descriptors: bool = False,
) -> Iterable[Program]:
    """The programs of a seed, or of a guide, until the time or the number is used up."""
    end = None if seconds is None else time.monotonic() + seconds
    numbers = count() if runs is None else range(runs)
    for number in takewhile(lambda _: end is None or time.monotonic() < end, numbers):
        yield guide.program() if guide else generate(seed, number, descriptors=descriptors)
