"""jail_userland/jail/state.py."""

from tests.sessions import boot, names, run, said

TREE = "persist; a { } b { depend=a; } c { depend=b; }"


def up(answer: dict[str, list[list[object]]]) -> list[str]:
    """The names of the jails that run."""
    return sorted(name for _, name, state in names(answer) if state == "alive")


def test_what_a_jail_depends_on_is_started_first() -> None:
    """As part of the same run."""
    assert said(run(boot(TREE), "jail -c c")) == ("a: created\nb: created\nc: created\n", "", 0)


def test_what_depends_on_a_jail_is_stopped_first() -> None:
    """The other way round."""
    machine = boot(TREE)
    run(machine, "jail -c")
    assert said(run(machine, "jail -r a")) == ("c: removed\nb: removed\na: removed\n", "", 0)


def test_a_restart_leaves_what_depends_on_it_stopped() -> None:
    """Silently, and with exit status 0."""
    machine = boot(TREE)
    run(machine, "jail -c")
    answer = run(machine, "jail -rc a")
    assert (up(answer), answer["exit"]) == (["a"], 0)


def test_a_failed_dependency_is_skipped() -> None:
    """What depends on it is not started."""
    conf = "persist; a { path=/nope; } b { depend=a; }"
    answer = run(boot(conf), "jail -c b")
    message = "jail: a: path /nope: No such file or directory\njail: b: skipped\n"
    assert said(answer) == ("", message, 1)


def test_an_unknown_dependency_fails_that_jail() -> None:
    """It is said whichever jail is meant."""
    conf = "persist; a { } b { depend=nope; }"
    message = 'jail: b: depends on undefined jail "nope"\n'
    assert said(run(boot(conf), "jail -c a")) == ("a: created\n", message, 0)
    assert said(run(boot(conf), "jail -c b")) == ("", message, 1)


def test_a_loop_is_found() -> None:
    """One member is named, and nothing of the loop is done."""
    conf = "persist; a { depend=b; } b { depend=a; } c { }"
    answer = run(boot(conf), "jail -c")
    assert (up(answer), answer["stderr"]) == (["c"], "jail: a: dependency loop\n")


def test_a_jail_below_another_needs_it_to_exist() -> None:
    """If both are in the file: the parent is started with it."""
    conf = "persist; a { children.max=3; } a.b { }"
    assert up(run(boot(conf), "jail -c a.b")) == ["a", "a.b"]


def test_a_short_name_behind_a_long_one_waits_for_itself() -> None:
    """The buffer for the parent's name only grows, and is filled to its size: a jail whose whole
    name fits in is its own parent, and nothing is done, silently; one that is cut has none.
    """
    conf = "persist; children.max=3; PARENT.k { } a { children.max=4; } a.long { }"
    itself = run(boot(conf.replace("PARENT", "longer")), "jail -c a.long")
    assert said(itself) == ("", "", 0)
    none = run(boot(conf.replace("PARENT", "aaa")), "jail -c a.long")
    assert said(none) == ("", 'jail: a.long: jail "a" not found\n', 1)
    assert up(run(boot(conf.replace("PARENT", "b")), "jail -c a.long")) == ["a", "a.long"]


def test_all_of_a_file_stop_from_the_last() -> None:
    """And start from the first."""
    machine = boot("persist; a { } b { }")
    assert said(run(machine, "jail -c"))[0] == "a: created\nb: created\n"
    assert said(run(machine, "jail -r *"))[0] == "b: removed\na: removed\n"


def test_running_jails_match_a_wildcard() -> None:
    """Of -R: whatever the file says."""
    machine = boot()
    run(machine, "jail -c name=a persist children.max=2")
    run(machine, "jail -c name=a.b persist")
    assert said(run(machine, "jail -R a.*")) == ("a.b: removed\n", "", 0)


def test_without_a_file_depend_is_on_what_runs() -> None:
    """And the jail that is found there joins in, and is said to exist."""
    machine = boot()
    run(machine, "jail -c name=y persist")
    missing = 'jail: depends on nonexistent jail "z"\n'
    assert said(run(machine, "jail -c name=x depend=z persist")) == ("", missing, 1)
    exists = 'jail: "y" already exists\n'
    assert said(run(machine, "jail -c name=x depend=y persist")) == ("", exists, 1)
