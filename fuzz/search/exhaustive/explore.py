"""Exhaustive search: every call of a small universe in every pair of kernels that can be reached.

It goes breadth-first, so the witness of a class is as short as can be.  Pairs that are renamings of
each other count once (fuzz/search/exhaustive/symmetry.py).

Roots and violations are decided by the pair alone.  From which root an echo comes depends
on the way to the pair, so the search carries along, for each root that is still felt, the state
that the new kernel would be in if that step had been healed (fuzz/differ/attribution.py).  A second
path to a known pair is expanded too, unless the rules still affecting it are already covered by
earlier paths.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import compress
from operator import ne, or_
from time import monotonic, process_time

from fuzz.differ.comparison import Comparison
from fuzz.differ.diff import Report, diff
from fuzz.differ.steps.case import Echo
from fuzz.differ.steps.lockstep import Step
from fuzz.differ.steps.observation import Differences, Key
from fuzz.differ.verdict.divergence import Divergence, gravity, surfaces
from fuzz.differ.verdict.rule import Verdict
from fuzz.differ.walk import Violation
from fuzz.findings.baseline import Baseline
from fuzz.findings.finding import Finding, findings_of
from fuzz.kernels.invariants import BY_ID, NOTHING_LEFT
from fuzz.kernels.left_over import kind_left
from fuzz.programs.program import Program
from fuzz.search.exhaustive.states import STOPPED, Experiment, Row, States
from fuzz.search.exhaustive.universe import Universe
from prison.call import Errno, ForkEnd

Scar = tuple[int, int]  # a root, by number; the state of the new kernel with that step healed
Scars = tuple[Scar, ...]
Kind = tuple[object, ...]  # what is judged in full once
Differing = frozenset[tuple[Key, str]]

PAIRS_PER_TICK = 32  # pairs between two signs of life
DIFFERENCES_KEPT = 100_000  # differences of pairs kept at a time


@dataclass(frozen=True, slots=True)
class Level:
    """What one depth has brought."""

    depth: int  # of its pairs: calls on the way there
    states: int  # pairs that were not met before
    transitions: int  # calls tried on them, each counted once
    classes: int  # known after that
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two kernels that have taken the same calls, before the next one."""

    node: int
    old: int
    new: int
    scars: Scars
    rows: tuple[Row, Row]


