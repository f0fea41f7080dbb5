"""The test that a mutant must not pass: recordings, then the corpus, then fuzzing.

Everything runs in a process of its own, on models of which the new one is mutated, and with it
the old one where the recordings of both can tell.
"""

import importlib.abc
import importlib.util
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import partial
from importlib.machinery import ModuleSpec
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from jail_kernel.call import JailRemove, Result
from jail_kernel.kernel import Kernel
from jail_source.text import path_of
from jaildiff.differ.annotate import divergence_text
from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.differ.verdict.divergence import Divergence, judge_root, other_roots
from jaildiff.findings import baseline as baselines
from jaildiff.findings.baseline import Baseline
from jaildiff.kernels.edited import SHARED, Edit, TextLoader, load_edited, variant
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.commands.command import Op
from jaildiff.programs.json_form import program_from_json
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.recordings.conform import column, script_answers
from jaildiff.recordings.follow import Recorded, Written, first_parting
from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.hunt import EVERY_OP
from jaildiff.selftest.trial import Trial, first_news

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
SCRIPTS = ("scenarios", "rules")
EVERYWHERE = (*SHARED, "jail_kernel.step")  # what all models share: mutated for all of them
FREEZER = "jail_kernel.freeze"
SEED = 1
PROGRAMS = 200  # generated ones
SECONDS = 1  # of processor time for one program, which is plenty: they take milliseconds

Row = tuple[dict[str, object], dict[str, Any]]  # a program as JSON, and what was recorded
Check = tuple[str, int, Callable[[], bool]]  # the part, the program's number, whether it fails


@dataclass(frozen=True, slots=True)
class Thawing(Model):
    """A model whose kernel is frozen and thawed before each call but a removal: the clean-up
    looks at the jail that it has removed.
    """

    freezer: ModuleType = field(kw_only=True)

    def step(self, k: Kernel, call: Op) -> Result:
        """Let what was thawed answer."""
        if not isinstance(call, JailRemove):
            host = k.host  # no part of a kernel: what its commands find
            vars(k).update(vars(self.freezer.thaw(self.freezer.freeze(k))))
            k.host = host
        return Model.step(self, k, call)


def models(edit: Edit) -> tuple[Model, Model]:
    """Both models with an edit that is not for everywhere, as far as it concerns them."""
    if edit.module == FREEZER:
        freezer = load_edited([edit], [FREEZER])[FREEZER]
        old, new = (
            Thawing(**{f.name: getattr(m, f.name) for f in fields(Model)}, freezer=freezer)
            for m in (LEGACY, NEW)
        )
        return old, new
    if edit.module in EVERYWHERE:
        return LEGACY, NEW
    return (variant(LEGACY, [edit]) if edit.file.startswith("jail_kernel/") else LEGACY), variant(
        NEW, [edit]
    )


def first_failure(
    edit: Edit, rows: list[Row], enter: Callable[[str], None], *, thorough: bool
) -> tuple[str, int]:
    """The part of the test that a mutant fails, and the number of the program; ("survived", 0).

    A thorough test is of recordings only, and of those of the old kernel too if the mutant is
    part of it.  `enter` is told of each part before it begins.
    """
    part, number = "load", 0
    enter(part)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        old, new = models(edit)
        parts = [traces(new, rows)]
        if thorough and edit.file.startswith("jail_kernel/"):
            parts.append(traces(old, rows))
        elif not thorough and edit.module != FREEZER:
            parts += [corpus(old, new), fuzzing(new)]
        for name, number, fails in chain(*parts):
            if name != part:
                part = name
                enter(part)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            if fails():
                return part, number
    except Exception:  # noqa: BLE001  # whatever a mutant raises has noticed it
        return part, number
    return "survived", 0


def traces(model: Model, rows: list[Row]) -> Iterator[Check]:
    """Recordings."""
    for number, row in enumerate(rows):
        yield "traces", number, partial(disagrees, model, row)


def corpus(old: Model, new: Model) -> Iterator[Check]:
    """The scenarios, witnesses and near misses."""
    entries = chain.from_iterable(read_programs(CORPUS / folder) for folder in SCRIPTS)
    for number, entry in enumerate(entries):
        yield "corpus", number, partial(changes, old, new, entry)


def fuzzing(new: Model) -> Iterator[Check]:
    """Generated programs."""
    baseline = baselines.load(None, LANDED)
    for number in range(PROGRAMS):
        yield "fuzz", number, partial(has_news, new, baseline, number)


def disagrees(model: Model, row: Row) -> bool:
    """Whether a model answers otherwise than recorded, or leaves anything else behind."""
    program, recorded = row
    entry = Entry(program_from_json(program), None, recorded, "")
    answers = column(entry, model.key)
    return (
        answers is not None and first_parting(model, entry.program, Recorded(answers)) is not None
    )


def changes(old: Model, new: Model, entry: Entry) -> bool:
    """Whether an answer or a root that stands in a script does not come true."""
    assert entry.script is not None
    for model in (old, new):
        answers = Written(script_answers(entry.script, model.key))
        if first_parting(model, entry.program, answers) is not None:
            return True
    lockstep = Lockstep(entry.program.jail_max, Comparison(LEGACY, new), entry.program.setup)
    for line, call in zip(entry.script.lines, entry.program.calls, strict=True):
        step = lockstep.step(call)
        found = [divergence_text(root) for root in roots_at(step)] if step else []
        if found != [text for text in line.verdicts if text.startswith("root")]:
            return True
        if lockstep.panicked:
            break
    return False


def roots_at(step: Step) -> list[Divergence]:
    """The roots at a step: one of a call, one for each rule of a command, none at an echo."""
    if not step.cases:
        return []
    root = judge_root(step, LANDED.rulebook)
    return [root, *other_roots(step, root, LANDED.rulebook)]


def has_news(new: Model, baseline: Baseline, number: int) -> bool:
    """Whether a generated program shows anything that is neither intended nor known."""
    program, trial = generate(SEED, number), Trial("", SEED)
    every_op = number % EVERY_OP == 0
    return (
        first_news(program, Comparison(LEGACY, new), baseline, trial, every_op=every_op) is not None
    )


class Finder(importlib.abc.MetaPathFinder):
    """Lets the import system find an edited module."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit
        self.path = str(path_of(edit.module))

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        """The edited text, if it is asked for."""
        del path, target
        if fullname != self.edit.module:
            return None
        return importlib.util.spec_from_loader(fullname, TextLoader(self.path, self.edit.new))


def edit_everywhere(edit: Edit) -> None:
    """Forget all modules of ours, and import them with the edit from now on."""
    sys.meta_path.insert(0, Finder(edit))
    models = ("jail_kernel", "legacy_model", "new_model", "descriptor_model", "proposed_models")
    ours = (*models, "jail_source", "jail_userland", "jaildiff", "tests")
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]
