"""Tools that nobody has."""

from jaildiff.impact.acts import ToolCommand
from jaildiff.profiles.profile import Basis, Profile


def tool(**idioms: str | ToolCommand | tuple[ToolCommand, ...]) -> Profile:
    """A tool with these idioms."""
    steps: dict[str, tuple[ToolCommand, ...]] = {}
    for name, one in idioms.items():
        if isinstance(one, tuple):
            steps[name] = one
        else:
            steps[name] = (ToolCommand(one) if isinstance(one, str) else one,)
    return Profile("tool", "a tool", Basis.MEMORY, ("web",), None, steps)
