from dataclasses import replace

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.findings.baseline import load
from jaildiff.findings.reproduce.forms.as_atf import atf
from jaildiff.findings.reproduce.forms.shell_words import Words
from jaildiff.findings.reproduce.plan import InexpressibleError, Plan, Release
from jaildiff.findings.reproduce.planning import plan
from jaildiff.findings.reproduce.telling import tell_program
from jaildiff.kernels.named import kernel
from tests.programs import CORPUS, NESTED, REUSED, ZOMBIE_5, corpus_script, program, script

BASELINE = load(None, LANDED)


def planned(*lines: str) -> Plan:
    """The plan of a program of which the old kernel is right."""
    return plan(program(*lines), LANDED.old, LANDED.new)


def commands(found: Plan) -> list[str]:
    """Its commands, as a script has them."""
    words = Words()
    return [words.line(one.words) for one in found.actions if not isinstance(one, Release)]


def test_commands_of_the_system_where_they_do_the_same() -> None:
    """jail(8) and jls(8) stand for calls that they make just so."""
    found = planned(*REUSED, "p1: jail_get(DYING, jid=5)")
    assert commands(found)[-2:] == ["jail -c jid=5 persist", "jls -d -j 5 jid name persist dying"]
    assert found.shown_at == 4


@pytest.mark.parametrize(
    ("line", "command"),
    [
        # jail(8) refuses what is unknown without a call.
        ("jail_set(CREATE, jid=5, persist, odd)", "jailcall set create jid=i:5 persist odd"),
        # It never creates and updates in one call, nor brings a dying jail back.
        ("jail_set(CREATE|UPDATE, jid=5, persist)", "jailcall set create,update jid=i:5 persist"),
        ("jail_set(UPDATE|DYING, jid=5)", "jailcall set update,dying jid=i:5"),
        # A child of p1's that is in the jail can make no call after its end.
        ("jail_set(0x200, jid=5)", "jailcall set 512 jid=i:5"),
    ],
)
def test_other_calls_are_made_as_they_are(line: str, command: str) -> None:
    """What jail(8) does not do is a `jailcall`."""
    found = planned(*ZOMBIE_5, f"p1: {line}", REUSED[-1])
    assert command in commands(found)


def test_an_update_by_name_alone() -> None:
    """jail(8) would add the jid, and with it meet a mistake that the call does not meet."""
    lines = (
        'p1: jail_set(UPDATE, name="a.b", securelevel=1)',
        "p1: jail_set(UPDATE, jid=2, securelevel=0)",
    )
    found = planned(*NESTED, "p1: jail_set(UPDATE, jid=1, securelevel=1)", *lines)
    assert "jailcall set update name=s:a.b securelevel=i:1" in commands(found)


def test_calls_from_inside() -> None:
    """A process in a jail makes its calls from there, and is there until it exits."""
    found = planned(
        *NESTED,
        "p1: fork() = p2",
        "p2: jail_attach(1)",
        'p2: jail_set(UPDATE, jid=2, name="b")',
        'p1: jail_set(UPDATE, jid=2, name="z")',
    )
    assert commands(found)[2:4] == [
        'jailcall attach "${j1}"',
        'jailcall -j "${j1}" set update jid=i:"${j2}" name=s:b',
    ]


def test_a_killed_process_is_held() -> None:
    """Really it is gone at once: until its exit in the program a holder stands for it."""
    lines = ("p1: fork() = p2", "p2: jail_set(CREATE|ATTACH, jid=5)", "p1: jail_remove(5)")
    found = planned(*lines, "p1: jail_set(CREATE, jid=5, persist)", "p2: exit()")
    names = [getattr(one, "name", None) for one in found.actions]
    assert names == ["p2", "h2", None, "p2", None, "h2"]
    assert commands(found)[1] == "jailcall -j 5 hold"


def test_what_a_killed_process_tries_is_left_out() -> None:
    """It makes no call, so the script makes none for it."""
    lines = (*REUSED[:-3], "p1: jail_remove(5)", "p2: jail_get(0, jid=5)", REUSED[-1])
    assert (
        len(
            commands(
                planned(*REUSED[:2], "p1: jail_remove(5)", "p2: jail_get(0, jid=5)", REUSED[-1])
            )
        )
        == 4
    )
    assert lines


def test_a_difference_that_no_answer_shows_is_looked_for() -> None:
    """Where both kernels answer alike but part, the jails that differ are asked for."""
    found = planned(*NESTED, 'p1: jail_set(UPDATE, jid=2, name="z")')
    assert commands(found)[-1] == 'jls -d -j "${j2}" jid name'


