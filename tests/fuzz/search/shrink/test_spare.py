from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.findings import baseline
from jaildiff.findings.finding import findings_of
from jaildiff.search.shrink.spare import spare_steps
from tests.programs import REUSED, program


def test_spare_steps() -> None:
    """Steps that only read or that both refuse are spare; so is a root that is no cause."""
    some = program(
        "p1: jail_get(0, lastjid=0)",
        *REUSED,
        "p1: jail_remove(77)",
        "p1: fork() = p3",
        'p3: jail_set(CREATE|ATTACH, jid=6, name="b")',
        "p3: hold(s)",
        "p3: exit()",
        "p1: jail_set(CREATE, jid=6, persist)",
        "p1: jail_get(0, jid=5)",
    )
    report = diff(some, LANDED)
    echo = findings_of(some, baseline.load(None, LANDED), report)[-1]
    assert (echo.kind, echo.step, echo.causes) == ("echo", 12, (5,))
    assert spare_steps(some, echo, report) == [{0, 6, 11}, {0, 6}]
