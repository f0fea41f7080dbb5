import pytest

from jail_kernel.call import JailSet
from jaildiff.findings.story.limit_words import limit_words
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.commands.host_state import boot
from tests.programs import NESTED, program

INSIDE = (*NESTED, "p1: fork() = p2", "p2: jail_attach(1)")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("p1: jail_set(UPDATE, jid=2, enforce_statfs=1)", "is less than that of jail 1 (2)"),
        ("p1: jail_set(UPDATE, jid=2, children.max=5)", "is not less than that of jail 1 (5)"),
        (
            'p1: jail_set(UPDATE, jid=2, ip6.addr=["::2"])',
            "has addresses that jail 1 does not have",
        ),
        ("p1: jail_set(UPDATE, jid=2, allow.mount)", "is not allowed in jail 1"),
        ("p2: jail_set(UPDATE, jid=2, devfs_ruleset=4)", "is not that of jail 1 (0)"),
        ("p1: jail_set(CREATE, persist, securelevel=-2)", "is less than that of the host (-1)"),
        ('p1: jail_set(CREATE, name="a.c", persist, children.max=5)', "jail 1 (5)"),
        ("p1: jail_set(UPDATE, jid=2, enforce_statfs=2)", ""),
        ("p1: jail_set(UPDATE, jid=2, persist)", ""),
        ("p1: jail_set(CREATE, securelevel=1)", ""),
    ],
)
def test_limit_words(line: str, told: str) -> None:
    """The jail is named whose limit the last parameter exceeds, and the limit; nothing is said
    where it exceeds none, or where the call is refused before.
    """
    some = program(*INSIDE, line)
    for model in (LEGACY, NEW):
        k = boot(some)
        for call in some.calls[:-1]:
            model.step(k, call)
        call = some.calls[-1]
        assert isinstance(call, JailSet)
        found = limit_words(k, k.procs[call.pid].cred.prison, call, call.params[-1][0])
        assert told in found
        assert bool(told) == bool(found)
