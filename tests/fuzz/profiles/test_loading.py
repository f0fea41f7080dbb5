"""Reading profiles: what a file may hold, and what is said of one that is wrong."""

from dataclasses import replace

import pytest

from jaildiff.impact.acts import FailsOn, ToolCommand
from jaildiff.profiles.loading import chosen, parse, profiles
from jaildiff.profiles.profile import Profile
from jaildiff.support.errors import InputError

HEAD = """
[[profile]]
name = "tool"
title = "a tool"
basis = "memory"
memory = "all of it"
jails = ["web"]
expected = "nothing"
"""
IDIOMS = 'start = ["jail -c web"]\nstop = ["jail -r web"]\n'
SOURCE = (
    'sources = [{ repository = "a/b", commit = "0123456789ab", path = "c.sh", about = "start" }]\n'
)


def one(text: str) -> Profile:
    """The only profile of a file."""
    (profile,) = parse(text, "tools.toml").values()
    return profile


def complaint(text: str) -> str:
    """What is said of a file."""
    with pytest.raises(InputError) as caught:
        parse(text, "tools.toml")
    return str(caught.value)


def test_a_step_is_a_command_or_a_table() -> None:
    """A text is a command whose status counts; a table says more."""
    profile = one(
        f"{HEAD}"
        "start = ['jail -f - -c web']\n"
        "stop = [{ run = 'jail -r {jid}', stdin = 'f', fails_on = 'stderr', unseen = true }]\n"
        "wait = [{ call = 'p1: jail_get(DYING, jid={jid})', there_if = 'dying=true' }]\n"
    )
    assert profile.idioms == {
        "start": (ToolCommand("jail -f - -c web"),),
        "stop": (ToolCommand("jail -r {jid}", stdin="f", fails_on=FailsOn.STDERR, unseen=True),),
        "wait": (
            ToolCommand("p1: jail_get(DYING, jid={jid})", is_call=True, there_if="dying=true"),
        ),
    }


def test_a_fix_takes_the_place_of_files_and_idioms() -> None:
    """With a fix the tool has the files and idioms of the fix, and the others as before."""
    profile = one(
        f"{HEAD}{IDIOMS}files.a = 'old'\nfiles.b = 'old'\n"
        "[[profile.fix]]\nsays = 'x'\naudience = 'users'\n"
        "files.b = 'new'\nstop = ['jail -R web']\n"
    )
    fixed = profile.with_fix(profile.fixes[0])
    assert fixed == replace(
        profile,
        files={"a": "old", "b": "new"},
        idioms={"start": profile.idioms["start"], "stop": (ToolCommand("jail -R web"),)},
    )


def test_a_restart_is_a_stop_and_a_start() -> None:
    """A tool without a restart of its own does both; one that has it does that."""
    assert one(HEAD + IDIOMS).idiom("restart") == (
        ToolCommand("jail -r web"),
        ToolCommand("jail -c web"),
    )
    own = one(HEAD + IDIOMS + 'restart = ["jail -rc web"]\n')
    assert own.idiom("restart") == (ToolCommand("jail -rc web"),)
    assert own.idiom("destroy") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("profile = 1", "only [[profile]] entries"),
        ("[[profile]]\nname = 'x'\n", "profile x: missing or unknown keys"),
        (HEAD + IDIOMS + "colour = 1\n", "missing or unknown keys ['colour']"),
        ((HEAD + IDIOMS) * 2, "profile tool: there is one of this name"),
        (HEAD.replace("memory", "hearsay", 1) + IDIOMS, "one of source, partly, memory as basis"),
        (HEAD + IDIOMS + SOURCE, "expected sources, unless all of it is from memory"),
        (HEAD.replace('"memory"', '"source"') + SOURCE + IDIOMS, "expected what is from memory"),
        (HEAD + IDIOMS + "notice = 'x'\n", "expected how users notice, unless they do not"),
        (
            HEAD.replace("nothing", "much") + IDIOMS,
            "improves, nothing as expected",
        ),
        (HEAD.replace('["web"]', "[]") + IDIOMS, "at least one jail"),
        (HEAD.replace('"web"', "1") + IDIOMS, "texts as jails"),
        (HEAD + IDIOMS.replace("jail -c", "rm -rf"), "start: a command of jail, jls, jexec"),
        (HEAD + IDIOMS.replace("-c web", "'"), "No closing quotation"),
        (HEAD + IDIOMS + "wait = [{ call = 'p1: jail_eat(1)' }]\n", "wait: p1: jail_eat(1):"),
        (HEAD + IDIOMS + "wait = [{ call = '''\np1: exit()\np1: exit()''' }]\n", "one call"),
        (HEAD + IDIOMS + "wait = [{ stdin = 'x' }]\n", "expected a run or a call"),
        (HEAD + IDIOMS + "wait = [{ run = 'jls', there_if = '(' }]\n", "a regular expression"),
        (HEAD + IDIOMS + "wait = [{ run = 'jls', unseen = 1 }]\n", "true or false as keeps_jid"),
        (HEAD + IDIOMS + "destroy = [{ run = 'jls', there_if = 'x' }]\n", "check and wait only"),
        (HEAD + IDIOMS + "wait = [{ run = 'jls', fails_on = 'x' }]\n", "status, stderr, never"),
        (HEAD + IDIOMS + "wait = 'jls'\n", "a list as wait"),
        (HEAD + IDIOMS + "wait = [1]\n", "a table, found 1"),
        (HEAD + IDIOMS + "files.a = 1\n", "a table of files"),
        (HEAD + IDIOMS + "leaves.a = -1\n", "a table of leaves"),
        (HEAD.replace('"tool"', '""') + IDIOMS, "a text as name"),
        (HEAD + IDIOMS + "fix = [{ says = 'x', audience = 'all' }]\n", "users, authors"),
        (HEAD + IDIOMS + "fix = [{ says = 'x', audience = 'users' }]\n", "that the profile has"),
        (
            f"{HEAD}{IDIOMS}fix = [{{ says = 'x', audience = 'users', wait = ['jls'] }}]\n",
            "that the profile has",
        ),
        (
            HEAD.replace('"memory"', '"partly"') + SOURCE.replace("0123456789ab", "x") + IDIOMS,
            "a commit of 12 to 40 hexadecimal digits",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, expected: str) -> None:
    """A file that is wrong is refused, with the file, the profile and what was expected."""
    message = complaint(text)
    assert message.startswith("tools.toml: ")
    assert expected in message


def test_one_or_all() -> None:
    """A name stands for a profile, `all` for all of them; a slip is helped."""
    assert [profile.name for profile in chosen("iocage")] == ["iocage"]
    assert chosen("all") == list(profiles().values())
    with pytest.raises(InputError, match="did you mean 'iocage'"):
        chosen("iocgae")
