"""The evidence is there for everything, and it is true."""

import ast
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import pytest
import zstandard

from descriptor_model.deltas import DELTAS as LATER_DELTAS
from jail_kernel.kernel import Kernel
from jaildiff.differ.comparison import LANDED, Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.findings.evidence import (
    OTHER_KERNEL,
    Claim,
    Recorded,
    load_claims,
    parse_claims,
    summary,
)
from jaildiff.kernels import invariants
from jaildiff.kernels.fault import load as load_faults
from jaildiff.kernels.invariants import broken
from jaildiff.kernels.registry import KERNELS, PROPOSALS, Model
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.recordings.conform import column
from jaildiff.recordings.follow import Recorded as Letter
from jaildiff.recordings.follow import first_parting
from jaildiff.support.errors import InputError
from new_model.deltas import DELTAS
from tests.deltas import EDITS, NEEDS, without
from tests.house.tools import ROOT, comments, name, sources
from tests.programs import trace

COMPARED = (LANDED, comparison(Named("new", "descriptors")))
RULES = {rule: compared for compared in COMPARED for rule in compared.rulebook.by_id}
INVARIANTS = [invariant.id for invariant in invariants.INVARIANTS]
CLAIMS = load_claims()
FAULTS = load_faults()
SIDES = {
    "legacy": ("legacy",),
    "new": ("new",),
    "both": ("legacy", "new"),
    "descriptors": ("descriptors",),
}
BY_SIDE = {model.key: model for model in KERNELS.values()}
PLACED = [claim for claim in CLAIMS if " " in claim.about]

# Not of a kernel but of the models: what is passed, kept, made plain, or set up.
NO_BEHAVIOUR = {
    "__init__",
    "allow",
    "call",
    "descent",
    "freeze",
    "source",
    "state",
    "step",
    "delta",
    "deltas",
}
# Whole calls, of which the sections speak, and what only reads, looks up, converts or copies.
TOOLS = {
    *("jail_set", "jail_attach", "jail_get", "jail_remove", "fork", "exit_"),
    *("jail_conf", "einval", "unknown_parameter", "malformed", "boot_prison0", "_remove"),
    *("user", "addrs_of", "prison_of", "children", "ancestry", "walking_order", "name_offset"),
    *("jail_get_all", "option_name", "wished_names", "no_name", "memory_used"),
    *("clone", "copy_of", "reachable"),
    *("jail_attach_jd", "jail_remove_jd", "sys_jail_set", "jail_options", "jail_texts"),
    *("jail_desc", "text_options", "whole", "fill", "strnstr", "descriptors_of"),
    *("named", "siblings_named", "below_garbled", "c_string", "overwrite", "int32", "pack_addrs"),
    *("_held", "_let_go", "is_related"),
}

CLAIM = """
[[claim]]
about = "D1"
says = "x"
"""


def modules() -> list[Path]:
    """The modules in which kernels are modelled."""
    found = sources(
        "jail_kernel", "legacy_model", "new_model", "descriptor_model", "proposed_models"
    )
    return [path for path in found if path.stem not in NO_BEHAVIOUR]


@cache
def places(path: Path) -> dict[str, range]:
    """The lines of every section and every function of a module."""
    text = path.read_text(encoding="utf-8")
    end = text.count("\n") + 1
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    found = {f.name: range(f.lineno + 1, (f.end_lineno or end) + 1) for f in functions}
    labels = [
        (line, comment.removeprefix("# "))
        for line, comment, alone in comments(text)
        if alone and comment.isupper() and "[" not in comment
    ]
    starts = [line for line, _ in labels]
    found |= {
        label: range(line, stop)
        for (line, label), stop in zip(labels, [*starts[1:], end], strict=False)
    }
    return found


@cache
def programs() -> dict[str, Entry]:
    """The recordings that are named, and no others: there are many."""
    wanted: dict[str, set[str]] = {}
    for claim in CLAIMS:
        for each in claim.recorded:
            file, _, ident = each.trace.partition("/")
            wanted.setdefault(file, set()).add(ident)
    return {f"{file}/{e.program.id}": e for file in wanted for e in entries(file, wanted[file])}