class Explorer:
    """A search of one universe, level by level."""

    def __init__(self, universe: Universe, baseline: Baseline, comparison: Comparison) -> None:
        self.universe = universe
        self.baseline = baseline
        self.comparison = comparison
        self.states = States(universe, comparison)
        self.group = self.states.group
        # A node is a pair and a way to it: the states, the node before, the call made there, and
        # the renaming that makes this pair of what the call led to.
        self.old, self.new, self.parent = array("L"), array("L"), array("L")
        self.op, self.renaming = array("L"), array("L")
        self.scars: list[Scars] = []
        self.fresh = bytearray()  # whether the pair was not known before
        self.same_scars: dict[Scars, Scars] = {}
        self.known: dict[tuple[int, int], tuple[int, ...]] = {}  # as sets of rules, in bits
        self.pairs_new = 0
        self.roots: dict[str, int] = {}  # by fingerprint
        self.verdicts: list[Divergence] = []
        self.rules: dict[str | None, int] = {}
        self.stabilisers: dict[int, list[int]] = {}
        self.differences: dict[tuple[int, int], Differing] = {}
        self.kinds: dict[Kind, str | None] = {}
        self.seen: Counter[str] = Counter()
        self.findings: dict[str, Finding] = {}
        self.witnesses: dict[str, Program] = {}
        self.levels: list[Level] = []
        self.closed = False
        self.meet(self.states.boot, self.states.boot, (), 0, 0)

    def run(
        self, depth: int | None, tick: Callable[[int, int], None] = lambda _done, _all: None
    ) -> Iterator[Level]:
        """Search programs of up to `depth` calls, or until nothing new is met."""
        start = 0
        while not self.closed and (depth is None or len(self.levels) < depth):
            began, cpu = monotonic(), process_time()
            end, states, self.pairs_new = len(self.old), self.pairs_new, 0
            for node in range(start, end):
                self.expand(node)
                if node % PAIRS_PER_TICK == 0:
                    tick(node - start, end - start)
            level = Level(
                len(self.levels),
                states,
                states * len(self.states.calls),
                len(self.findings),
                monotonic() - began,
                process_time() - cpu,
            )
            self.levels.append(level)
            self.closed = end == len(self.old)
            start = end
            yield level

    # NODES

    def meet(self, old: int, new: int, scars: Scars, parent: int, op: int) -> None:
        """Note a pair that was reached, in canonical form, unless nothing is new about it."""
        first, new, scars, renaming = self.canonical(old, new, scars)
        felt = 0
        for root, _ in scars:
            felt |= 1 << self.rules.setdefault(self.verdicts[root].rule, len(self.rules))
        known = self.known.get((first, new), ())
        covered = reduce(or_, (rules for rules in known if rules & felt == rules), 0)
        if felt in known or covered == felt != 0:
            return
        self.known[first, new] = (*known, felt)
        self.pairs_new += not known
        self.old.append(first)
        self.new.append(new)
        self.parent.append(parent)
        self.op.append(op)
        self.renaming.append(renaming)
        self.fresh.append(not known)
        self.scars.append(self.same_scars.setdefault(scars, scars))
        if not known:
            self.check(len(self.old) - 1)

    def canonical(self, old: int, new: int, scars: Scars) -> tuple[int, int, Scars, int]:
        """The one that stands for all renamings of a pair, and the renaming that makes it."""
        first = self.states.first[old]
        back = self.group.inverse[self.states.renaming[old]]
        forms = [
            self.renamed(self.group.after[fixed][back], new, scars)
            for fixed in self.stabiliser(first)
        ]
        return first, *min(forms)

    def renamed(self, renaming: int, new: int, scars: Scars) -> tuple[int, Scars, int]:
        """The new kernel and the scars under a renaming, and the renaming."""
        rename = self.states.rename
        healed = tuple((root, rename(renaming, state)) for root, state in scars)
        return rename(renaming, new), healed, renaming

    def stabiliser(self, first: int) -> list[int]:
        """The renamings that leave a state as it is."""
        found = self.stabilisers.get(first)
        if found is None:
            orbit = self.states.orbits[first]
            found = self.stabilisers[first] = [g for g, s in enumerate(orbit) if s == first]
        return found

    def expand(self, node: int) -> None:
        """Try every call on a pair; those that do nothing in either kernel are passed over."""
        old, new = self.old[node], self.new[node]
        one, other = rows = self.states.row(old), self.states.row(new)
        ops = {*one.moves[0], *other.moves[1], *one.experiments, *other.experiments}
        if old != new:
            ops.update(compress(self.states.ops, map(ne, one.answers[0], other.answers[1])))
        pair = Pair(node, old, new, self.scars[node], rows)
        for op in sorted(ops):
            self.transition(pair, op)

    def transition(self, pair: Pair, op: int) -> None:
        """One call on a pair: what it shows, and where it leads."""
        one, other = pair.rows
        old, new = one.moves[0].get(op, pair.old), other.moves[1].get(op, pair.new)
        apart = one.answers[0][op] != other.answers[1][op]
        experiments = [row.experiments[op] for row in pair.rows if op in row.experiments]
        scars = self.carried(pair.scars, op) if pair.scars else ()
        reworded = apart and self.reworded(experiments, one.answers[0][op], other.answers[1][op])
        if experiments and not reworded:
            traces = any(found.traces for found in experiments)
            if apart or traces or self.appeared((pair.old, pair.new), (old, new)):
                root = self.root(pair, op, experiments)
                scars = (*scars, (root, other.moves[0].get(op, pair.new)))
        elif apart or self.appeared((pair.old, pair.new), (old, new)):
            self.show(self.echo(pair, op, old, new, reworded=reworded), pair.node, op)
        if (old, new) != (pair.old, pair.new) and STOPPED not in (old, new):
            felt = dict.fromkeys(scar for scar in reversed(scars) if scar[1] != new)
            self.meet(old, new, tuple(felt)[::-1], pair.node, op)

    # WHAT A CALL SHOWS

    def reworded(self, experiments: list[Experiment], old: int, new: int) -> bool:
        """Whether an echo is at most worded differently (fuzz/differ/steps/lockstep.py)."""

        def errno(answer: int) -> Errno | None:
            return self.states.results[answer][1].errno

        alike = all(
            errno(found.old) == errno(found.new) and not found.traces for found in experiments
        )
        return bool(experiments) and alike and errno(old) != errno(new)

    def root(self, pair: Pair, op: int, experiments: list[Experiment]) -> int:
        """Show a root, judged as by judge_root; its number."""
        one, other = pair.rows
        old, new = one.answers[0][op], other.answers[1][op]
        if one.experiments.get(op) is not None and one.experiments[op].withdrawn:
            after = other.moves[1].get(op, pair.new)
            beside = self.states.judge_beside(pair.old, op, after)
            experiments = [replace(one.experiments[op], verdict=beside), *experiments[1:]]
        verdict = max(
            experiments,
            key=lambda found: ((found.old == old) + (found.new == new), gravity(found.verdict)),
        ).verdict
        root = self.roots.setdefault(verdict.fingerprint, len(self.verdicts))
        if root == len(self.verdicts):
            self.verdicts.append(verdict)
        self.show(("root", verdict.fingerprint), pair.node, op)
        return root

    def carried(self, scars: Scars, op: int) -> Scars:
        """The scars after a call that is not healed."""
        return tuple(
            (root, state if state == STOPPED else self.states.row(state).moves[1].get(op, state))
            for root, state in scars
        )

    def echo(self, pair: Pair, op: int, old: int, new: int, *, reworded: bool) -> Kind:
        """What kind of echo a call shows: where, and from which rule's root it comes."""
        answers = [pair.rows[side].answers[side][op] for side in (0, 1)]
        call = self.states.calls[op]
        one, other = (self.states.results[answer][1] for answer in answers)
        appeared = sorted(self.appeared((pair.old, pair.new), (old, new)))
        step = Step(0, call, one, other, (), appeared)
        found = surfaces(step)
        shown = found[:1] if answers[0] != answers[1] else sorted(found)
        causes = [
            self.verdicts[root]
            for root, healed in pair.scars
            if self.vanishes(pair, op, old, healed, reworded=reworded)
        ]
        if not causes:
            rules = frozenset(self.verdicts[root].rule for root, _ in pair.scars)
            return ("echo", *shown, rules)
        roots = tuple(cause.rule for cause in causes)
        # What happened to a process before is not known of a pair of states.
        survivor = isinstance(call, ForkEnd) and "process exists" in step.kinds
        seen = Echo(call, one, other, step.kinds, roots, survivor)
        own = [rule.id for rule in self.comparison.rulebook.echo_claims(seen)]
        if own:
            return ("echo", *shown, *own)
        # Which of them are needed is found out when it is judged in full.
        return ("echo", *shown, frozenset(roots))

    def vanishes(self, pair: Pair, op: int, old: int, healed: int, *, reworded: bool) -> bool:
        """Whether an echo is gone where the new kernel is in the healed state; what is reworded is
        itself healed, too.
        """
        if healed == STOPPED:
            return True
        row = self.states.row(healed)
        if row.answers[0 if reworded else 1][op] != pair.rows[0].answers[0][op]:
            return False
        if op in row.experiments and row.experiments[op].traces:
            return False
        after = row.moves[1].get(op, healed)
        return not self.appeared((pair.old, healed), (old, after))

    def appeared(self, before: tuple[int, int], after: tuple[int, int]) -> Differing:
        """What differs for a user after a call and did not before."""
        if before == after or after[0] == after[1] or STOPPED in after:
            return frozenset()
        return self.differing(after) - self.differing(before)

    def differing(self, pair: tuple[int, int]) -> Differing:
        """Everything that differs for a user."""
        if pair[0] == pair[1]:
            return frozenset()
        found = self.differences.get(pair)
        if found is None:
            if len(self.differences) > DIFFERENCES_KEPT:
                self.differences.clear()
            found = frozenset(Differences().update(*map(self.states.kernel, pair)))
            self.differences[pair] = found
        return found

    def check(self, node: int) -> None:
        """Show what is broken in a pair, and what is left of it when all is taken away."""
        pair = (self.old[node], self.new[node])
        old, new = map(self.states.flaws_of, pair)
        for invariant, jid in sorted(old | new):
            side = "both" if (invariant, jid) in old & new else "new"
            side = "old" if (invariant, jid) not in new else side
            broken = Violation(0, side, invariant, BY_ID[invariant].bug_kind, jid, "")
            self.show(("violation", broken.fingerprint), node, None)
        left_old, left_new = (self.states.leftover(state, side) for side, state in enumerate(pair))
        sides = {"both": left_new} if left_old == left_new else {"old": left_old, "new": left_new}
        for side, left in sides.items():
            if left is not None:
                broken = Violation(0, side, NOTHING_LEFT.id, kind_left(left), 0, left)
                self.show(("violation", broken.fingerprint), node, None)

    # CLASSES

    def show(self, kind: Kind, node: int, op: int | None) -> None:
        """Count something that is shown; the first of a kind is judged in full."""
        if kind not in self.kinds:
            program = self.program(node, op)
            report = diff(program, self.comparison)
            for finding in findings_of(program, self.baseline, report):
                if finding.fingerprint not in self.findings:
                    self.findings[finding.fingerprint] = finding
                    self.witnesses[finding.fingerprint] = program
            self.kinds[kind] = shown_by(report, len(program.calls) - 1, kind)
        fingerprint = self.kinds[kind]
        if fingerprint is not None and (self.fresh[node] or fingerprint not in self.seen):
            self.seen[fingerprint] += 1  # Once for each pair, by whatever ways it is reached.

    def program(self, node: int, op: int | None) -> Program:
        """The calls that lead to a node, and one more."""
        path = []
        while node:
            path.append((self.op[node], self.renaming[node]))
            node = self.parent[node]
        # `back` makes of the canonical form what the program has really come to.
        back = self.group.inverse[self.renaming[0]]
        ops = []
        for taken, renaming in reversed(path):
            ops.append(self.group.ops[back][taken])
            back = self.group.after[back][self.group.inverse[renaming]]
        if op is not None:
            ops.append(self.group.ops[back][op])
        calls = tuple(self.states.calls[op] for op in ops)
        return Program(self.universe.name, calls, self.universe.jail_max)

    def all_findings(self) -> list[Finding]:
        """Every class with how often it was met, in the order in which they were."""
        for fingerprint, finding in self.findings.items():
            finding.count = self.seen[fingerprint]
        return list(self.findings.values())

    @property
    def unexplained(self) -> int:
        """How many classes no rule explains."""
        return sum(f.verdict == Verdict.UNEXPLAINED for f in self.findings.values())

    @property
    def unconfirmed(self) -> int:
        """How many kinds the differ does not see in their witness: none, if all is well."""
        return sum(fingerprint is None for fingerprint in self.kinds.values())


def shown_by(report: Report, last: int, kind: Kind) -> str | None:
    """The fingerprint of what was to be shown; None if the whole program does not show it."""
    if kind[0] == "violation":
        found = [violation.fingerprint for violation in report.violations]
        return str(kind[1]) if kind[1] in found else None
    return next((d.fingerprint for d in report.divergences if d.step == last), None)
