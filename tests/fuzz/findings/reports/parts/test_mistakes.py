from jaildiff.findings.reports.page import Entry
from jaildiff.findings.reports.parts.mistakes import mistakes_in


def entry(rule: str, mistake: str | None, kind: str = "root", *story: str) -> Entry:
    """An entry with no more than what mistakes are told by."""
    return Entry(rule, ({"rule": rule, "mistake": mistake, "kind": kind, "story": story},), ())


def test_what_comes_of_one_mistake_stands_together() -> None:
    """The mistake with the most ways to meet it comes first; without a name it has its rule's."""
    found = mistakes_in([entry("a", None), entry("b", "wrong-parent"), entry("c", "wrong-parent")])
    assert [(one.title, len(one.ways)) for one in found] == [("Wrong parent", 2), ("A", 1)]


def test_invariants_stand_back() -> None:
    """What users meet is told, and a broken invariant only where there is nothing else."""
    seen, broken = entry("seen", "m"), entry("broken", "m", "violation")
    assert mistakes_in([broken, seen])[0].ways == (seen,)
    assert mistakes_in([broken])[0].ways == (broken,)


def test_advice_is_told_once() -> None:
    """Two ways with the same remedy have one line of advice."""
    told = ("At jail(8): Wait.", "To mend the kernel: Ask.")
    ways = [entry("a", "m", "root", *told), entry("b", "m", "root", told[0], "At jail(8): Go.")]
    assert mistakes_in(ways)[0].advice == {
        "Administrators": ["Wait.", "Go."],
        "Kernel developers": ["Ask."],
    }
