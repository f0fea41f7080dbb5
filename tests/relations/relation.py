"""Metamorphic relations: a program, its twin, and how the answers of the two must correspond.

A relation says which calls the twin makes in place of each call, and which answer then corresponds
to the program's.  So we can test a kernel without knowing which answer is right.  Where the
kernel's semantics allow the two to differ, an exemption says so and gives the reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jail_kernel.call import JAIL_DYING, Errno, JailGet, Result
from jail_kernel.jail_get import VIEW_FIELDS, host_view
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import Op
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program

Calls = tuple[Op, ...]
GONE = Result(Errno.ENOENT)
STATE = VIEW_FIELDS.index("state")


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer of the twin that does not correspond; after the last call, a jail that differs."""

    step: int
    call: Op
    expected: Result  # what corresponds to the program's answer
    answer: Result  # the twin's
    kernel: Kernel  # the program's, before the call
    twin: Kernel  # the twin's, after it


@dataclass(frozen=True, slots=True)
class Exemption:
    """A difference allowed between program and twin, and why."""

    id: str
    why: str
    matches: Callable[[Difference], bool]
    witness: str  # a program, in the op language, that breaks the relation unless exempt
    harmless: bool = False  # the kernels still correspond; if not, the comparison ends here


@dataclass(frozen=True, slots=True)
class Relation:
    """How to make a twin, and which answers to expect from it."""

    id: str
    claim: str
    twin: Callable[[Op, Result], Calls]  # the twin's calls, given a call and its answer
    expected: Callable[[Op, Result], Result] = lambda _, result: result
    before: Calls = ()  # calls that only the twin makes, first
    new: tuple[int, ...] = ()  # the jids of the jails that these make
    exemptions: tuple[Exemption, ...] = ()


Judged = tuple[Difference, Exemption | None]  # the exemption that covers it, if any


def compare(model: Model, program: Program, relation: Relation) -> Iterator[Judged]:
    """Run a program and its twin; yield the differences, up to the first that is not harmless."""
    kernel, twin = boot(program), boot(program)
    answered(model, twin, relation.before)
    for step, call in enumerate(program.calls):
        result = model.step(kernel, call)
        answer = answered(model, twin, relation.twin(call, result))
        if answer is None:
            continue
        expected = relation.expected(call, result)
        if answer != expected:
            kernel.rollback()
            judged = judge(relation, Difference(step, call, expected, answer, kernel, twin))
            yield judged
            if judged[1] is None or not judged[1].harmless:
                return
            model.step(kernel, call)
        if result.panicked or answer.panicked:
            return
    for difference in at_the_end(kernel, twin, relation, len(program.calls)):
        yield judge(relation, difference)


def answered(model: Model, k: Kernel, calls: Calls) -> Result | None:
    """The first failure among the answers to some calls, or the last answer; None if no calls."""
    result = None
    for call in calls:
        result = model.step(k, call)
        if result.ret is None:
            break
    return result


def judge(relation: Relation, difference: Difference) -> Judged:
    """A difference and the first exemption that covers it."""
    claims = (one for one in relation.exemptions if one.matches(difference))
    return difference, next(claims, None)


def at_the_end(kernel: Kernel, twin: Kernel, relation: Relation, step: int) -> Iterator[Difference]:
    """The jails that differ as read by the host; jids are the twin's."""
    answers = {result.ret: result for _, result in looks(twin) if result.ret not in relation.new}
    wanted = {(one := relation.expected(*look)).ret: one for look in looks(kernel)}
    for jid in dict.fromkeys((*wanted, *answers)):
        expected, answer = wanted.get(jid, GONE), answers.get(jid, GONE)
        if expected != answer:
            alive = any(one.values and one.values[STATE] is ALIVE for one in (expected, answer))
            call = JailGet(1, 0 if alive else JAIL_DYING, (("jid", jid or 0),))
            yield Difference(step, call, expected, answer, kernel, twin)


def looks(kernel: Kernel) -> Iterator[tuple[Op, Result]]:
    """What the host reads about each jail."""
    for pr in kernel.allprison:
        call = JailGet(1, JAIL_DYING, (("jid", pr.jid),))
        yield call, Result(None, pr.jid, None, host_view(pr))
