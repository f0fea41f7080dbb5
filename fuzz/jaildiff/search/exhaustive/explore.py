"""Exhaustive search: try every call of a small universe in every reachable pair of kernels.

The search is breadth-first, so the witness of a class is as short as possible.  Pairs that are
renamings of each other count once (fuzz/jaildiff/search/exhaustive/symmetry.py).

Roots and violations depend on the pair alone, so each pair needs to be visited only once for them.
The causes of an echo, however, depend on the path to the pair.  Running the path again to heal its
roots (jaildiff.differ.attribution) would be far too slow.  So along each path we carry "scars": for
each root, the state that the new kernel would be in had that step been healed.  An echo that would
vanish in that state is caused by that root.  A root whose healed state has become equal to the real
one can cause nothing any more, and its scar is dropped.

A second path to a known pair is expanded too, unless the rules still affecting it are already
covered by earlier paths: such a path could only show known kinds of echo.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import compress
from operator import ne, or_
from time import monotonic, process_time
from typing import Final

from jail_kernel.call import Errno
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.divergence import Divergence, gravity
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.walk import Violation
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.kernels.invariants import BY_ID, NOTHING_LEFT
from jaildiff.kernels.left_over import kind_left
from jaildiff.programs.program import Program
from jaildiff.search.exhaustive.apart import Apart
from jaildiff.search.exhaustive.echoes import Echoes, Kind
from jaildiff.search.exhaustive.packing import HALF
from jaildiff.search.exhaustive.rows import Experiment, Row
from jaildiff.search.exhaustive.states import STOPPED, States
from jaildiff.search.exhaustive.universe import Universe

Scar = tuple[int, int]  # a root's number; the new kernel's state had that step been healed
Scars = tuple[Scar, ...]
Felt = tuple[int, ...]  # sets of rules, as bits: those still affecting a pair, by path to it

PAIRS_PER_TICK: Final = 32  # pairs between two reports of progress


@dataclass(frozen=True, slots=True)
class Level:
    """The outcome of one depth."""

    depth: int  # number of calls that lead to its pairs
    states: int  # new pairs
    transitions: int  # calls tried on them
    classes: int  # known after it
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two kernels that took the same calls, before the next one."""

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
        self.apart = Apart(self.states)
        self.echoes = Echoes(self.states, comparison)
        # A node is a pair with a path to it.  The arrays hold the two states, the node before it,
        # the call made there, and the renaming from the resulting pair to its canonical form.
        self.old, self.new, self.parent = array("I"), array("I"), array("I")
        self.op, self.renaming = array("H"), array("B")
        self.scars: list[Scars] = []
        self.fresh = bytearray()  # by node: whether its pair was new
        self.same_scars: dict[Scars, Scars] = {}  # to store equal ones once
        self.known: dict[int, Felt] = {}  # by pair
        self.same_felt: dict[Felt, Felt] = {}
        self.pairs_new = 0
        self.roots: dict[str, int] = {}  # by fingerprint
        self.verdicts: list[Divergence] = []
        self.rules: dict[str | None, int] = {}
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
        """Search programs of up to `depth` calls, or until a level has no new nodes."""
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
        """Add a node for a pair in canonical form, unless it can show nothing new.

        The scars' rules on an earlier path to the pair may be a subset of these.  If such subsets
        together cover all of these, or these are the same as on an earlier path, this path adds
        nothing.
        """
        first, new, scars, renaming = self.canonical(old, new, scars)
        felt = 0
        for root, _ in scars:
            felt |= 1 << self.rules.setdefault(self.verdicts[root].rule, len(self.rules))
        pair = first << HALF | new
        known = self.known.get(pair, ())
        covered = reduce(or_, (rules for rules in known if rules & felt == rules), 0)
        if felt in known or covered == felt != 0:
            return
        both = (*known, felt)
        self.known[pair] = self.same_felt.setdefault(both, both)
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
        """The canonical form of a pair, and the renaming that leads to it.

        First the old kernel becomes the first state of its orbit.  Several renamings may do that;
        among these, the new kernel and the scars decide.
        """
        first = self.states.first(old)
        back = self.group.inverse[old - first]
        forms = [
            self.renamed(self.group.after[fixing][back], new, scars)
            for fixing in self.states.stabiliser(first)
        ]
        return first, *min(forms)

    def renamed(self, renaming: int, new: int, scars: Scars) -> tuple[int, Scars, int]:
        """The new kernel and the scars, renamed, and the renaming: a tuple that can be compared."""
        rename = self.states.rename
        healed = tuple((root, rename(renaming, state)) for root, state in scars)
        return rename(renaming, new), healed, renaming

    def expand(self, node: int) -> None:
        """Try every call on a pair, except those that do the same nothing in both kernels."""
        old, new = self.old[node], self.new[node]
        one, other = rows = self.states.row(old), self.states.row(new)
        ops = one.shape.active[0] | other.shape.active[1]
        if old != new:
            answers = one.shape.answers[0], other.shape.answers[1]
            ops = ops.union(compress(self.states.ops, map(ne, *answers)))
        pair = Pair(node, old, new, self.scars[node], rows)
        for op in sorted(ops):
            self.transition(pair, op)

    def transition(self, pair: Pair, op: int) -> None:
        """Try one call on a pair: show what it shows, and meet the pair that it leads to."""
        one, other = pair.rows
        old, new = one.after(0, op), other.after(1, op)
        answers = one.answer(0, op), other.answer(1, op)
        apart = answers[0] != answers[1]
        tables = one.shape.experiments, other.shape.experiments
        tried = [table[op] for table in tables if op in table]
        experiments = self.met(tried, answers)
        scars = self.carried(pair.scars, op) if pair.scars else ()
        reworded = apart and self.reworded(experiments, *answers)
        if experiments and not reworded:
            traces = any(found.traces for found in experiments)
            if apart or traces or self.apart.appeared((pair.old, pair.new), (old, new)):
                root = self.root(pair, op, experiments)
                scars = (*scars, (root, other.after(0, op)))
        elif apart or self.apart.appeared((pair.old, pair.new), (old, new)):
            itself = reworded or bool(tried and not experiments)
            self.show(self.echo(pair, op, old, new, itself=itself), pair.node, op)
        if (old, new) != (pair.old, pair.new) and STOPPED not in (old, new):
            felt = dict.fromkeys(scar for scar in reversed(scars) if scar[1] != new)
            self.meet(old, new, tuple(felt)[::-1], pair.node, op)

    # WHAT A CALL SHOWS

    def met(self, tried: list[Experiment], answers: tuple[int, int]) -> list[Experiment]:
        """The experiments of an op, without panics that no kernel really meets (lockstep.py)."""

        def panics(*answers: int) -> bool:
            return any(self.states.answers.results[answer].panicked for answer in answers)

        if not tried or panics(*answers):
            return tried
        return [found for found in tried if not panics(found.old, found.new)]

    def reworded(self, experiments: list[Experiment], old: int, new: int) -> bool:
        """Whether an op is an echo although experiments differ in wording (see lockstep.py)."""

        def errno(answer: int) -> Errno | None:
            return self.states.answers.results[answer].errno

        alike = all(
            errno(found.old) == errno(found.new) and not found.traces for found in experiments
        )
        return bool(experiments) and alike and errno(old) != errno(new)

    def root(self, pair: Pair, op: int, experiments: list[Experiment]) -> int:
        """Show a root, judged as in judge_root; return its number."""
        one, other = pair.rows
        old, new = one.answer(0, op), other.answer(1, op)
        own = one.shape.experiments.get(op)
        if own is experiments[0] and own.withdrawn:
            beside = self.states.judge_beside(pair.old, op, other.after(1, op))
            experiments = [replace(own, verdict=beside), *experiments[1:]]
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
        """The scars after a call: each healed state takes the call as the new kernel does."""
        return tuple(
            (root, state if state == STOPPED else self.states.row(state).after(1, op))
            for root, state in scars
        )

    def echo(self, pair: Pair, op: int, old: int, new: int, *, itself: bool) -> Kind:
        """The kind of an echo."""
        answers = pair.rows[0].answer(0, op), pair.rows[1].answer(1, op)
        appeared = self.apart.appeared((pair.old, pair.new), (old, new))
        causes = [
            root
            for root, healed in pair.scars
            if self.vanishes(pair, op, old, healed, itself=itself)
        ]
        roots = causes or [root for root, _ in pair.scars]
        rules = tuple(self.verdicts[root].rule for root in roots)
        return self.echoes.kind(op, answers, appeared, rules, caused=bool(causes))

    def vanishes(self, pair: Pair, op: int, old: int, healed: int, *, itself: bool) -> bool:
        """Whether an echo vanishes if the new kernel is in the healed state.

        If the kernels would also differ from equal states, the echo itself is healed, too, as in
        attribution.
        """
        if healed == STOPPED:
            return True
        row = self.states.row(healed)
        if row.answer(0 if itself else 1, op) != pair.rows[0].answer(0, op):
            return False
        tried = row.shape.experiments.get(op)
        if tried is not None and tried.traces:
            return False
        return not self.apart.appeared((pair.old, healed), (old, row.after(1, op)))

    def check(self, node: int) -> None:
        """Show the broken invariants of a pair, and what is left when everything is taken away."""
        old, left_old = self.states.shows(self.old[node], 0)
        new, left_new = self.states.shows(self.new[node], 1)
        for invariant, jid in sorted(old | new):
            side = "both" if (invariant, jid) in old & new else "new"
            side = "old" if (invariant, jid) not in new else side
            broken = Violation(0, side, invariant, BY_ID[invariant].bug_kind, jid, "")
            self.show(("violation", broken.fingerprint), node, None)
        sides = {"both": left_new} if left_old == left_new else {"old": left_old, "new": left_new}
        for side, left in sides.items():
            if left is not None:
                broken = Violation(0, side, NOTHING_LEFT.id, kind_left(left), 0, left)
                self.show(("violation", broken.fingerprint), node, None)

    # CLASSES

    def show(self, kind: Kind, node: int, op: int | None) -> None:
        """Count something that a node shows; judge the first of its kind in full."""
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
            self.seen[fingerprint] += 1  # Once for each pair, however many paths lead to it.

    def program(self, node: int, op: int | None) -> Program:
        """The program that leads to a node, with one more call."""
        path = []
        while node:
            path.append((self.op[node], self.renaming[node]))
            node = self.parent[node]
        # Nodes are canonical forms; `back` renames each to what the program really reaches.
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
        """Every class with its count, in the order of discovery."""
        for fingerprint, finding in self.findings.items():
            finding.count = self.seen[fingerprint]
        return list(self.findings.values())

    @property
    def unexplained(self) -> int:
        """The number of classes that no rule explains."""
        return sum(f.verdict == Verdict.UNEXPLAINED for f in self.findings.values())

    @property
    def unconfirmed(self) -> int:
        """The number of kinds that the differ does not see in their witnesses; it should be 0."""
        return sum(fingerprint is None for fingerprint in self.kinds.values())


def shown_by(report: Report, last: int, kind: Kind) -> str | None:
    """The fingerprint in a report for a kind; None if the program does not show it after all."""
    if kind[0] == "violation":
        found = [violation.fingerprint for violation in report.violations]
        return str(kind[1]) if kind[1] in found else None
    for divergence in report.divergences:
        if divergence.step == last:
            return divergence.fingerprint
    return None
