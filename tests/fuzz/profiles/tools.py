"""Tools that nobody has."""

from fuzz.profiles.profile import Basis, Profile, Step


def tool(**idioms: str | Step | tuple[Step, ...]) -> Profile:
    """A tool with these idioms."""
    steps: dict[str, tuple[Step, ...]] = {}
    for name, one in idioms.items():
        if isinstance(one, tuple):
            steps[name] = one
        else:
            steps[name] = (Step(one) if isinstance(one, str) else one,)
    return Profile("tool", "a tool", Basis.MEMORY, ("web",), None, steps)
