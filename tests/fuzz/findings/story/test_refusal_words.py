import pytest

from jaildiff.findings.story.refusal_words import reason
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.commands.host_state import boot
from tests.programs import NESTED, ZOMBIE_5, program

LONG = "n" * 250
NO_ROOM = (
    'p1: jail_set(CREATE, jid=1, name="p", persist, children.max=1)',
    "p1: fork() = p2",
    "p2: jail_attach(1)",
    "p2: fork() = p3",
    "p3: jail_set(CREATE|ATTACH, jid=5)",
    "p3: hold(r)",
    "p3: exit()",
)
FULL = "has as many jails below it as it may (children.max=1)"
ADDRESSES = ('p1: jail_set(CREATE, name="a", persist, ip4.addr=["10.0.0.1", "10.0.0.2"])',)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            (*NESTED, 'p1: jail_set(UPDATE, name="a.b", allow.raw_sockets)'),
            "allow.raw_sockets is not allowed in jail 1",
        ),
        (
            (
                *NESTED,
                "p1: jail_set(UPDATE, jid=1, securelevel=2)",
                'p1: jail_set(UPDATE, name="a.b", securelevel=1)',
            ),
            "securelevel=1 is less than that of jail 1 (2)",
        ),
        (
            (*NESTED, 'p1: jail_set(UPDATE, name="a.b", children.max=7, persist)'),
            "children.max=7 is not less than that of jail 1 (5)",
        ),
        (
            (*NESTED, f'p1: jail_set(CREATE, name="a.{LONG}xxxx", persist)'),
            "the last part of the name has 254 bytes, 253 fit",
        ),
        (
            (*NO_ROOM, "p2: jail_set(CREATE, persist)"),
            f"jail 1 {FULL}; jail 5 among them is dying",
        ),
        (
            (*ADDRESSES, 'p1: jail_set(CREATE, persist, ip4.addr=["10.0.0.2", "10.0.0.3"])'),
            "jail 1 has one of the addresses",
        ),
        (('p1: jail_set(CREATE, persist, path="/missing")',), 'path="/missing" does not exist'),
        ((*ZOMBIE_5, "p1: jail_attach(5)"), "jail 5 is dying"),
        (("p1: jail_remove(5)",), "there is no jail 5"),
        (
            (*NESTED, "p1: fork() = p2", "p2: jail_attach(2)", "p2: jail_attach(1)"),
            "jail 1 does not lie below the caller's jail",
        ),
        (
            (
                *NO_ROOM,
                "p2: fork() = p4",
                "p1: jail_set(UPDATE, jid=1, children.max=0)",
                "p4: jail_set(CREATE, persist)",
            ),
            "the caller's jail may have no jails below it (children.max=0)",
        ),
        ((*NESTED, 'p1: jail_set(CREATE, name="a", persist)'), "jail 1 has that name"),
        (
            (*NESTED, 'p1: jail_set(UPDATE, name="a.b", ip4.addr=["10.0.0.1"])'),
            'ip4.addr=["10.0.0.1"] has addresses that jail 1 does not have',
        ),
        (
            (
                f'p1: jail_set(CREATE, name="{"n" * 254}", persist, children.max=1)',
                "p1: fork() = p2",
                "p2: jail_attach(1)",
                "p2: jail_set(CREATE, jid=7, persist)",
            ),
            "behind the name of jail 1, which has 254 bytes, no name fits",
        ),
        ((*NESTED, "p1: jail_set(UPDATE, jid=1, securelevel=1)"), ""),
    ],
)
def test_reason(lines: tuple[str, ...], told: str) -> None:
    """The check that refused is named, on either kernel, and the kernel is as before."""
    some = program(*lines)
    for model in (LEGACY, NEW):
        k = boot(some)
        for call in some.calls[:-1]:
            model.step(k, call)
        result = model.step(k, some.calls[-1])
        k.rollback()
        before = [pr.image() for pr in k.allprison]
        assert reason(k, model, some.calls[-1], result) == told
        assert [pr.image() for pr in k.allprison] == before


def test_a_name_that_the_call_does_not_give() -> None:
    """The old kernel brings a jail back by the jail's own name, which another can have by then."""
    *before, call = program(
        *ZOMBIE_5,
        'p1: jail_set(CREATE, name="a", persist)',
        "p1: jail_set(UPDATE|DYING, jid=5, persist)",
    ).calls
    k = boot(program())
    for one in before:
        LEGACY.step(k, one)
    result = LEGACY.step(k, call)
    k.rollback()
    assert reason(k, LEGACY, call, result) == (
        "the call, which gives no name, is taken to give that of jail 5; jail 1 has that name"
    )


def test_bytes_of_an_earlier_name() -> None:
    """Where the bytes behind a shorter name make a name seem taken, they are named."""
    some = program(
        *NESTED,
        'p1: jail_set(UPDATE, jid=2, name="z")',
        'p1: jail_set(CREATE, name="a.b", persist)',
    )
    k = boot(some)
    for call in some.calls[:-1]:
        NEW.step(k, call)
    result = NEW.step(k, some.calls[-1])
    k.rollback()
    told = reason(k, NEW, some.calls[-1], result)
    assert told.startswith('in memory "b" still follows the name of jail 2, "z"')


def test_invariants_only() -> None:
    """A panic that fails an assertion says that only a kernel with INVARIANTS has it."""
    some = program(
        *ZOMBIE_5,
        "p1: jail_set(UPDATE|DYING, jid=5, children.max=2)",
        'p1: jail_set(CREATE, name="a.c", persist)',
    )
    k = boot(some)
    for call in some.calls[:-1]:
        LEGACY.step(k, call)
    result = LEGACY.step(k, some.calls[-1])
    k.rollback()
    assert result.panicked
    assert "INVARIANTS" in reason(k, LEGACY, some.calls[-1], result)
