"""The tools of the distribution, each tried once in a process: nothing else decides the answer."""

from jaildiff.differ.comparison import Comparison
from jaildiff.profiles.profile import Profile
from jaildiff.profiles.trial import Verdict, judge

TRIED: dict[tuple[str, str], Verdict] = {}


def tried(profile: Profile, compared: Comparison) -> Verdict:
    """What the change means for a tool."""
    key = (repr(profile), compared.name)
    if key not in TRIED:
        TRIED[key] = judge(profile, compared)
    return TRIED[key]
