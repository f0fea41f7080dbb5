from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.edited import Edit
from jaildiff.kernels.fault import WIDTHS, Fault, check_links, chosen, load, parse
from jaildiff.selftest.ground import ground
from jaildiff.selftest.trial import run_fault
from jaildiff.support.errors import InputError

FAULTS = load()
ENTRY = """
[[fault]]
id = "one"
title = "a fault"
source = "a test"
model = "new"
kind = ["wrong errno"]
file = "jail_kernel/jail_remove.py"
old = "        return OK  # It"
new = "        return EINVAL  # It"
"""

# Found by the first few programs of any seed, one for each way in which a fault can show.
QUICK = (
    "attach-takes-two-references",
    "drop-frees-twice",
    "half-done-hostname",
    "one-jail-less-than-the-limit",
    "default-name-of-another-jid",
    "jail-sees-itself",
    "remove-keeps-persist",
    "freed-jail-still-counted",
)


def test_there_are_enough_faults() -> None:
    """At least eighty faults of the models and twenty of the rules, on both sides."""
    models = Counter(fault.model for fault in FAULTS.values())
    assert models["new"] + models["legacy"] >= 80
    assert models["legacy"] >= 20
    assert models["rules"] >= 20


def test_every_bug_kind_has_a_fault() -> None:
    """What the differ can name has been seeded at least once; so has either width of a rule."""
    kinds = {kind for fault in FAULTS.values() for kind in fault.kinds}
    assert kinds == {*map(str, BugKind), *WIDTHS}


def test_one_kind_is_the_rule() -> None:
    """Of a hundred faults of the models no more than ten have several kinds, each with a reason."""
    models = [fault for fault in FAULTS.values() if fault.kinds and fault.model != "rules"]
    several = [fault.id for fault in models if len(fault.kinds) > 1]
    assert len(several) <= len(models) / 10


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.id)
def test_every_fault_applies(fault: Fault) -> None:
    """The text that a fault replaces is there, once, and what it makes of it can be run."""
    fault.check()


def test_no_two_faults_are_the_same() -> None:
    """Each makes a change of its own."""
    edits = Counter((fault.model, fault.edits) for fault in FAULTS.values())
    assert max(edits.values()) == 1


@pytest.mark.parametrize("name", QUICK)
def test_a_fault_is_found_and_named(name: str) -> None:
    """Within seconds, with the right kind, side and step."""
    trial = run_fault(FAULTS[name], ground(LANDED), 1, 10)
    assert trial.found
    assert (trial.kind_right, trial.side_right, trial.root_right) == (True, True, True)


def test_a_stale_fault_is_named() -> None:
    """A fault whose text has gone fails with its id and its file."""
    stale = replace(FAULTS["get-leaks"], edits=(Edit("jail_kernel/jail_get.py", "gone", ""),))
    with pytest.raises(InputError, match=r"fault get-leaks: jail_kernel/jail_get\.py.*'gone'"):
        stale.check()
    rule = replace(
        FAULTS["rule-by-jid-only"],
        edits=(Edit("fuzz/jaildiff/differ/verdict/landed/rules.py", "no such text", ""),),
    )
    with pytest.raises(InputError, match=r"fault rule-by-jid-only: fuzz/jaildiff/differ/.*\.py"):
        rule.check()


def test_ten_lines_are_enough() -> None:
    """An entry of ten lines is a fault that can be applied."""
    (fault,) = parse(ENTRY, "test.toml")
    fault.check()
    assert len(ENTRY.strip().splitlines()) <= 10
    assert fault.model == "new"
    assert fault.kinds == {"wrong errno"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('model = "new"', 'model = "newer"', "there is no model 'newer'"),
        ('kind = ["wrong errno"]', 'kind = ["odd"]', "known kinds"),
        ('kind = ["wrong errno"]', 'kind = ["wrong errno", "panic"]', "expected a reason"),
        ('kind = ["wrong errno"]', 'kind = ["panic"]\nreason = "x"', "none for one"),
        ('kind = ["wrong errno"]', "", "known kinds"),
        ('title = "a fault"', "", "unknown keys"),
        ('title = "a fault"', 'title = ""', "not empty"),
        ('title = "a fault"', 'title = "a"\nodd = 1', "unknown keys"),
        ('new = "        return EINVAL  # It"', 'new = ""\nalso = [{ file = "x" }]', "also"),
        ('title = "a fault"', 'title = "a"\nshown_by = ["get-leaks"]', "of the rules"),
        ("[[fault]]", "[fault]", "only"),
        ("[[fault]]", "[[", "expected TOML"),
    ],
)
def test_a_malformed_entry_is_refused(old: str, new: str, message: str) -> None:
    """What is missing or unknown in an entry is named, with the file."""
    with pytest.raises(InputError, match=message) as raised:
        parse(ENTRY.replace(old, new), "test.toml")
    assert raised.value.path == "test.toml"


def test_faults_of_ones_own(tmp_path: Path) -> None:
    """They stand beside those that are shipped, and none has the name of another."""
    own = tmp_path / "own.toml"
    own.write_text(ENTRY)
    (fault,) = parse(ENTRY, str(own))
    assert load(own) == FAULTS | {fault.id: fault}
    with pytest.raises(InputError, match="there is one of this name") as raised:
        load(own, own)
    assert raised.value.path == str(own)
    with pytest.raises(InputError, match="expected a readable UTF-8 file"):
        load(tmp_path / "none.toml")


def test_a_fault_shown_by_none_is_refused() -> None:
    """The faults of the models that a fault of the rules names are there."""
    odd = replace(FAULTS["rule-nested-means-any"], shown_by=("gone",))
    check_links(FAULTS)
    with pytest.raises(InputError, match="rule-nested-means-any: shown by 'gone'"):
        check_links({odd.id: odd})


def test_an_unknown_name_is_refused_with_a_hint() -> None:
    """A slip in --fault is answered with the name that was meant."""
    with pytest.raises(InputError, match="did you mean 'get-leaks'"):
        chosen(FAULTS, ("get-leak",))


def test_the_registry_is_what_the_files_say() -> None:
    """No entry is lost or doubled on the way."""
    folder = Path(__file__).parents[3] / "fuzz" / "jaildiff" / "kernels" / "faults"
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.toml")]
    assert sum(text.count("[[fault]]\n") for text in texts) == len(FAULTS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "1"),
        ("kind", '[["x"]]'),
        ("gone", "1"),
        ("gone", "[[1]]"),
        ("shown_by", "1"),
        ("also", "5"),
        ("also", "[{file=1, old=2, new=3}]"),
        ("title", "5"),
    ],
)
def test_wrong_types(key: str, value: str) -> None:
    """A value of another type is an error that names the file and the fault."""
    rows = [row for row in ENTRY.splitlines() if not row.startswith(f"{key} ")]
    with pytest.raises(InputError, match=r"^own\.toml: fault one: expected "):
        parse("\n".join([*rows, f"{key} = {value}"]), "own.toml")


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("    return (", "no Python"),
        ("import nothing", "cannot be loaded with the edit: "),
        ("    return \\u0000", "no Python"),
    ],
)
def test_what_cannot_be_run(new: str, message: str) -> None:
    """An edit after which a file is no Python, or fails when it is loaded, names its own file."""
    text = ENTRY.replace('"        return OK  # It"', '"def jail_remove("')
    text = text.replace('"        return EINVAL  # It"', f'"{new}\\ndef jail_remove("')
    (fault,) = parse(text, "own.toml")
    with pytest.raises(InputError, match=rf"^own\.toml: fault one: .*{message}"):
        fault.check()
