"""Generated programs for kernels with descriptors."""

from collections import Counter
from typing import get_args

from jail_kernel.call import Call, Close, JailAttachJd, JailGet, JailRemoveJd, JailSet, Malformed
from jaildiff.kernels.named import kernel
from jaildiff.programs.commands.host_state import boot
from jaildiff.search.generator.descriptors import DESC_FLAGS, DESC_OPS
from jaildiff.search.generator.generate import generate

MANY = 300
PROGRAMS = [generate(9, number, descriptors=True) for number in range(MANY)]
CALLS = [call for program in PROGRAMS for call in program.calls]
NEW_CALLS = (JailAttachJd, JailRemoveJd, Close)


def test_nothing_of_it_without_being_asked() -> None:
    """A program for other kernels is what it always was, and has no descriptor in it."""
    for number in range(MANY):
        plain = generate(9, number)
        assert not any(isinstance(call, NEW_CALLS) for call in plain.calls)
        assert all("desc" not in dict(c.params) for c in plain.calls if isinstance(c, JailSet))


def test_the_same_for_ever() -> None:
    """A program is a function of seed and number."""
    assert [generate(9, number, descriptors=True) for number in range(MANY)] == PROGRAMS


def test_every_call_occurs() -> None:
    """Each kind of call but the malformed one, and each flag, with and without a jail."""
    assert {type(call) for call in CALLS} >= set(get_args(Call)) - {Malformed}
    for kind in (JailSet, JailGet):
        flags = [call.flags & DESC_FLAGS for call in CALLS if isinstance(call, kind)]
        assert {bit for bit in (16, 32, 64, 128) if any(bit & f for f in flags)} == {
            16,
            32,
            64,
            128,
        }


def test_sometimes_it_works() -> None:
    """Descriptors are opened, used, entered, closed and lost; each op both fails and succeeds."""
    model = kernel("descriptors")
    seen: Counter[tuple[str, bool]] = Counter()
    dead = 0
    for program in PROGRAMS:
        k = boot(program)
        for call in program.calls:
            result = model.step(k, call)
            if result.panicked:
                break
            seen[type(call).__name__, result.errno is None] += 1
            dead += any(
                file is not None and file.prison is None
                for table in k.fds.values()
                for file in table.values()
            )
    for kind in NEW_CALLS:
        assert seen[kind.__name__, True] > 20
        assert seen[kind.__name__, False] > 20
    assert dead > 50
    assert len(DESC_OPS) == 10
