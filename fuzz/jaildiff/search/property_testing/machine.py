"""Both kernels as a Hypothesis state machine, whose failing programs shrink.

`TestJails = LockstepMachine.TestCase` runs it under pytest or unittest.  To compare other kernels,
write a subclass with another `comparison`; it can also add rules and invariants.
"""

from typing import ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    Call,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Params,
    Poke,
    Value,
    Wish,
)
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.verdict.divergence import judge_root
from jaildiff.differ.walk import Violation, Walk
from jaildiff.findings.baseline import Baseline, load
from jaildiff.programs.op_language import call_text
from jaildiff.search.property_testing.strategies import (
    counters,
    flags,
    jids,
    keys,
    lookups,
    names,
    params,
    wishes,
)


class LockstepMachine(RuleBasedStateMachine):
    """One program, op by op, on two kernels; after a panic the remaining ops do nothing."""

    comparison: ClassVar[Comparison] = LANDED
    every_op: ClassVar[bool] = True  # check invariants after each op, not only at the end
    baseline: ClassVar[Baseline] = load(None, LANDED)

    callers = Bundle[int]("callers")  # all processes, also dead ones
    pids = Bundle[int]("pids")  # all but the first process
    born = Bundle[int]("born")  # processes whose fork has only begun
    resources = Bundle[str]("resources")

    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk(JAIL_MAX, self.comparison, every_op=self.every_op)
        self.roots: list[Step] = []  # of the last rule
        self.violations: list[Violation] = []  # of the last rule
        self.last_pid = 1
        self.last_res = 0

    def call(self, call: Call) -> None:
        """Make a call on both kernels and check both, as the differ does."""
        for event in () if self.walk.lockstep.panicked else self.walk.take(call):
            if isinstance(event, Violation):
                self.violations.append(event)
            elif event.cases:
                self.roots.append(event)

    def teardown(self) -> None:
        """End a program; it fails if something new is broken or left behind."""
        self.violations += self.walk.end()
        self.nothing_new_is_broken()

    def new_pid(self) -> int:
        """A pid that no process has had yet."""
        self.last_pid += 1
        return self.last_pid

    def new_res(self) -> str:
        """A name that no resource has had yet."""
        self.last_res += 1
        return f"r{self.last_res}"

    # OPS

    @initialize(target=callers)
    def boot(self) -> int:
        """Start with the first process."""
        return 1

    @rule(pid=callers, flags=flags, params=params)
    def jail_set(self, pid: int, flags: int, params: list[tuple[str, Value]]) -> None:
        """jail_set."""
        self.call(JailSet(pid, flags, tuple(dict(params).items())))

    @rule(pid=callers, dying=st.booleans(), by=lookups)
    def jail_get(self, pid: int, dying: bool, by: tuple[str, int | str]) -> None:
        """jail_get by jid, name or lastjid."""
        self.call(JailGet(pid, JAIL_DYING if dying else 0, (by,)))

    @rule(pid=callers, by=lookups, want=wishes)
    def jail_get_list(self, pid: int, by: tuple[str, int | str], want: tuple[Wish, ...]) -> None:
        """jail_get with a wish list, and nothing else."""
        self.call(JailGet(pid, JAIL_DYING, (by,), want, plain=False))

    @rule(pid=callers, jid=jids)
    def jail_attach(self, pid: int, jid: int) -> None:
        """jail_attach."""
        self.call(JailAttach(pid, jid))

    @rule(pid=callers, jid=jids)
    def jail_remove(self, pid: int, jid: int) -> None:
        """jail_remove."""
        self.call(JailRemove(pid, jid))

    @rule(targets=(callers, pids), pid=callers)
    def fork(self, pid: int) -> int:
        """A new process."""
        child = self.new_pid()
        self.call(Fork(pid, child))
        return child

    @rule(target=born, pid=callers)
    def fork_begin(self, pid: int) -> int:
        """The first half of a fork."""
        child = self.new_pid()
        self.call(ForkBegin(pid, child))
        return child

    @rule(targets=(callers, pids), child=consumes(born))
    def fork_end(self, child: int) -> int:
        """The second half."""
        self.call(ForkEnd(child))
        return child

    @rule(pid=consumes(pids))
    def exit(self, pid: int) -> None:
        """Let a process exit."""
        self.call(Exit(pid))

    @rule(target=resources, pid=callers)
    def hold(self, pid: int) -> str:
        """Let a resource hold a credential."""
        res = self.new_res()
        self.call(Hold(pid, res))
        return res

    @rule(res=consumes(resources))
    def drop(self, res: str) -> None:
        """Let a resource go."""
        self.call(Drop(res))

    @rule(lastprid=counters, lastdeadid=counters)
    def poke(self, lastprid: int | None, lastdeadid: int | None) -> None:
        """Set the jid counters."""
        self.call(Poke(lastprid, lastdeadid))

    # SHORT CUTS

    @rule(target=resources, asked=st.lists(keys, max_size=2))
    def make_dying(self, asked: list[tuple[str, Value]]) -> str:
        """Make a jail that is dying at once; return the resource that holds it."""
        pid, res = self.new_pid(), self.new_res()
        made = JailSet(pid, JAIL_CREATE | JAIL_ATTACH, tuple(dict(asked).items()))
        for call in (Fork(1, pid), made, Hold(pid, res), Exit(pid)):
            self.call(call)
        return res

    @rule(jid=jids, update=flags)
    def make_race(self, jid: int, update: int) -> None:
        """Remove a jail in the middle of a fork, and update it while it is dying."""
        pid, child = self.new_pid(), self.new_pid()
        made = JailSet(pid, JAIL_CREATE | JAIL_ATTACH, (("jid", jid),))
        updated = JailSet(1, update, (("jid", jid), ("persist", True)))
        for call in (Fork(1, pid), made, ForkBegin(pid, child), JailRemove(1, jid), updated):
            self.call(call)
        self.call(ForkEnd(child))

    @rule(name=names, below=names)
    def make_nested(self, name: str, below: str) -> None:
        """Make a jail and another below it."""
        roomy: Params = (("persist", True), ("children.max", 5))
        for full in (name, f"{name}.{below}"):
            self.call(JailSet(1, JAIL_CREATE, (("name", full), *roomy)))
            roomy = roomy[:1]

    # CLAIMS

    @invariant()
    def roots_are_claimed(self) -> None:
        """Exactly one rule claims each root."""
        roots, self.roots = self.roots, []
        for step in roots:
            root = judge_root(step, self.comparison.rulebook)
            assert root.rule is not None, f"{call_text(step.call)}: {root.why}"

    @invariant()
    def nothing_new_is_broken(self) -> None:
        """Every broken invariant is a known mistake."""
        found, self.violations = self.violations, []
        news = [violation for violation in found if not self.baseline.entry(violation.fingerprint)]
        assert not news, news


def search(machine: type[LockstepMachine], programs: int, number: int) -> None:
    """Run generated programs of a machine; the same `number` gives the same programs."""
    plain = settings(
        max_examples=programs,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(machine), settings=plain)
