import copy
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jaildiff.differ.comparison import LANDED, Named, comparison
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.kernels.edited import variant
from jaildiff.kernels.fault import Fault, load
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.programs.program import Program
from jaildiff.recordings.judge_kernel import KernelVerdict
from tests.kinds import recordings
from tests.programs import cases, corpus_files, program, trace
from tests.recordings import bare, entry, recordable

FAULTS = load()
SOME = list(FAULTS.values())[::6]
PROGRAMS = tuple(found.program for found in cases().values())


def verdict(
    model: Model, *, inside: bool = True, programs: Iterable[Program] = PROGRAMS
) -> KernelVerdict:
    """A kernel recorded with some programs, and judged."""
    found = KernelVerdict("new", LANDED)
    for one, recorded in recordings(model, programs):
        found.add(entry(one, recorded if inside else bare(recorded)))
    return found


def programs_of(file: Path) -> list[Program]:
    """The programs of a rule's witness."""
    return [found.program for found in read_programs(file) if file.parent.name == "rules"]


def faulty(name: str, base: Model = NEW) -> Model:
    """A kernel with a fault."""
    return replace(variant(base, FAULTS[name].edits), key="new")


@pytest.mark.parametrize(
    ("name", "inside"), [("never-dies", True), ("H03a-attach-kills-the-jail-left", False)]
)
def test_the_fault_is_found(name: str, inside: bool) -> None:
    """A kernel with a known fault is recognized, and each program it explains named after it."""
    found = verdict(faulty(name), inside=inside)
    found.conclude(FAULTS.values())
    fault = found.fault()
    assert fault is not None
    assert fault["name"] == name
    assert fault["kind"] in FAULTS[name].kinds
    kinds = {judged.bug_kind for judged in found.judgements if judged.step is not None}
    assert kinds == FAULTS[name].kinds


@pytest.mark.parametrize(
    "name", ["get-leaks", "M12a-deadid-counts-up", "name-used-twice", "jail-sees-itself"]
)
def test_an_unknown_fault_has_the_right_kind(name: str) -> None:
    """Without the fault among the suspects, what is said of most programs decides."""
    found = verdict(faulty(name))
    found.conclude(fault for fault in SOME if fault.id != name)
    fault = found.fault()
    assert fault is not None
    assert fault["kind"] in FAULTS[name].kinds


def test_two_corrections_are_found_together() -> None:
    """A kernel in which two mistakes are corrected is one with no bug of its own."""
    names = ("N1-presumed-parent-corrected", "N3-failed-create-corrected")
    edits = [edit for name in names for edit in FAULTS[name].edits]
    witnesses = [program for file in corpus_files() for program in programs_of(file)]
    witnesses = list(filter(recordable, witnesses))
    found = verdict(variant(NEW, edits), programs=witnesses)
    found.conclude(FAULTS.values())
    fault = found.fault()
    assert fault is not None
    assert fault["name"] == " + ".join(names)
    assert fault["kind"] is None


def test_the_old_kernel_is_no_suspect() -> None:
    """If it is the old kernel throughout, that is what is said."""
    found = verdict(replace(LEGACY, key="new"))
    found.conclude(FAULTS.values())
    assert found.summary()["agree_with_legacy"] == len(PROGRAMS)
    fault = found.fault()
    assert fault is not None
    assert (fault["name"], fault["description"]) == ("legacy", "the old kernel")


UPDATE = program(
    'p1: jail_set(CREATE, jid=1, name="b", persist, children.max=5)',
    'p1: jail_set(CREATE, jid=2, name="b.c", persist)',
    'p1: jail_set(UPDATE, jid=2, name="d")',
)


def test_a_correction_is_not_the_old_kernel() -> None:
    """One program is enough, if there is a counter that the old kernel has not."""
    name = "N1-presumed-parent-corrected"
    found = verdict(faulty(name), programs=[UPDATE])
    found.conclude(FAULTS.values())
    fault = found.fault()
    assert fault is not None
    assert (found.agree("legacy"), fault["name"], fault["kind"]) == (1, name, None)
    assert [judged.verdict for judged in found.judgements] == [Verdict.INTENDED]


