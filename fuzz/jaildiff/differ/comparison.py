"""A comparison: a kernel on the old side, one on the new side, and the rules that judge them.

"Old" and "new" are sides of a comparison, never properties of a kernel.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from jaildiff.differ.verdict.landed import rules as landed_patch
from jaildiff.differ.verdict.mainline import rules as mainline
from jaildiff.differ.verdict.proposed import rules as proposed
from jaildiff.differ.verdict.rulebook import NO_RULES, Rulebook
from jaildiff.kernels.named import kernel
from jaildiff.kernels.registry import ARGUED, DESCRIPTORS, LEGACY, NEW, Model, ancestry
from jaildiff.support.errors import InputError


class Named(NamedTuple):
    """A comparison by the names of its kernels, as written to files and sent to other processes."""

    old: str
    new: str
    modules: tuple[str, ...] = ()  # the user's packages to search

    def __str__(self) -> str:
        return f"{self.old},{self.new}"


LANDED_NAMES = Named(LEGACY.name, NEW.name)  # the default comparison

RULEBOOKS: dict[tuple[str, str], Rulebook] = {
    (LEGACY.name, NEW.name): landed_patch.RULEBOOK,
    (NEW.name, DESCRIPTORS.name): mainline.SINCE_NEW,
    (LEGACY.name, DESCRIPTORS.name): mainline.SINCE_14,
    **{(LEGACY.name, design): rules for design, rules in proposed.BY_DESIGN.items()},
}


@dataclass(frozen=True, slots=True)
class Words:
    """What stories and tables call the two sides."""

    old: str
    new: str
    one: str  # the new side, right after both were named
    old_bug: str  # whose a bug on the old side is
    new_bug: str

    def side(self, side: str) -> str:
        """What to call the side of a verdict: old, new or both."""
        return {"old": self.old, "new": self.new, "both": "both kernels"}[side]


@dataclass(frozen=True)
class Comparison:
    """A kernel on each side.  If there are no rules for the pair, every root is unexplained."""

    old: Model
    new: Model

    @property
    def name(self) -> str:
        """The names of both kernels, as on the command line."""
        return f"{self.old.name},{self.new.name}"

    def __str__(self) -> str:
        return self.name

    @property
    def models(self) -> tuple[Model, Model]:
        """Both kernels."""
        return self.old, self.new

    @property
    def judged_as(self) -> tuple[str, str]:
        """The shipped kernels whose rules judge the two."""
        return self.old.shipped_as, self.new.shipped_as

    @property
    def has_rulebook(self) -> bool:
        """Whether there are rules for this pair of kernels."""
        return self.judged_as in RULEBOOKS

    @property
    def argued(self) -> str:
        """A note that names the kernels that were never built; empty if both were."""
        names = [model.name for model in self.models if model.rests_on == ARGUED]
        which = " and ".join(dict.fromkeys(names))
        return (
            f"{which}: {ARGUED}, never built; no recording speaks for what it does" if names else ""
        )

    @property
    def has_descriptors(self) -> bool:
        """Whether a kernel has jail descriptors, so that programs should use them."""
        return self.old.has_descriptors or self.new.has_descriptors

    @property
    def rulebook(self) -> Rulebook:
        """The rules that judge its differences."""
        return RULEBOOKS.get(self.judged_as, NO_RULES)

    @property
    def base(self) -> Model:
        """The kernel from which the other descends; the old one if they are not related.

        Healing a step lets both sides take it as this kernel does.  As the base does not depend on
        which side it is on, swapping the sides changes no causes.
        """
        return self.new if self.new.name in ancestry(self.old)[1:] else self.old

    @property
    def words(self) -> Words:
        """What to call the sides."""
        return words(self.old.name, self.new.name)


def words(old: str, new: str) -> Words:
    """What to call the sides of a comparison of kernels with these names."""
    if (old, new) == (LEGACY.name, NEW.name):
        return Words(
            "the old kernel",
            "the new kernel",
            "the new one",
            "the old kernel, mended by the patch",
            "the new kernel, brought by the patch",
        )
    if old == new:
        one, other = "the first kernel", "the second kernel"
        return Words(one, other, "the second one", one, other)
    one, other = f"the kernel {old}", f"the kernel {new}"
    return Words(one, other, new, one, other)


LANDED = Comparison(LEGACY, NEW)
COMPARISONS = {str(LANDED_NAMES): LANDED}


@lru_cache(maxsize=64)
def comparison(named: Named) -> Comparison:
    """The comparison of these kernels.  Raises InputError if a kernel does not exist."""
    shipped = COMPARISONS.get(str(named))
    if shipped is not None:
        return shipped
    old, new = (kernel(name, named.modules) for name in (named.old, named.new))
    return Comparison(old, new)


def named(text: str, modules: tuple[str, ...] = ()) -> Named:
    """The names in text of the form OLD,NEW.  Raises InputError for anything else."""
    old, comma, new = text.partition(",")
    if not old or not new or not comma or "," in new:
        raise InputError("", 0, 0, f"expected two kernels as OLD,NEW, found {text!r}")
    return Named(old, new, modules)
