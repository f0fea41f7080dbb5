import pytest

from tests.profiles import tried


@pytest.fixture(autouse=True)
def profiles_are_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several commands try all tools, which takes seconds."""
    monkeypatch.setattr("jaildiff.cli.commands.impact.judge", tried)
    monkeypatch.setattr("jaildiff.profiles.for_users.judge", tried)