def test_few_programs_show_a_correction() -> None:
    """A correction that does all that was recorded is named, also after one program."""
    name = "N2-exhaustion-corrected"
    found = verdict(faulty(name), programs=[cases()["D26"].program])
    found.conclude(FAULTS.values())
    assert found.suspect is not None
    assert found.suspect.name == name


def test_a_changed_old_kernel_is_one() -> None:
    """A kernel that is more like the old one is the old one with a fault."""
    model = replace(faulty("attach-keeps-user-reference-left", LEGACY), has_deadid=False)
    found = verdict(model)
    found.conclude(FAULTS.values())
    assert found.suspect is not None
    assert (found.suspect.name, found.suspect.base) == ("attach-keeps-user-reference-left", LEGACY)


def test_the_new_kernel_has_no_fault() -> None:
    """Nothing is looked for where nothing disagrees."""
    found = verdict(NEW)
    found.conclude(FAULTS.values())
    assert found.summary() == {
        "programs": len(PROGRAMS),
        "kernels": "legacy,new",
        "agree_with_new": len(PROGRAMS),
        "agree_with_legacy": found.agree("legacy"),
        "agree_with_neither": 0,
        "fault": None,
    }


def test_a_sample_of_unknown_faults_is_named_rightly() -> None:
    """Nearly all faults are given a kind that their entry accepts, by what was recorded alone."""
    landed = [fault for fault in FAULTS.values() if fault.model != "descriptors"]
    named = [kind_said(fault) for fault in landed[::7] if fault.kinds]
    told = [said for said in named if said is not None]
    assert len(told) >= 15
    assert sum(told) >= 0.95 * len(told)


def kind_said(fault: Fault) -> bool | None:
    """Whether the kind is right that is said of a fault of the models; None: nothing shows it."""
    if fault.model == "rules" or any(edit.file.startswith("legacy") for edit in fault.edits):
        return None
    found = verdict(faulty(fault.id), programs=PROGRAMS[::2])
    found.conclude([])
    said = found.fault()
    return None if said is None else said["kind"] in fault.kinds


def test_any_two_reference_kernels() -> None:
    """A kernel is held against the two that are named: here the new one beside a corrected one."""
    fixed = comparison(Named("new", "new+N3-failed-create-corrected"))
    verdict = KernelVerdict("new", fixed)
    for found in read_programs(trace("cases")):
        verdict.add(found)
    verdict.conclude(load().values())
    told = verdict.summary()
    assert (told["kernels"], told["agree_with_legacy"]) == (fixed.name, told["programs"])
    fault = told["fault"]
    assert isinstance(fault, dict)
    assert fault["name"] == "new"


LATER = comparison(Named("new", "descriptors"))


def by_default(entries: Iterable[Entry], key: str) -> KernelVerdict:
    """What comes of recordings if no standard is asked for."""
    found = KernelVerdict(key, LANDED, later=LATER)
    for one in entries:
        found.add(one)
    return found.settled()


def test_the_kernel_with_descriptors_is_recognized() -> None:
    """It is no new kernel with bugs, and its own permissions are compared."""
    found = by_default(read_programs(trace("directed-old-cases")), "descriptors")
    assert (found.reference, found.not_compared, found.fault()) == (LATER, set(), None)
    summary = found.summary()
    assert (summary["programs"], summary["agree_with_new"], summary["agree_with_legacy"]) == (
        146,
        146,
        144,
    )


@pytest.mark.parametrize("key", ["legacy", "new"])
def test_no_other_kernel_is_taken_for_it(key: str) -> None:
    """Neither the old kernel nor the new one, which it descends from."""
    assert by_default(cases().values(), key).reference is LANDED


def test_one_fault_is_enough_not_to_be_it() -> None:
    """A kernel with descriptors that does otherwise anywhere is held against the new kernel."""
    *others, last = read_programs(trace("directed-old-cases"))
    recorded: Any = copy.deepcopy(last.recorded)
    recorded["descriptors"]["results"][0] |= {"errno": "EPERM", "ret": None}
    found = by_default([*others, replace(last, recorded=recorded)], "descriptors")
    assert found.reference is LANDED
