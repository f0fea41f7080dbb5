from dataclasses import FrozenInstanceError

import pytest

from new_model.deltas import DELTAS


def test_ids_are_numbered() -> None:
    """The ids are D1, D2 and so on, in this order."""
    assert [delta.id for delta in DELTAS] == [f"D{i}" for i in range(1, len(DELTAS) + 1)]


def test_each_delta_says_what_and_where() -> None:
    """Each delta has a title of its own and says where in kern_jail.c it is."""
    assert len({delta.title for delta in DELTAS}) == len(DELTAS)
    assert [delta.id for delta in DELTAS if not delta.title or "()" not in delta.reference] == []


def test_deltas_are_values() -> None:
    """A delta cannot be changed."""
    with pytest.raises(FrozenInstanceError):
        DELTAS[0].title = "another"  # type: ignore[misc]  # that it is refused is the claim
