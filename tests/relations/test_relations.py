import pytest

from jail_kernel.call import Errno, Result
from jaildiff.programs.op_language import call_text
from tests.programs import program
from tests.relations.relation import Relation
from tests.relations.relations import (
    DYING_FLAG,
    DYING_IS_ABSENT,
    IN_STEPS,
    LEFT_OUT,
    OTHER_WORDS,
)

OK = Result(None, 7)
FAILED = Result(Errno.EINVAL)


@pytest.mark.parametrize(
    ("relation", "call", "result", "twin"),
    [
        (DYING_IS_ABSENT, "p2: hold(r)", OK, []),
        (DYING_IS_ABSENT, "drop(r)", OK, []),
        (DYING_IS_ABSENT, "p2: exit()", OK, ["p2: exit()"]),
        (DYING_FLAG, "p1: jail_set(UPDATE, jid=7)", OK, ["p1: jail_set(UPDATE|DYING, jid=7)"]),
        (DYING_FLAG, "p1: jail_set(UPDATE|DYING, jid=7)", OK, ["p1: jail_set(UPDATE, jid=7)"]),
        (DYING_FLAG, "p1: jail_get(DYING, jid=7)", OK, ["p1: jail_get(DYING, jid=7)"]),
        (LEFT_OUT, "p1: jail_remove(7)", FAILED, []),
        (LEFT_OUT, "p1: jail_remove(7)", OK, ["p1: jail_remove(7)"]),
        (LEFT_OUT, "p1: jail_get(0, jid=7)", OK, []),
        (LEFT_OUT, "p1: jail_get(DYING, jid=7)", FAILED, ["p1: jail_get(DYING, jid=7)"]),
        (OTHER_WORDS, "p1: fork() = p2", OK, ["p1: fork_begin() = p2", "p2: fork_end()"]),
        (OTHER_WORDS, "p1: jail_attach(7)", OK, ["p1: jail_set(UPDATE|ATTACH, jid=7)"]),
        (OTHER_WORDS, "p1: jail_attach(7)", FAILED, ["p1: jail_attach(7)"]),
        (
            OTHER_WORDS,
            "p1: jail_set(CREATE, jid=7, persist)",
            FAILED,
            ["p1: jail_set(CREATE, persist=null, jid=7)"],
        ),
        (
            OTHER_WORDS,
            "p1: jail_set(UPDATE, allow.nomount, nopersist, jid=7, allow.mount)",
            OK,
            ["p1: jail_set(UPDATE, jid=7, persist=false, allow.mount=null)"],
        ),
        (
            IN_STEPS,
            'p1: jail_set(CREATE, jid=7, persist, securelevel=1, vnet="new")',
            OK,
            [
                'p1: jail_set(CREATE, jid=7, vnet="new", persist)',
                "p1: jail_set(UPDATE, jid=7, securelevel=1, persist)",
            ],
        ),
        (
            IN_STEPS,
            "p2: jail_set(CREATE|ATTACH)",
            OK,
            ["p2: jail_set(CREATE, persist)", "p2: jail_set(UPDATE|ATTACH, jid=7, persist=false)"],
        ),
        (
            IN_STEPS,
            'p2: jail_set(UPDATE|ATTACH, persist=false, jid=7, host="new", host.hostid=1, bogus)',
            OK,
            [
                'p2: jail_set(UPDATE, jid=7, host="new", host.hostid=1)',
                "p2: jail_set(UPDATE, jid=7, bogus)",
                "p2: jail_set(UPDATE|ATTACH, jid=7, persist=false)",
            ],
        ),
        (IN_STEPS, 'p1: jail_set(UPDATE, name="a")', OK, ['p1: jail_set(UPDATE, name="a")']),
        (IN_STEPS, "p1: jail_set(CREATE)", FAILED, ["p1: jail_set(CREATE)"]),
        (
            IN_STEPS,
            "p1: jail_set(CREATE|UPDATE, persist)",
            OK,
            ["p1: jail_set(CREATE|UPDATE, persist)"],
        ),
    ],
)
def test_what_the_twin_does(relation: Relation, call: str, result: Result, twin: list[str]) -> None:
    """Each relation makes of a call, and of its answer, the calls of the twin."""
    (one,) = program(call).calls
    assert [call_text(other) for other in relation.twin(one, result)] == twin