def entries(file: str, wanted: set[str]) -> list[Entry]:
    """The programs of these ids in a file of recordings; only they are made objects of."""
    with zstandard.open(trace(file), "rb") as stream, TemporaryDirectory() as folder:
        lines = stream.read().split(b"\n")[:-1]
        few = Path(folder, "few.jsonl")
        few.write_bytes(b"\n".join(line for line in lines if ident(line) in wanted))
        return list(read_programs(few))


def ident(line: bytes) -> str:
    """The id in a line of recordings."""
    found = re.search(rb'"id":"([^"]*)"', line)
    assert found is not None
    return found[1].decode()


@cache
def faulty(fault: str, side: str) -> Model:
    """The kernel with the fault."""
    if fault == OTHER_KERNEL:
        other = BY_SIDE["new" if side == "legacy" else "legacy"]
        return replace(BY_SIDE[side], handlers=other.handlers)
    return FAULTS[fault].apply(BY_SIDE[side].name)


def sides(claim: Claim, each: Recorded) -> tuple[str, ...]:
    """The kernels of a claim in which the fault can be: in both, if it is in what they share."""
    fault = FAULTS.get(each.fault or "")
    if claim.kernels != "both" or fault is None:
        return SIDES[claim.kernels]
    shared = all(edit.file.startswith("jail_kernel/") for edit in fault.edits)
    return ("legacy", "new") if shared else (KERNELS[fault.model].key,)


def test_everything_has_a_claim() -> None:
    """Every rule, invariant and delta, and every section and function that models a kernel."""
    named = {*RULES, *INVARIANTS, *(delta.id for delta in (*DELTAS, *LATER_DELTAS))}
    named |= {f"{name(p)} {place}" for p in modules() for place in places(p).keys() - TOOLS}
    assert named - {claim.about for claim in CLAIMS} == set()


def test_no_claim_about_nothing() -> None:
    """Nothing is claimed of what is not there, or of a kernel that has it not."""
    named = {*RULES, *INVARIANTS, *(delta.id for delta in (*DELTAS, *LATER_DELTAS))}
    named |= {f"{name(p)} {place}" for p in modules() for place in places(p)}
    assert {claim.about for claim in CLAIMS} - named == set()
    packages = (
        ("legacy_model", "legacy"),
        ("new_model", "new"),
        ("descriptor_model", "descriptors"),
    )
    for package, side in packages:
        assert {claim.kernels for claim in CLAIMS if claim.about.startswith(package)} == {side}


def test_designs_are_argued() -> None:
    """What is claimed of a design is claimed of it alone, and only argument speaks for it."""
    designs = {model.package.replace(".", "/"): model.name for model in PROPOSALS.values()}
    for package, design in designs.items():
        found = [claim for claim in CLAIMS if claim.about.startswith(package)]
        assert {(claim.kernels, claim.strength) for claim in found} == {(design, "inference")}
        assert {claim.about for claim in CLAIMS if claim.kernels == design} == {
            claim.about for claim in found
        }


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.about)
def test_recordings_refute(claim: Claim) -> None:
    """A kernel with the fault that is named parts from the recording at the step that is named."""
    for each in claim.recorded:
        entry = programs()[each.trace]
        if each.fault is None:
            assert each.step < len(entry.program.calls)
            continue
        for side in sides(claim, each):
            recorded = column(entry, BY_SIDE[side].key)
            assert recorded is not None
            parted = first_parting(faulty(each.fault, side), entry.program, Letter(recorded))
            assert parted is not None, (each, side)
            assert parted.step == each.step, (each, side)


