"""Scripts and starting states."""

import json
from pathlib import Path

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.analyze import analyze
from jaildiff.impact.describe.findings import Impact
from jaildiff.impact.reading.given import sorted_out
from jaildiff.impact.source_location import SourceLocation
from tests.impacts import STATIC, UNAFFECTED, by_reason, effects


def of(folder: Path, **texts: str) -> list[Impact]:
    """What is told of files, by their names with _ for the dot."""
    files = [folder / name.replace("_", ".") for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_text(text, encoding="utf-8")
    given = sorted_out(files)
    assert given.errors == []
    return list(analyze(given, LANDED))


def test_a_script_is_told_by_its_lines(tmp_path: Path) -> None:
    """A static jid, a nested update and -d, each with the line of the command."""
    script = (
        "jail -c name=web jid=5 persist\njail -c name=o persist children.max=2\n"
        "jail -c name=o.i persist\njail -m name=o.i securelevel=2\n"
        "jail -r web\njail -c name=web jid=5 persist\njail -d -m name=o children.max=3\n"
    )
    (told,) = of(tmp_path, up_sh=script)
    assert effects(told) == [
        ("breaks", "always", ("nested-refused",)),
        ("changes", "always", ("U2",)),
        ("improves", "while something lingers", ("jid-taken",)),
    ]
    path = str(tmp_path / "up.sh")
    lines = [place for one in told.findings for place in one.places]
    assert lines == [SourceLocation(path, 4), SourceLocation(path, 7), SourceLocation(path, 6)]
    assert told.findings[0].do == ("the script up to line 4", "jail -m name=o.i securelevel=2")
    assert told.findings[0].instead[0].startswith("jexec o jail -m name=i securelevel=2")


def test_a_script_can_stop_the_system_by_jid(tmp_path: Path) -> None:
    """A rename by jid takes the parent's part from the name, and limits can be passed."""
    script = (
        "jail -c name=o persist children.max=2 securelevel=2\njail -c name=o.i jid=7 persist\n"
        "jail -m jid=7 securelevel=1\njail -m jid=7 name=z\n"
    )
    (told,) = of(tmp_path, up_sh=script)
    assert {one.causes[0] for one in told.findings} >= {"nested-update-exceeds-parent"}
    assert {str(one.effect) for one in told.findings} == {"breaks"}


def test_a_script_with_a_jail_conf(tmp_path: Path) -> None:
    """The jail.conf that is given is the one that the script's commands read."""
    script = "service jail start\nservice jail restart web\n"
    conf, told = of(tmp_path, jail_conf=STATIC, up_sh=script)
    assert effects(conf) == effects(told)
    assert told.findings[0].places == (SourceLocation(str(tmp_path / "up.sh"), 2),)


def test_a_script_can_stop_the_jail_that_runs(tmp_path: Path) -> None:
    """It removes what is dying by its jid, and on 15 jail(8) goes on by the name of that."""
    script = "jail -c web\njail -r web\njail -c web\njail -r 999999\n"
    _, told = of(tmp_path, jail_conf=STATIC, up_sh=script)
    assert effects(told) == [
        ("breaks", "while something lingers", ("struck",)),
        ("improves", "while something lingers", ("jid-taken",)),
    ]
    worst = told.findings[0]
    assert worst.places == (SourceLocation(str(tmp_path / "up.sh"), 4),)
    assert worst.after.startswith("works; web does not run")
    assert worst.since == "the kernel of 15.0 (commit ed31b3f4a146, review D28150)"
    assert worst.instead[0].startswith("leave out jail -r 999999 ")


def test_a_script_that_removes_another_jail_by_jid_is_left_alone(tmp_path: Path) -> None:
    """The same number, where no jail of that name is in a jail.conf, does nothing."""
    script = "jail -c web\njail -r web\njail -c web\njail -r 999998\n"
    _, told = of(tmp_path, jail_conf=STATIC, up_sh=script)
    assert effects(told) == [("improves", "while something lingers", ("jid-taken",))]


def test_a_command_without_the_option_is_told_as_it_was_typed(tmp_path: Path) -> None:
    """The name of the jail.conf that is run stays out of it."""
    script = "jail -c web\njail -d -m web\n"
    _, told = of(tmp_path, jail_conf=UNAFFECTED, up_sh=script)
    (finding,) = told.findings
    assert finding.do == ("the script up to line 2", "jail -d -m web")
    assert finding.instead == ("jail -m web",)


def test_a_state_alone(tmp_path: Path) -> None:
    """A nested jail that runs cannot be changed on 15; the others can."""
    rows = [
        {"jid": 1, "name": "a", "dying": False, "children.max": 2},
        {"jid": 2, "name": "a.b", "dying": False, "parent": 1},
        {"jid": 3, "name": "c", "dying": True},
    ]
    (told,) = of(tmp_path, state_json=json.dumps({"jail-information": {"jail": rows}}))
    assert effects(told) == [("breaks", "always", ("nested-refused",))]
    assert told.findings[0].jails == ("a.b",)


def test_a_jail_conf_on_a_system_where_a_jail_is_dying(tmp_path: Path) -> None:
    """A dying jail with the jid that the file gives is in the way of the first start, on 14."""
    rows = [{"jid": 5, "name": "old", "dying": True}]
    state = json.dumps({"jail-information": {"jail": rows}})
    (told,) = of(tmp_path, state_json=state, jail_conf=STATIC)
    assert by_reason(told, "jid-taken").do == ("jail -c",)
    (alone,) = of(tmp_path, state_json=state, jail_conf=UNAFFECTED)
    assert alone.findings == []