def test_chosen_jids_are_kept_in_variables() -> None:
    """A jid that the kernel chooses is another one on another machine, and so is a name from it."""
    found = planned(
        "p1: jail_set(CREATE, persist, children.max=2)",
        'p1: jail_set(CREATE, name="1.b", persist)',
        "p1: jail_set(UPDATE, jid=2, securelevel=3)",
        "p1: jail_set(UPDATE, jid=1, securelevel=2)",
        "p1: jail_set(UPDATE, jid=2, securelevel=1)",
    )
    assert commands(found)[1] == 'jail -i -c name="${j1}".b persist'


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("$ jail -c jid=5 persist",), "step 0: scripts are made of calls"),
        (("poke(lastprid=5)",), "step 0: no system call does this: poke"),
        (("p1: jail_set(CREATE, jid=5, persist)",), "alike"),
        (("p1: fork() = p2", "p1: fork_begin() = p3"), "step 1: no system call does this"),
    ],
)
def test_what_no_script_can_do(lines: tuple[str, ...], why: str) -> None:
    """The reason is given, with the step if there is one."""
    with pytest.raises(InexpressibleError, match=why):
        planned(*lines)


def test_another_jail_max() -> None:
    """A small jid range needs a kernel of its own."""
    with pytest.raises(InexpressibleError, match="JAIL_MAX 6"):
        plan(program(*REUSED, jail_max=6), LANDED.old, LANDED.new)


# WHO IS RIGHT


@pytest.mark.parametrize(
    ("rule", "wanted", "other"),
    [
        ("dying-jid-reused", "new", "legacy"),  # intended
        ("resurrection-withdrawn", "new", "legacy"),
        ("alive-without-references", "new", "legacy"),  # a bug of the old kernel
        ("failed-create-renumbers", "new+N3-failed-create-corrected", "new"),
        ("nested-update-refused", "new+N1-presumed-parent-corrected", "new"),
        ("foreign-dying-jail-renumbered", "new+N4-foreign-dying-jail-corrected", "new"),
    ],
)
def test_which_kernel_is_right(rule: str, wanted: str, other: str) -> None:
    """The one without the bug; of a known one that where nothing but it is corrected."""
    script = corpus_script(CORPUS / "rules" / f"{rule}.jd")
    told = tell_program(script, LANDED, BASELINE, None)
    assert (told.wanted.name, told.other.name) == (wanted, other)


def test_which_kernel_is_right_can_be_said() -> None:
    """With --expect it is whichever is named."""
    script = corpus_script(CORPUS / "rules" / "failed-create-renumbers.jd")
    told = tell_program(script, LANDED, BASELINE, "legacy")
    assert (told.wanted.name, told.other.name) == ("legacy", "new")


# PANICS


def test_a_panic_is_not_risked() -> None:
    """If the other kernel panics, an ATF test is skipped there unless that is allowed."""
    script = corpus_script(CORPUS / "rules" / "lost-parent-panic.jd")
    told = tell_program(script, LANDED, BASELINE, None)
    found = plan(script.program, told.wanted, kernel("new"))
    assert "would panic" not in atf(told, found)
    text = atf(told, replace(found, panics=True))
    assert "atf_skip 'it would panic this kernel; set allow_panic to yes to see that'" in text
    assert "# A kernel that answers otherwise panics here." in text


def test_jids_of_dying_jails_are_counted() -> None:
    """They are variables of the script, unless the program asks for such a jid itself."""
    lines = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist)", "p1: jail_get(DYING, jid=999999)")
    found = plan(program(*lines), LANDED.new, LANDED.old)
    assert found.dead == {999999: "j999999"}
    assert commands(found)[-1] == 'jls -d -j "${j999999}" jid dying'
    assert found.needs_jailcall
    named = (*lines[:-1], "p1: jail_set(CREATE, jid=999999, persist)", *lines[-1:])
    found = plan(program(*named), LANDED.new, LANDED.old)
    assert commands(found)[-1] == "jls -d -j 999999 jid dying"


def test_a_failure_that_names_such_a_jid() -> None:
    """Of its message nothing is expected in ATF but that there is one."""
    lines = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist)", "p1: jail_get(0, jid=999999)")
    found = plan(program(*lines), LANDED.new, LANDED.old)
    told = tell_program(script(*lines), LANDED, BASELINE, "new")
    assert '-e not-empty jls -j "${j999999}" jid dying' in atf(told, found)