@pytest.mark.parametrize("rule", RULES)
def test_recordings_show_rules(rule: str) -> None:
    """At a step that is named for a rule the differ names that rule."""
    for claim in CLAIMS:
        for each in claim.recorded if claim.about == rule else ():
            found = diff(programs()[each.trace].program, RULES[rule]).divergences
            assert rule in {d.rule for d in found if d.step == each.step}, each


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_recordings_show_invariants(invariant: str) -> None:
    """At a step that is named for an invariant a kernel breaks it: with the fault, if one is
    named, or as it is.
    """
    for claim in CLAIMS:
        for each in claim.recorded if claim.about == invariant else ():
            models = [
                faulty(each.fault, side) if each.fault else BY_SIDE[side]
                for side in sides(claim, each)
            ]
            states = [run(model, each) for model in models]
            assert any(invariant in {key for key, _ in broken(k)} for k in states), each


@pytest.mark.parametrize("delta", EDITS)
def test_recordings_show_deltas(delta: str) -> None:
    """The new kernel in which a delta is taken back, and what it needs, parts from the recordings
    that are named for it where they say; to take D6 back alone shows nowhere, as its claim says.
    """
    model = without(frozenset({delta, *NEEDS.get(delta, ())}))
    for claim in CLAIMS:
        for each in claim.recorded if claim.about == delta else ():
            if each.fault == OTHER_KERNEL:
                entry = programs()[each.trace]
                parted = first_parting(model, entry.program, Letter(column(entry, model.key) or {}))
                assert (parted and parted.step) == (None if delta == "D6" else each.step), each


@pytest.mark.parametrize("claim", PLACED, ids=lambda claim: claim.about)
def test_steps_come_by(claim: Claim) -> None:
    """A recording that is named for a place in a model has come by there when the step is over."""
    file, _, place = claim.about.partition(" ")
    lines = set(places(ROOT / file)[place])
    for each in claim.recorded:
        for side in SIDES[claim.kernels]:
            assert passed(BY_SIDE[side], each, ROOT / file) & lines, (each, side)


def run(model: Model, each: Recorded) -> Kernel:
    """A kernel after the step of a recorded program that is named."""
    program = programs()[each.trace].program
    k = boot(program)
    for call in program.calls[: each.step + 1]:
        getattr(call, "memo", {}).clear()  # What is worked out once would be passed over.
        model.step(k, call)
    return k


def passed(model: Model, each: Recorded, path: Path) -> set[int]:
    """The lines of a file that a kernel has run through by then."""
    lines: set[int] = set()

    def tracer(frame: FrameType, _event: str, _arg: object) -> object:
        if frame.f_code.co_filename != str(path):
            return None
        lines.add(frame.f_lineno)
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)  # type: ignore[arg-type]  # a tracer returns itself, which no type says
    try:
        run(model, each)
    finally:
        sys.settrace(before)
    return lines


def test_summary() -> None:
    """The summary counts every claim once, by its strongest evidence; so does docs/trust.md."""
    numbers = re.findall(r"\d+", summary(CLAIMS))
    assert int(numbers[0]) == len(CLAIMS) == sum(map(int, numbers[1:]))
    page = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
    found = re.search(r"makes (\d+) claims [^.]*\.\s+For\s+(\d+) of\s", page)
    assert found is not None
    assert list(found.groups()) == numbers[:2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("claim = 1", "expected only [[claim]] entries"),
        ("[[claim]", "expected TOML"),
        (CLAIM, "entry 1 (D1): expected some evidence, found none"),
        (CLAIM + 'source = ""', "expected texts that are not empty"),
        (CLAIM + 'sauce = "x"', "missing or unknown keys ['sauce']"),
        (
            CLAIM + 'kernels = "all"\nsource = "x"',
            "expected kernels legacy, new, both, descriptors or a design",
        ),
        (CLAIM + 'recorded = [{ trace = "cases/F01" }]', "expected recorded ="),
        (CLAIM + 'recorded = [{ trace = "cases/F01", step = -1 }]', "expected recorded ="),
        ("claim = [1]", "entry 1: expected a table"),
    ],
)
def test_bad_evidence(text: str, message: str) -> None:
    """A file that is no evidence is refused, with what was expected."""
    with pytest.raises(InputError) as caught:
        parse_claims(text, "evidence.toml")
    assert message in str(caught.value)
    assert "evidence.toml" in str(caught.value)
