"""Metamorphic relations: a program and its twin, and how the answers of the two must relate.

A relation says what to make of each call, and what answer of the twin then corresponds to the
answer of the program.  Nobody need know which answer is right.  Where the kernel's semantics say
that the two may differ, the relation says so too: each exemption is data, with a reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fuzz.kernels.registry import Model
from fuzz.programs.commands.command import Op
from fuzz.programs.commands.host_state import boot
from fuzz.programs.program import Program
from prison.call import JAIL_DYING, Errno, JailGet, Result
from prison.jail_get import VIEW_FIELDS, host_view
from prison.kernel import Kernel
from prison.reference import ALIVE

Calls = tuple[Op, ...]
GONE = Result(Errno.ENOENT)
STATE = VIEW_FIELDS.index("state")


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer of the twin that does not correspond; at the end, a jail that is not alike."""

    step: int
    call: Op
    expected: Result  # what corresponds to the program's answer
    answer: Result  # what the twin says
    kernel: Kernel  # the program's, before the call
    twin: Kernel  # the twin's, after it


@dataclass(frozen=True, slots=True)
class Exemption:
    """A way in which program and twin may differ, and why."""

    id: str
    why: str
    matches: Callable[[Difference], bool]
    witness: str  # a program that breaks the relation but for this, in the op language
    harmless: bool = False  # the kernels stay alike; if not, nothing is compared behind it


@dataclass(frozen=True, slots=True)
class Relation:
    """How to make a twin, and what is to be expected of it."""

    id: str
    claim: str
    twin: Callable[[Op, Result], Calls]  # of a call and its answer
    expected: Callable[[Op, Result], Result] = lambda _, result: result
    before: Calls = ()  # what only the twin does, at its start
    new: tuple[int, ...] = ()  # the jids of jails made there
    exemptions: tuple[Exemption, ...] = ()


Judged = tuple[Difference, Exemption | None]  # by what it is excused; None: by nothing


def compare(model: Model, program: Program, relation: Relation) -> Iterator[Judged]:
    """Run a program and its twin; every difference, up to one behind which nothing is alike."""
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
    """The last answer to some calls, or the first that is no success; None: no calls."""
    result = None
    for call in calls:
        result = model.step(k, call)
        if result.ret is None:
            break
    return result


def judge(relation: Relation, difference: Difference) -> Judged:
    """A difference and the first exemption that excuses it."""
    claims = (one for one in relation.exemptions if one.matches(difference))
    return difference, next(claims, None)


def at_the_end(kernel: Kernel, twin: Kernel, relation: Relation, step: int) -> Iterator[Difference]:
    """The jails that are not alike, as the host reads them; jids are the twin's."""
    answers = {result.ret: result for _, result in looks(twin) if result.ret not in relation.new}
    wanted = {(one := relation.expected(*look)).ret: one for look in looks(kernel)}
    for jid in dict.fromkeys((*wanted, *answers)):
        expected, answer = wanted.get(jid, GONE), answers.get(jid, GONE)
        if expected != answer:
            alive = any(one.values and one.values[STATE] is ALIVE for one in (expected, answer))
            call = JailGet(1, 0 if alive else JAIL_DYING, (("jid", jid or 0),))
            yield Difference(step, call, expected, answer, kernel, twin)


def looks(kernel: Kernel) -> Iterator[tuple[Op, Result]]:
    """What the host reads of each jail."""
    for pr in kernel.allprison:
        call = JailGet(1, JAIL_DYING, (("jid", pr.jid),))
        yield call, Result(None, pr.jid, None, host_view(pr))
