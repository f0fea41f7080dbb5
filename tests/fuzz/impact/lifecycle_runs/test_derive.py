"""Which lifecycles are derived from a configuration."""

from pathlib import Path

from jaildiff.impact.lifecycle import FileEdit, Lifecycle, Linger, Lingering, TypedCommand, When
from jaildiff.impact.lifecycle_runs.derive import ALIKE_MAX, lifecycles, one_by_one
from tests.impacts import NESTED, PLAIN, STATIC, UNAFFECTED, conf


def derived(folder: Path, text: str) -> list[Lifecycle]:
    """Those of a jail.conf."""
    return list(lifecycles(conf(folder, text)))


def commands(found: list[Lifecycle]) -> set[str]:
    """All commands of lifecycles, as they are typed."""
    return {step.shown for one in found for step in one.steps if isinstance(step, TypedCommand)}


def test_everything_that_is_done_with_a_jail_is_tried(tmp_path: Path) -> None:
    """By name, by jid, by service; reload, change of each parameter, restart in one run."""
    typed = commands(derived(tmp_path, STATIC))
    verbs = {f"jail {verb} web" for verb in ("-r", "-c", "-rc", "-m", "-cm", "-cmr", "-mr")}
    assert verbs <= typed
    assert {"jail -r 5", "service jail restart web", "service jail restart"} <= typed
    assert "jail -m name=web children.max=0" in typed
    assert "jail -m name=web allow.noraw_sockets" in typed
    assert not any("-d" in word.split() for word in typed)


def test_jails_are_held_in_every_way(tmp_path: Path) -> None:
    """A credential and a stuck process, of one jail and of all; always before the jail stops."""
    found = derived(tmp_path, UNAFFECTED)
    kinds = {(s.jail, s.what) for one in found for s in one.steps if isinstance(s, Linger)}
    assert {("web", Lingering.CREDENTIAL), ("web", Lingering.PROCESS)} <= kinds
    assert ("", Lingering.CREDENTIAL) in kinds
    for one in found:
        holds = any(isinstance(step, Linger) for step in one.steps)
        assert holds == (one.when is When.LINGERS)


def test_a_parent_is_tried_with_its_children(tmp_path: Path) -> None:
    """Start without it, its stop, its restart; a jail without children has none of that."""
    titles = {one.title for one in derived(tmp_path, NESTED)}
    assert {"start without the parent", "stop of the parent"} <= titles
    assert "stop of the parent" not in {one.title for one in derived(tmp_path, UNAFFECTED)}


def test_a_single_jail_is_tried_with_its_family_only(tmp_path: Path) -> None:
    """The file of such a lifecycle has no other blocks; whoever starts all has the whole file."""
    found = derived(tmp_path, PLAIN + "a { persist; }\nb { persist; }\n")
    (alone,) = {tuple((one.files or {}).values()) for one in found if one.jails == ("a",)}
    assert "a {" in alone[0]
    assert "b {" not in alone[0]
    assert {one.files is None for one in found if len(one.jails) == 2} == {True}


def test_a_changed_file_is_loaded(tmp_path: Path) -> None:
    """Something that can be changed at any time, and something that only a restart changes."""
    edits = {
        s.line for one in derived(tmp_path, STATIC) for s in one.steps if isinstance(s, FileEdit)
    }
    assert edits == {"securelevel = 3;", 'path = "/jails/web/new";'}


def test_no_jails_are_no_lifecycles(tmp_path: Path) -> None:
    """Global parameters alone ask for nothing."""
    assert derived(tmp_path, PLAIN) == []


def test_of_many_that_are_alike_some_are_tried_one_by_one(tmp_path: Path) -> None:
    """A jid makes another kind; who has relatives is always tried; all are tried together."""
    alike = "".join(f"a{number} {{ persist; }}\n" for number in range(ALIKE_MAX + 5))
    others = "b { jid = 7; persist; }\nc { persist; }\nd { persist; depend = c; }\n"
    found = conf(tmp_path, PLAIN + alike + others)
    names = [one.name for one in one_by_one(found)]
    assert names == [f"a{number}" for number in range(ALIKE_MAX)] + ["b", "c", "d"]
    (start, *_) = lifecycles(found)
    assert len(start.jails) == ALIKE_MAX + 8
