"""The tools of the distribution, each tried once in a process: nothing else decides the answer."""

from fuzz.differ.comparison import Comparison
from fuzz.profiles.profile import Profile
from fuzz.profiles.trial import Verdict, judge

TRIED: dict[tuple[str, str], Verdict] = {}


def tried(profile: Profile, compared: Comparison) -> Verdict:
    """What the change means for a tool."""
    key = (repr(profile), compared.name)
    if key not in TRIED:
        TRIED[key] = judge(profile, compared)
    return TRIED[key]
