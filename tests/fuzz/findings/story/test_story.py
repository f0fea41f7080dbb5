import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaildiff.differ import attribution
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.advice import Audience
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.differ.verdict.landed.echoes import ECHO_RULES
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.differ.walk import Violation
from jaildiff.findings.story.scene import Scenes
from jaildiff.findings.story.story import Story, tell, verdict
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from tests.house.tools import ROOT
from tests.programs import (
    CORPUS,
    NESTED,
    REUSED,
    ZOMBIE_5,
    corpus_files,
    corpus_script,
    program,
    without_rules,
)

ANSWERED = "(Both kernels answer alike: each|Each kernel|The old kernel .*; the new kernel) "


def stories(*lines: str) -> list[Story]:
    shown = program(*lines)
    return tell(shown, diff(shown, LANDED))


def whole(program: Program, report: Report) -> None:
    """Every finding of a program has a story with all that a story must have."""
    told = tell(program, report)
    found: list[Divergence | Violation] = [*report.divergences, *report.violations]
    assert len(told) == len(found)
    for story, about in zip(told, found, strict=True):
        assert all(s[0] == s[0].upper() and s.endswith(".") for s in story.sentences)
        begins = ("What to do: ", *(f"{audience}: " for audience in Audience))
        assert story.advice
        assert all(line.startswith(begins) for line in story.advice)
        if about.step < len(program.calls):
            assert story.did.startswith(f"Step {about.step}: ")
            assert re.search(
                "both kernels|each kernel|old kernel.*new kernel", story.answered, re.IGNORECASE
            )
        if not isinstance(about, Violation):
            assert str(about.verdict) in story.verdict or about.rule is None
            assert story.cause


