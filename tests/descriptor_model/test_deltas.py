from descriptor_model.deltas import DELTAS


def test_ids_count_up() -> None:
    """The ids are J1, J2 and so on, and each delta says what and where."""
    assert [delta.id for delta in DELTAS] == [f"J{n}" for n in range(1, len(DELTAS) + 1)]
    assert all(delta.title and delta.reference for delta in DELTAS)
