import re
from collections.abc import Iterator

from jail_kernel.jail_get import View, host_view
from jail_kernel.reference import DYING
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.findings.story.scene import Link, Scenes
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program
from tests.programs import NESTED, REUSED, ZOMBIE_5, generated, program

RENAMED = 'p1: jail_set(UPDATE, jid=2, name="a.z")'
Views = dict[int, View]
DEAD = re.compile(r"jail (\d+) has been dying since step (\d+)")
JAIL = re.compile(r"jail (\d+) (is|has|on the old kernel is) ")


def views(program: Program, steps: int) -> list[tuple[Views, Views]]:
    """What the host reads of all jails of both kernels before each step, without a lockstep."""
    kernels = boot(program), boot(program)
    found = []
    for call in program.calls[: steps + 1]:
        one, other = ({pr.jid: host_view(pr) for pr in k.allprison} for k in kernels)
        found.append((one, other))
        for model, k in zip((LEGACY, NEW), kernels, strict=True):
            model.step(k, call)
    return found


def told() -> Iterator[tuple[Program, int, tuple[str, ...], list[Link]]]:
    """Facts and links of the divergences of generated programs, and their steps."""
    for some in generated(11, 150):
        steps = {divergence.step for divergence in diff(some, LANDED).divergences}
        for step, scene in Scenes(some, LANDED, steps).found.items():
            yield some, step, scene.facts, scene.links


def test_facts_and_links_hold() -> None:
    """Jails have been dying, and have differed, before each step since the one that is named."""
    dead = differing = 0
    for some, step, facts, links in told():
        seen = views(some, step)
        for fact in facts:
            for jid, since in DEAD.findall(fact):
                dead += 1
                side = 1 if fact.startswith("on the new kernel") else 0
                assert DYING in seen[step][side][int(jid)]
                assert any(DYING in view for view in seen[int(since) + 1][side].values())
        for link in links:
            found = JAIL.match(link.difference)
            if found:
                differing += 1
                jid_of = int(found[1])
                between_both = seen[link.since + 1 : step + 1]
                assert between_both
                assert all(one.get(jid_of) != other.get(jid_of) for one, other in between_both)
    assert dead > 30
    assert differing > 100


def test_only_the_steps_asked_for() -> None:
    """No scene is made of a step that nothing is told of."""
    found = Scenes(program(*REUSED, "p1: jail_attach(5)"), LANDED, {4}).found
    assert found.keys() == {4}
    assert Scenes(program(*ZOMBIE_5), LANDED, set()).found == {}


def test_who() -> None:
    """A caller is named by where it is, on either kernel."""
    lines = (*REUSED, "p1: fork() = p3", "p3: jail_attach(5)", "p3: exit()", "p9: exit()")
    shown = program(*lines, "p1: jail_attach(5)", "p1: exit()")
    scenes = Scenes(shown, LANDED, set(range(len(shown.calls)))).found
    assert [scenes[step].who for step in (0, 1, 7, 8, 10)] == [
        "the host",
        "process 2, on the host,",
        "process 3 (on the host on the old kernel, in jail 5 on the new one)",
        "process 9, which does not exist,",
        "process 1 (on the host on the old kernel, in jail 5 on the new one)",
    ]


def ways(*lines: str) -> list[tuple[str, str]]:
    """By what the last call meets what differs, and how."""
    found = program(*lines)
    last = len(found.calls) - 1
    links = Scenes(found, LANDED, {last}).found[last].links
    return [
        (link.difference.partition(" has ")[0].partition(" is ")[0], link.meets) for link in links
    ]


def test_a_caller_that_is_elsewhere() -> None:
    """Where the caller is matters, and not what differs of the jails that it is in; it does if the
    caller is in the same jail.
    """
    entered = (*NESTED, 'p1: jail_set(UPDATE|ATTACH, jid=2, name="a")')
    create = "p1: jail_set(CREATE, persist)"
    assert ("jail 2", "may make a jail below it") not in ways(*entered, create)
    assert ("process 1", "comes from that process") in ways(*entered, create)
    inside = (*NESTED, "p1: fork() = p2", "p2: jail_attach(2)", RENAMED)
    assert ("jail 2", "comes from that jail") in ways(*inside, "p2: jail_set(CREATE, persist)")


def test_a_fork_changes_no_jail() -> None:
    """What differs of a jail is no way by which a fork in it comes to differ."""
    entered = (*NESTED, 'p1: jail_set(UPDATE|ATTACH, jid=2, name="a")')
    assert ways(*entered, "p1: fork() = p2") == [("process 1", "comes from that process")]
