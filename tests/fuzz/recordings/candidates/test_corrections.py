from dataclasses import replace
from itertools import combinations

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import NEW
from jaildiff.programs.program import Program
from jaildiff.recordings.candidates.corrections import (
    Parts,
    corrected,
    correction,
    corrections,
    title,
)
from jaildiff.recordings.follow import KnownToBoth, first_parting
from jaildiff.recordings.judge_kernel import KernelVerdict
from tests.programs import cases, corpus_files, corpus_script, program
from tests.recordings import bare, entry, record, recordable

FAULTS = load()
TOGETHER = [parts for size in (1, 2, 3) for parts in combinations(corrections("new"), size)]
NUMERIC = (
    "p1: fork() = p2",
    "p2: jail_set(CREATE|ATTACH, jid=5)",
    "p2: hold(r)",
    "p2: exit()",
    "p1: jail_set(CREATE, jid=5, persist)",
    "p1: jail_get(DYING, lastjid=5)",
)


def programs() -> list[Program]:
    """Those that show the mistakes of the new kernel."""
    files = [path for path in corpus_files() if path.parent.name in ("rules", "scenarios")]
    found = [corpus_script(path).program for path in files]
    found = list(filter(recordable, found))
    return [*found, *(one.program for one in cases().values()), program(*NUMERIC)]


def judged(parts: Parts, *, inside: bool) -> KernelVerdict:
    """A corrected kernel, recorded and judged."""
    found = KernelVerdict("new", LANDED)
    for one in programs():
        recorded = record(replace(corrected(NEW, parts), key="new"), one)
        found.add(entry(one, recorded if inside else bare(recorded)))
    found.conclude(FAULTS.values())
    return found


@pytest.mark.parametrize("inside", [True, False], ids=["states", "answers"])
@pytest.mark.parametrize(
    "parts", TOGETHER[::4], ids=lambda parts: "+".join(p.id[:2] for p in parts)
)
def test_corrections_are_no_bug(parts: Parts, inside: bool) -> None:
    """Alone or together they are named, and every program is judged as intended."""
    found = judged(parts, inside=inside)
    fault = found.fault()
    assert fault is not None
    assert (fault["name"], fault["kind"]) == (" + ".join(part.id for part in parts), None)
    verdicts = {one.verdict for one in found.judgements if one.step is not None}
    assert verdicts == {Verdict.INTENDED}


def test_a_numeric_name_follows_the_renumbering() -> None:
    """By one program alone, and by its answers alone: the dying jail is called as its new jid."""
    (follows,) = (fault for fault in corrections("new") if fault.id.startswith("N5"))
    found = KernelVerdict("new", LANDED)
    recorded = bare(record(corrected(NEW, (follows,)), program(*NUMERIC)))
    assert recorded["results"][-1]["values"]["name"] == "999999"
    found.add(entry(program(*NUMERIC), recorded))
    (said,) = found.judgements
    assert (said.verdict, said.bug_kind) == (Verdict.INTENDED, None)
    assert follows.title in said.why


def test_one_that_goes_as_far_is_better_than_several() -> None:
    """A program that shows one correction is not explained by two."""
    for fault in corrections("new"):
        for one in programs():
            recorded = record(corrected(NEW, (fault,)), one)
            parted = first_parting(NEW, one, KnownToBoth(recorded))
            if parted is not None:
                assert correction(NEW, one, recorded, parted.step, 0) == fault.title
                break
        else:
            pytest.fail(f"{fault.id} shows nowhere")


def test_several_in_one_program() -> None:
    """What two corrections do in one program is said of both."""
    lines = (*NUMERIC[:-1], *NESTED_RENAME)
    parts = tuple(fault for fault in corrections("new") if fault.id[:2] in ("N1", "N5"))
    recorded = record(corrected(NEW, parts), program(*lines))
    assert correction(NEW, program(*lines), recorded, 4, 0) == title(parts)


def test_a_faulty_kernel_is_not_corrected() -> None:
    """What no correction does is none."""
    found = program("p1: jail_set(CREATE, jid=5, persist)", "p1: jail_get(0, jid=5)")
    recorded = record(FAULTS["get-leaks"].apply(), found)
    assert correction(NEW, found, recorded, 1, 1) is None


NESTED_RENAME = (
    'p1: jail_set(CREATE, jid=11, name="b", persist, children.max=5)',
    'p1: jail_set(CREATE, jid=12, name="b.c", persist)',
    'p1: jail_set(UPDATE, jid=12, name="d")',
)
