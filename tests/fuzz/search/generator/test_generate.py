import os
import subprocess
import sys
from collections.abc import Callable
from random import Random
from typing import get_args

import pytest

from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    Call,
    Close,
    Errno,
    JailAttachJd,
    JailGet,
    JailRemoveJd,
    JailSet,
    Malformed,
)
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE, DYING
from jail_kernel.state import JAIL_MAX, ProcState
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.json_form import program_from_json, program_to_json
from jaildiff.programs.op_language import parse, render, script_of
from jaildiff.search.generator.generate import OPS, PARAMS, generate
from jaildiff.search.generator.sketch import Sketch
from jaildiff.search.generator.vocabulary import FLAG_WEIGHTS, FLAGS
from tests.programs import CORPUS, generated

MANY = 400
ALL_FLAGS = JAIL_CREATE | JAIL_UPDATE | JAIL_ATTACH | JAIL_DYING

ALONE = (
    "from jaildiff.search.generator.generate import generate;"
    "print([generate(3, n).calls for n in range(20)])"
)


def test_pure() -> None:
    """Seed and number say which program it is."""
    assert [generate(3, n) for n in range(20)] == [generate(3, n) for n in range(20)]
    assert len({generate(3, n).calls for n in range(50)}) == 50
    assert generate(3, 0).calls != generate(4, 0).calls
    assert generate(3, 7).id == "seed-3-7"


def test_pure_in_another_process() -> None:
    """The same in a process with another hash seed."""
    answer = subprocess.run(
        [sys.executable, "-c", ALONE],
        cwd=CORPUS.parent,
        env={**os.environ, "PYTHONHASHSEED": "99"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == str([generate(3, n).calls for n in range(20)])


def test_programs_can_be_written() -> None:
    """Every program reads back from its text and from its JSON form."""
    for some in generated(79, 150):
        assert parse(render(script_of(some)), "x").program == some
        assert program_from_json(program_to_json(some)) == some


def test_every_call_occurs() -> None:
    """All calls but malformed ones occur, every flag combination, and every parameter."""
    calls = [call for some in generated(83, MANY) for call in some.calls]
    assert {type(call) for call in calls} == set(get_args(Call)) - {
        Malformed,
        JailAttachJd,
        JailRemoveJd,
        Close,
    }
    flags = {call.flags for call in calls if isinstance(call, JailSet)}
    assert {bits for bits in flags if bits <= ALL_FLAGS} == set(FLAGS)
    assert any(bits > ALL_FLAGS for bits in flags)
    keys = {key for call in calls if isinstance(call, JailSet) for key, _ in call.params}
    assert {"jid", "name", "persist", "children.max", "ip4.addr", "vnet", "bogus"} <= keys
    assert {call.by[0][0] for call in calls if isinstance(call, JailGet)} == {
        "jid",
        "name",
        "lastjid",
    }


def test_sizes() -> None:
    """Programs are short and long, and some have a jid range that fills up."""
    some = list(generated(89, MANY))
    lengths = sorted(len(one.calls) for one in some)
    assert lengths[0] <= 5
    assert 40 < lengths[-1] < 300
    small = {one.jail_max for one in some} - {JAIL_MAX}
    assert small == {5, 6, 7}
    assert sum(one.jail_max == JAIL_MAX for one in some) > MANY / 2


def test_each_program_has_its_own_mix() -> None:
    """Swarm testing: most programs leave some calls out, and which differs."""
    kinds = [frozenset(map(type, one.calls)) for one in generated(97, MANY)]
    assert len(set(kinds)) > MANY / 10


def test_swarm() -> None:
    """The weights of a mix ascend, and are never all nought."""
    for seed in range(200):
        sums = Sketch(Random(seed), PARAMS).swarm((1.0, 2.0))
        assert sums == sorted(sums)
        assert sums[-1] > 0
    assert len(FLAGS) == len(FLAG_WEIGHTS)


@pytest.mark.parametrize("maker", PARAMS)
def test_parameters(maker: Callable[[Sketch], tuple[str, object]]) -> None:
    """Each parameter has several values, all of them such as a program may have."""
    found = {maker(Sketch(Random(seed), PARAMS)) for seed in range(60)}
    assert len(found) > 1
    for name, value in found:
        assert name
        assert isinstance(value, bool | int | str | tuple)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_ops(op: Callable[[Sketch], None]) -> None:
    """Each op can be written into an empty program, again and again."""
    sketch = Sketch(Random(5), PARAMS)
    for _ in range(30):
        op(sketch)
    assert len(set(sketch.pids)) == len(sketch.pids)
    if op.__name__ not in ("drop", "exit_"):
        assert len(sketch.calls) >= 30


# WHAT A SHORT RUN REACHES


def reached() -> set[str]:
    """The situations in which the generated programs put the kernels."""
    found: set[str] = set()
    for some in generated(101, MANY):
        old, new = boot(some), boot(some)
        for call in some.calls:
            results = LEGACY.step(old, call), NEW.step(new, call)
            if any(result.panicked for result in results):
                found.add("panic")
                break
            found |= {str(result.errno) for result in results}
            note(new, found)
    return found


def note(k: Kernel, found: set[str]) -> None:
    """What is the case in a kernel now."""
    live = [pr.name for pr in k.allprison if pr.state is ALIVE]
    dying = [pr for pr in k.allprison if pr.state is DYING]
    facts = {
        "a jail is dying and still held": bool(dying),
        "a name is used again": any(pr.name in live for pr in dying),
        "a dying jail has a new jid": any(pr.jid > k.jail_max - 5 for pr in dying),
        "a dying child": any(pr.parent is not k.prison0 for pr in dying),
        "a killed process": any(p.state is ProcState.KILLED for p in k.procs.values()),
        "three levels": any(pr.parent.parent is not k.prison0 for pr in k.allprison),
        "no jid is left": len(k.allprison) >= k.jail_max,
        "addresses": any(pr.ip4 for pr in k.allprison),
    }
    found |= {fact for fact, true in facts.items() if true}


def test_sometimes() -> None:
    """A short run gets to every kind of situation and to nearly every errno.

    A clash of addresses and an exhausted jid range take longer.
    """
    found = reached()
    assert found >= {
        "a jail is dying and still held",
        "a name is used again",
        "a dying jail has a new jid",
        "a dying child",
        "a killed process",
        "three levels",
        "no jid is left",
        "addresses",
    }
    rare = {Errno.EADDRINUSE, Errno.EAGAIN, Errno.EBADOP}
    rare |= {Errno.EBADF, Errno.EMFILE, Errno.EFBIG, Errno.ENOSYS}  # of descriptors
    assert found >= {str(errno) for errno in Errno if errno not in rare}
