r"""Seeded faults: small named changes to a model or to the rules, which the harness must notice.

They are in fuzz/jaildiff/kernels/faults/*.toml.  A fault of a model is applied to that model only:

    [[fault]]
    id = "attach-takes-two-references"
    title = "jail_attach takes one reference too many"
    source = "PR 238032; H16"
    model = "new"
    kind = ["leaked reference"]
    file = "jail_kernel/jail_attach.py"
    old = "    prison_hold(k, pr)"
    new = "    prison_hold(k, pr)\n    prison_hold(k, pr)"

`old` must occur in the file exactly once.  Further edits go into `also`, a list of tables with
file, old and new.  `kind` lists the kinds of bug (jaildiff.kernels.bug_kinds) that the harness may
call it: normally one; if there are several, a `reason` says why.

A correction has `gone` instead of `kind`: the rules that then claim nothing any more (there may be
none).  With a correction, nothing new may be found.

A fault of the rules has `model = "rules"` and `kind = ["too wide"]` or `["too narrow"]`.  It may
list in `shown_by` faults of the models that the faulty rules would wrongly explain.
"""

from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.edited import Edit, load_edited, variant
from jaildiff.kernels.registry import KERNELS, Model
from jaildiff.support.errors import InputError, suggestion
from jaildiff.support.toml_entries import entries, read_text

REQUIRED = frozenset({"id", "title", "source", "model", "file", "old", "new"})
ALLOWED = REQUIRED | {"kind", "reason", "gone", "also", "shown_by"}
LISTS = ("kind", "gone", "shown_by")
EDIT_KEYS = frozenset({"file", "old", "new"})
WIDTHS = frozenset({"too wide", "too narrow"})
RULE_MODULES = (
    "jaildiff.differ.verdict.predicates",
    "jaildiff.differ.verdict.landed.rules",
    "jaildiff.differ.verdict.landed.echoes",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One change, and what the harness must say about it."""

    id: str
    title: str
    source: str  # where it happened, or who proposed it
    model: str  # legacy, new, rules
    edits: tuple[Edit, ...]
    kinds: frozenset[str]
    gone: frozenset[str]  # for a correction: the rules that then claim nothing
    shown_by: tuple[str, ...] = ()  # for a fault of the rules: faults of the models
    where: str = "fuzz/jaildiff/kernels/faults"  # its file

    @property
    def corrects(self) -> bool:
        """Whether this is a correction."""
        return not self.kinds

    def apply(self, kernel: str | None = None) -> Model:
        """The model with the fault, or another `kernel` with the same fault in its own file.

        Raises InputError that names the fault if it does not apply.
        """
        kernel = kernel or self.model
        own, other = f"{self.model}_model/", f"{kernel}_model/"
        edits = [replace(edit, file=edit.file.replace(own, other)) for edit in self.edits]
        try:
            faulty = variant(KERNELS[kernel], edits)
        except InputError as error:
            raise self.wrong(error.message) from None
        return replace(faulty, name=f"{kernel}+{self.id}", parent=kernel)

    def wrong(self, message: str) -> InputError:
        """An InputError that names this fault."""
        return InputError(self.where, 0, 0, f"fault {self.id}: {message}")

    def check(self) -> None:
        """Raise InputError that names the fault if it does not apply."""
        if self.model != "rules":
            self.apply()
            return
        try:
            load_edited(self.edits, RULE_MODULES)
        except InputError as error:
            raise self.wrong(error.message) from None


def load(*more: Path) -> dict[str, Fault]:
    """The shipped faults and those in `more` files, by id.  Raises InputError."""
    found: dict[str, Fault] = {}
    shipped = resources.files("jaildiff.kernels").joinpath("faults").iterdir()
    files = [
        (file, f"fuzz/jaildiff/kernels/faults/{file.name}")
        for file in shipped
        if file.name.endswith(".toml")
    ]
    files.sort(key=lambda pair: pair[1])
    for file, where in [*files, *((path, str(path)) for path in more)]:
        for fault in parse(read_text(file, where), where):
            if fault.id in found:
                raise InputError(where, 0, 0, f"fault {fault.id}: there is one of this name")
            found[fault.id] = fault
    check_links(found)
    return found


def check_links(faults: dict[str, Fault]) -> None:
    """Raise InputError if `shown_by` names a fault that does not exist."""
    for fault in faults.values():
        for name in fault.shown_by:
            if name not in faults:
                raise fault.wrong(f"shown by {name!r}, which does not exist")


def chosen(faults: dict[str, Fault], names: tuple[str, ...]) -> list[Fault]:
    """The faults with these names, or all if no name is given.  Raises InputError."""
    for name in names:
        if name not in faults:
            hint = suggestion(name, list(faults))
            raise InputError("", 0, 0, f"there is no fault {name!r}{hint}")
    return [faults[name] for name in names or faults]


def parse(text: str, where: str) -> list[Fault]:
    """The faults in a TOML file of [[fault]] tables.  Raises InputError."""
    found = entries(text, where, "fault")[0]
    return [parse_fault(entry, where, number) for number, entry in enumerate(found, 1)]


def parse_fault(entry: object, where: str, number: int) -> Fault:
    """One entry.  Raises InputError if a key is unknown, or a required text is missing."""
    place = f"entry {number}"
    if not isinstance(entry, dict):
        raise InputError(where, 0, 0, f"{place}: expected a table")
    place = f"fault {entry.get('id', number)}"
    wrong = sorted((REQUIRED - entry.keys()) | (entry.keys() - ALLOWED))
    if wrong:
        raise InputError(where, 0, 0, f"{place}: missing or unknown keys {wrong}")
    texts = {key: entry[key] for key in REQUIRED}
    if not all(isinstance(value, str) and (value or key == "new") for key, value in texts.items()):
        raise InputError(where, 0, 0, f"{place}: expected texts that are not empty")
    model = texts["model"]
    if model not in (*KERNELS, "rules"):
        raise InputError(where, 0, 0, f"{place}: there is no model {model!r}")
    lists = {key: words(entry.get(key, [])) for key in LISTS}
    kinds, gone, shown_by = (lists[key] for key in LISTS)
    if kinds is None or gone is None or shown_by is None:
        raise InputError(where, 0, 0, f"{place}: expected lists of texts as {', '.join(LISTS)}")
    known = WIDTHS if model == "rules" else frozenset(map(str, BugKind))
    if bool(kinds) == ("gone" in entry) or not kinds <= known:
        raise InputError(where, 0, 0, f"{place}: expected either known kinds or the rules that go")
    if (len(kinds) > 1) != bool(entry.get("reason")):
        message = "expected a reason for several kinds, and none for one"
        raise InputError(where, 0, 0, f"{place}: {message}")
    also = entry.get("also", [])
    if not isinstance(also, list) or not all(map(is_edit, also)):
        raise InputError(where, 0, 0, f"{place}: expected also = [{{file, old, new}}, ...]")
    edits = (Edit(texts["file"], texts["old"], texts["new"]), *(Edit(**edit) for edit in also))
    if shown_by and model != "rules":
        raise InputError(where, 0, 0, f"{place}: shown_by is for faults of the rules")
    about = (texts["id"], texts["title"], texts["source"], model, edits, kinds, gone)
    return Fault(*about, tuple(sorted(shown_by)), where)


def words(found: object) -> frozenset[str] | None:
    """The texts in a list; None if it is something else."""
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        return None
    return frozenset(found)


def is_edit(value: object) -> bool:
    """Whether this is a table of a file and two texts."""
    if not isinstance(value, dict) or value.keys() != EDIT_KEYS:
        return False
    return all(isinstance(text, str) for text in value.values())