@pytest.mark.parametrize("path", corpus_files(), ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    """Each finding of the corpus names step, both answers, verdict, cause and advice."""
    found = corpus_script(path).program
    whole(found, diff(found, LANDED))


@settings(max_examples=100)
@given(st.integers(0, 2**32), st.integers(0, 1000))
def test_generated(seed: int, number: int) -> None:
    """Whatever is generated can be told, and is told in the same words again."""
    found = generate(seed, number)
    report = diff(found, LANDED)
    whole(found, report)
    assert tell(found, report) == tell(found, report)


@pytest.mark.parametrize("ident", RULEBOOK.by_id)
def test_witness_of_each_rule(ident: str) -> None:
    """The story of a rule's witness has its title, its rationale, its reference and its advice."""
    found = RULEBOOK.by_id[ident]
    shown = corpus_script(CORPUS / found.witness).program
    report = diff(shown, LANDED)
    told = [
        story
        for story, about in zip(tell(shown, report), report.divergences, strict=False)
        if about.rule == found.id and (about.kind == "echo") == (found in ECHO_RULES)
    ]
    assert told
    for story in told:
        assert story.verdict.startswith("This is ")
        assert found.title in story.verdict
        assert found.rationale == story.why
        assert found.reference in story.says
        assert {*story.advice} <= {one.line for one in found.advice}


def test_root() -> None:
    """A root is told with its caller, both answers, what differs since and what it met."""
    (story,) = stories(*REUSED)
    assert story.did == "Step 4: The host asks to create jail 5, with persist."
    assert story.answered == (
        'The old kernel refuses with EEXIST ("jail 5 already exists"); '
        "the new kernel succeeds with jail 5."
    )
    assert story.after.startswith(
        'From then on the dying jail is 5 on the old kernel and 999999 on the new one, named "a", '
        'held by the holder "r"; jail 5 on the old kernel is the one that step 1 made, dying, '
        'named "a", held by the holder "r", and on the new one it is the one that step 4 made, '
        "alive; "
    )
    assert 'Jail 5 has been dying since step 3, held by the holder "r".' in story.cause


def test_root_on_states_that_differ() -> None:
    """Where the states differ already, it is told since when, and what one state would answer."""
    *_, story = stories(*REUSED, "p1: jail_set(UPDATE|DYING, jid=5, persist)")
    assert story.answered == "Both kernels answer alike: each succeeds with jail 5."
    assert (
        "From one state, the old kernel succeeds with jail 5; "
        'the new kernel refuses with ENOENT ("jail 5 not found").'
    ) in story.cause
    assert "Since step 4 this differs: jail 5 on the old kernel is the one that" in story.cause


def test_holder_that_keeps_another_jail() -> None:
    """What a holder keeps is nothing that a user sees, but it is told when it lets go."""
    enter = ("p1: fork() = p3", "p3: jail_attach(5)", "p3: hold(s)", "p3: exit()")
    found = program(*REUSED, *enter, "drop(s)")
    last = len(found.calls) - 1
    assert Scenes(found, LANDED, {last}).found[last].facts == (
        'on the old kernel, the holder "s" keeps the host',
        'on the new kernel, the holder "s" keeps jail 5',
    )


def test_removal_reaches_what_lies_below() -> None:
    """A removal meets the jails below the one it names."""
    alive = "p1: jail_set(UPDATE|DYING, jid=2)"
    below = ('p2: jail_set(CREATE|ATTACH, jid=2, name="a.b")', "p2: hold(r)", "p2: exit()")
    first = 'p1: jail_set(CREATE, jid=1, name="a", persist, children.max=5)'
    told = stories(first, "p1: fork() = p2", *below, alive, "p1: jail_remove(1)")
    (story,) = [story for story in told if "panics" in story.answered]
    assert (
        'Since step 5 this differs: jail 2 is alive, named "a.b" on the old kernel and dying, '
        'named "a.b", held by the holder "r" on the new one; this call removes that jail, too.'
    ) in story.cause


def test_echo_names_the_way() -> None:
    """An echo says which step it comes from and through which jail and state."""
    _, story = stories(*REUSED, "p1: jail_attach(5)")
    assert story.verdict.startswith("This follows from step 4, which is intended: ")
    assert story.cause == (
        "Both kernels treat this call alike; the difference comes from step 4. If both kernels "
        "take that step alike, or not at all, they agree here. On the old kernel, jail 5 has been "
        'dying since step 3, held by the holder "r". Since step 4 this differs: jail 5 on the '
        'old kernel is the one that step 1 made, dying, named "a", held by the holder "r", and on '
        "the new one it is the one that step 4 made, alive; this call asks for that jid."
    )


def test_echo_through_a_name() -> None:
    """A name that only one kernel has is the way to a later question."""
    rename = 'p1: jail_set(UPDATE, jid=2, name="z")'
    _, story, _ = stories(*NESTED, rename, 'p1: jail_get(0, name="z")')
    assert (
        'Since step 2 this differs: the name "z" means no jail on the old kernel and jail 2 on '
        "the new one; this call asks for that name."
    ) in story.cause


def test_echo_of_an_echo() -> None:
    """The way may lead over a step that is an echo itself."""
    *_, story = stories(*REUSED, "drop(r)", "p1: jail_set(UPDATE|DYING, jid=5, persist)")
    assert "the difference comes from step 4" in story.cause
    assert "Since step 5 this differs: jail 5 is there on the new kernel only" in story.cause


def test_only_what_is_known_is_said() -> None:
    """Where no difference that the call meets comes from the cause, none is named."""
    shown = program(*REUSED, "p1: jail_attach(5)")
    report = diff(shown, LANDED)
    root, echo = report.divergences
    for causes in ((), (echo.step,)):
        odd = replace(report, divergences=(root, replace(echo, causes=causes)))
        assert "Since" not in tell(shown, odd)[1].cause


def test_violation() -> None:
    """A broken invariant is told with the kernel, the jail and what is wrong with it."""
    _, story = stories(*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)")
    assert story.verdict == (
        "This is a bug of the old kernel, mended by the patch: it no longer holds that an alive "
        "jail has a user reference."
    )
    assert story.after == "From then on jail 5 is wrong with the old kernel: alive with pr_uref 0."
    assert (
        "It comes from step 4 (alive-without-references): if the kernel does not take that step, "
        "or takes it as the other one does, nothing is wrong here."
    ) in story.cause


def test_what_is_left_behind() -> None:
    """What is found after the last step is told as that."""
    shown = program("p1: exit()")
    kind = BugKind.LEAKED_REFERENCE
    left = Violation(1, "new", "nothing-left-behind", kind, 0, "jail 5: ref 1, uref 0")
    (story,) = tell(shown, Report(LANDED, (), (), (left,)))
    assert story.did == "After the last step everything is taken away, jails and holders."
    assert story.after == "With the new kernel it ends otherwise: jail 5: ref 1, uref 0."


def test_unexplained(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no rule claims is told without a reason, but not without advice."""
    without_rules(monkeypatch)
    (story,) = stories(*REUSED)
    assert story.verdict == "This is not explained: No rule claims it."
    assert (story.why, story.says) == ("", "")
    assert "write a rule" in story.advice[0]


@pytest.mark.parametrize("name", ["a\\u202eb", "x\\ny", "<b>&", "[red]"])
def test_odd_names_are_quoted(name: str) -> None:
    """No byte of a name gets into a sentence but as JSON shows it, in quotes."""
    told = stories(
        "p1: fork() = p2",
        f'p2: jail_set(CREATE|ATTACH, jid=5, name="{name}")',
        f'p2: hold("{name}")',
        "p2: exit()",
        f'p1: jail_set(CREATE|UPDATE|DYING, name="{name}", persist)',
    )
    assert told
    text = " ".join(text for story in told for text in story.sentences)
    assert text.isprintable()
    assert f'"{name}"' in text
    assert name not in text.replace(f'"{name}"', "")


def test_readme_tells_the_story() -> None:
    """The sentences that README.md shows are those of the program that it shows."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.partition("tells it in sentences:")[2].partition("## Commands")[0]
    shown = " ".join(block.split()).split(" [...] ")
    found = corpus_script(CORPUS / "rules" / "failed-create-renumbers.jd").program
    (story,) = tell(found, diff(found, LANDED))
    told = " ".join(story.sentences)
    assert len(shown) == 2
    assert [part for part in shown if part not in told] == []


def test_each_difference_has_its_own_step() -> None:
    """Of a jail whose parameters came to differ one after another each is told with its step."""
    update = 'p1: jail_set(UPDATE, jid=5, host.hostname="h")'
    remove = ("p1: fork() = p3", "p3: jail_attach(5)", "p3: hold(s)", "p1: jail_remove(5)")
    found = program(*REUSED, update, *remove, "p1: jail_get(DYING, jid=5)")
    last = len(found.calls) - 1
    links = Scenes(found, LANDED, {last}).found[last].links
    assert {link.since for link in links if link.difference.startswith("jail 5 on")} == {4, 5}


def test_causes_of_several_rules() -> None:
    """An echo of several steps is what the gravest of them is, and it is said so."""
    root = replace(diff(program(*REUSED), LANDED).divergences[0], causes=(1, 2))
    echo = replace(root, kind="echo")
    one = {step: replace(root, step=step) for step in (1, 2)}
    assert verdict(echo, one, LANDED).startswith(
        "this follows from steps 1 and 2, which is intended"
    )
    other = one | {2: replace(root, step=2, rule="failed-create-renumbers")}
    assert "steps 1 and 2, the gravest of which is intended" in verdict(echo, other, LANDED)


def test_a_cause_that_changed_nothing() -> None:
    """A failure that only lets a later step go otherwise is named as a cause, but what the echo is
    is said by that later step.
    """
    *_, story = stories(
        *REUSED[:-1],
        "poke(lastdeadid=1)",
        "p1: jail_set(CREATE, jid=5, persist)",
        "p1: jail_set(CREATE, jid=5, persist)",
        "p1: jail_get(DYING, lastjid=5)",
    )
    assert story.verdict.startswith("This follows from step 6, which is intended: ")
    assert (
        "the difference comes from steps 5 and 6. If both kernels take these steps alike, or none "
        "of them, they agree here. At step 5 both kernels refuse and nothing comes to differ, but "
        "without it a later step would go otherwise." in story.cause
    )


TWO_NAMES = (
    *NESTED,
    'p1: jail_set(CREATE, name="a.c", persist)',
    'p1: jail_set(UPDATE, jid=2, name="z")',
    'p1: jail_set(UPDATE, jid=3, name="z")',
    'p1: jail_get(0, name="z")',
)


def test_a_step_that_would_do_as_well() -> None:
    """Where a spared step does the same, the story does not say that they agree without the other;
    where the call is a root without it, it says that.
    """
    (cause,) = (s.cause for s in stories(*TWO_NAMES) if s.did.startswith("Step 5: "))
    assert (
        "Without step 4 alone, step 3 makes them differ here; without all of these they agree. "
        "Step 3 is not needed: without, much the same is seen here." in cause
    )
    assert "not at all" not in cause
    *_, story = stories(*REUSED, "p1: jail_set(UPDATE, jid=5, securelevel=1)")
    assert story.cause.startswith(
        "From one state both kernels refuse this call with one error, in other words; the "
        "difference comes from step 4. Without that step the kernels would treat this very call "
        "differently."
    )


def test_what_is_stale_is_named() -> None:
    """The parameters of the first life are shown, wherever the new jail is."""
    *_, story = stories(
        "p1: fork() = p2",
        'p2: jail_set(CREATE|ATTACH, name="a", host.hostname="www1")',
        "p1: jail_remove(1)",
        'p1: jail_set(CREATE|UPDATE|DYING, name="a", persist)',
    )
    assert story.cause.endswith(
        'the jail has host.hostname="www1" on the old kernel and host.hostname="" on the new one.'
    )


def test_jids_that_mean_two_jails_alike() -> None:
    """That a jid means two jails is told though a user sees them alike, and is told once."""
    *_, root, echo = stories(
        *ZOMBIE_5,
        'p1: jail_set(CREATE|UPDATE|DYING, jid=5, name="a", persist)',
        "p1: fork() = p3",
        "p3: jail_attach(5)",
        "p1: jail_get(DYING, lastjid=5)",
    )
    two = "jail 5 on the old kernel is the one that step 1 made, alive"
    assert two in root.after
    assert two not in echo.after


def test_what_was_said_of_a_jid_is_not_said_again() -> None:
    """Of a jid that goes on to mean two jails only what came to differ is told, with its values."""
    *_, made, updated, below = stories(
        *REUSED,
        'p1: jail_set(CREATE, name="5.b", persist)',
        'p1: jail_set(UPDATE, jid=5, host.hostname="x")',
        'p1: jail_set(CREATE, name="5.b.c", persist)',
    )
    assert made.after.startswith(
        "From then on jail 5, another on each kernel, has children.cur=0 on the old kernel and "
        "children.cur=1 on the new one; "
    )
    assert updated.after == (
        'From then on jail 5, another on each kernel, has host.hostname="" on the old kernel and '
        'host.hostname="x" on the new one.'
    )
    assert "jail 1 is there on the new kernel only" in made.after
    assert "jail 1 is there" not in below.after


def test_a_name_that_a_nested_jail_has() -> None:
    """Of the jail that a call names, beside the one that it asks for by its jid, it is told that it
    has the name; where it lies is nothing to the call.
    """
    (story,) = stories(
        *NESTED,
        'p1: jail_set(CREATE, name="a.c", persist)',
        'p1: jail_set(UPDATE, jid=2, name="a.c")',
    )
    assert "Jail 2 lies in jail 1, not directly on the host." in story.cause
    assert story.cause.endswith("The name that the call gives is that of jail 3, which is alive.")


def test_a_name_that_only_a_jail_means() -> None:
    """A name that means the same on the host is told as it is seen from the jail that means
    different jails by it.
    """
    story, _ = stories(
        "p1: fork() = p2",
        'p2: jail_set(CREATE|ATTACH, name="a")',
        'p1: jail_set(CREATE, name="a.b", persist)',
        'p1: jail_set(UPDATE, jid=2, name="c")',
    )
    assert story.after.endswith(
        'seen from within jail 1, the name "b" means no jail on the old kernel and jail 2 on the '
        "new one."
    )


def test_a_name_is_told_with_the_state_and_not_again() -> None:
    """Where the state differs the name stands beside it, on either kernel."""
    (story,) = stories(*ZOMBIE_5, 'p1: jail_set(UPDATE|DYING, jid=5, name="b", persist)')
    assert story.after.startswith(
        'From then on jail 5 is alive, named "b" on the old kernel and dying, named "a", held by '
        'the holder "r" on the new one, and has persist=true on the old kernel and persist=false '
        "on the new one; "
    )


def test_nothing_follows_a_panic() -> None:
    """After a panic nothing is told to differ from then on."""
    *_, panic, _ = stories(
        *ZOMBIE_5,
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p1: jail_set(CREATE, name="a.b", persist)',
    )
    assert "panics" in panic.answered
    assert not panic.after


def test_a_jid_that_was_only_tried() -> None:
    """A create that fails tries a jid; it does not change the jail that has it elsewhere."""
    *_, story = stories(
        "p1: fork() = p2",
        "p2: jail_set(CREATE|ATTACH, jid=2)",
        "p2: hold(r)",
        "p2: exit()",
        'p1: jail_set(CREATE, name="a", persist)',
        "p1: jail_set(CREATE, jid=2, persist, nonsense)",
        "p1: jail_set(CREATE, persist, nonsense)",
    )
    assert "this call tries that jid" in story.cause


def test_long_names_are_cut() -> None:
    """A name of 200 bytes does not hide the rest of a sentence."""
    (story,) = stories(*ZOMBIE_5, f'p1: jail_set(CREATE, jid=5, name="{"x" * 200}", persist)')
    assert f'named "{"x" * 29}...{"x" * 11}", with persist.' in story.did


def test_an_echo_that_is_not_attributed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names no step, and says that none was found out."""
    monkeypatch.setattr(attribution, "BUDGET", 0)
    monkeypatch.setattr(attribution, "BUDGET_PER_CALL", 0)
    _, echo = stories(*REUSED, "p1: jail_get(DYING, jid=5)")
    assert echo.verdict.startswith("This follows from earlier steps, the gravest of which is ")
    assert echo.cause.startswith("Which earlier steps it comes from was not found out")
