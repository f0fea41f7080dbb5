from collections import Counter

from jaildiff.findings.reports.parts.coverage import (
    ABSENT,
    ALIVE,
    BOUNDS,
    DIFFER,
    DYING,
    PAIRS_SHOWN,
    REFUSE,
    SUCCEED,
    Cell,
    Coverage,
    Heat,
    heat_map,
    pairs_in_words,
)

CREATE = ("jail_set", "CREATE")
FOUND = Coverage(
    2,
    Counter(
        {
            Cell(*CREATE, ABSENT, "ok", "ok"): 1_200,
            Cell(*CREATE, ALIVE, "EEXIST", "EEXIST"): 7,
            Cell(*CREATE, ALIVE, "EPERM", "EPERM"): 9,
            Cell(*CREATE, DYING, "EEXIST", "ok"): 3,
            Cell("$ jail", "", ABSENT, "exit 1", "exit 1"): 1,
        }
    ),
    {CREATE: (ABSENT, ALIVE, DYING), ("jail_remove", ""): (ALIVE, DYING)},
)


def cells() -> dict[tuple[str, str], Heat]:
    """The first row of the map by target and way."""
    (_, (row, *_)), *_ = heat_map(FOUND).groups
    return {(heat.target, heat.way): heat for heat in row.cells}


def test_a_cell_counts_the_calls_of_its_kind() -> None:
    """Those with the same target and the same way to answer, whatever the error."""
    found = cells()
    assert found[ABSENT, SUCCEED].seen == 1_200
    assert found[ALIVE, REFUSE].seen == 16
    assert found[DYING, DIFFER].seen == 3
    assert found[DYING, SUCCEED].seen == 0


def test_a_cell_names_the_pairs_of_answers() -> None:
    """The most frequent first; both answers where they differ."""
    found = cells()
    assert found[ALIVE, REFUSE].pairs == "EPERM: 9, EEXIST: 7"
    assert found[DYING, DIFFER].pairs == "EEXIST / ok: 3"


def test_a_cell_is_the_darker_the_more_often_it_was_met() -> None:
    """There is a shade for each power of ten, and none for what was never met."""
    shades = [Heat(ABSENT, SUCCEED, seen, "", can_be=True).shade for seen in (0, *BOUNDS, 10**9)]
    assert shades == [0, 1, 2, 3, 4, 5, 5]


def test_what_was_never_met_is_named() -> None:
    """By call and flags, with the jails that they never met; only such as they can have."""
    shown = heat_map(FOUND)
    assert shown.never == (("jail_remove", "alive, dying"),)
    assert shown.places == 5
    whole = Coverage(1, FOUND.cells, {CREATE: (ABSENT, ALIVE, DYING)})
    assert heat_map(whole).never == ()


def test_every_pair_is_in_the_table() -> None:
    """In the order of the map, the most frequent first, what has no row of its own last."""
    shown = heat_map(FOUND)
    assert [(one.call, one.target, one.pairs) for one in shown.answers] == [
        ("jail_set", ABSENT, "ok: 1,200"),
        ("jail_set", ALIVE, "EPERM: 9, EEXIST: 7"),
        ("jail_set", DYING, "EEXIST / ok: 3"),
        ("$ jail", ABSENT, "exit 1: 1"),
    ]
    assert (shown.calls, shown.pairs) == (1_220, 5)


def test_a_long_list_of_pairs_is_cut_in_a_cell() -> None:
    """Not in the table."""
    many = Counter({Cell(*CREATE, ALIVE, f"E{n}", f"E{n}"): 9 - n for n in range(PAIRS_SHOWN + 1)})
    assert pairs_in_words(many, PAIRS_SHOWN) == "E0: 9, E1: 8, E2: 7, E3: 6, ..."
    assert pairs_in_words(many) == "E0: 9, E1: 8, E2: 7, E3: 6, E4: 5"
