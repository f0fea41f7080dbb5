"""Two kernels side by side: which is on which side, by which rules they are judged, their names.

Old and new are sides of a comparison, never properties of a kernel.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from fuzz.differ.verdict.landed import rules as landed_patch
from fuzz.differ.verdict.mainline import rules as mainline
from fuzz.differ.verdict.proposed import rules as proposed
from fuzz.differ.verdict.rulebook import NO_RULES, Rulebook
from fuzz.kernels.named import kernel
from fuzz.kernels.registry import ARGUED, DESCRIPTORS, LEGACY, NEW, Model, ancestry
from fuzz.support.errors import InputError


class Named(NamedTuple):
    """A comparison by the names of its kernels: what goes into files and to other processes."""

    old: str
    new: str
    modules: tuple[str, ...] = ()  # packages of one's own to look in

    def __str__(self) -> str:
        return f"{self.old},{self.new}"


LANDED_NAMES = Named(LEGACY.name, NEW.name)  # the comparison of whoever names none

RULEBOOKS: dict[tuple[str, str], Rulebook] = {
    (LEGACY.name, NEW.name): landed_patch.RULEBOOK,
    (NEW.name, DESCRIPTORS.name): mainline.SINCE_NEW,
    (LEGACY.name, DESCRIPTORS.name): mainline.SINCE_14,
    **{(LEGACY.name, design): rules for design, rules in proposed.BY_DESIGN.items()},
}


@dataclass(frozen=True, slots=True)
class Words:
    """How stories and tables call the two sides."""

    old: str
    new: str
    one: str  # the new side again, where both have just been named
    old_bug: str  # whose a bug of the old side is
    new_bug: str

    def side(self, side: str) -> str:
        """What a side of a verdict is called: old, new or both."""
        return {"old": self.old, "new": self.new, "both": "both kernels"}[side]


@dataclass(frozen=True)
class Comparison:
    """A kernel on the old side and one on the new side; without rules every root is unexplained."""

    old: Model
    new: Model

    @property
    def name(self) -> str:
        """Both kernels as on the command line."""
        return f"{self.old.name},{self.new.name}"

    def __str__(self) -> str:
        return self.name

    @property
    def models(self) -> tuple[Model, Model]:
        """Both kernels."""
        return self.old, self.new

    @property
    def judged_as(self) -> tuple[str, str]:
        """The shipped kernels as which the two count."""
        return self.old.shipped_as, self.new.shipped_as

    @property
    def has_rulebook(self) -> bool:
        """Whether its differences can be explained at all."""
        return self.judged_as in RULEBOOKS

    @property
    def argued(self) -> str:
        """That a kernel was never built, so that no recording speaks for it; empty if both were."""
        names = [model.name for model in self.models if model.rests_on == ARGUED]
        which = " and ".join(dict.fromkeys(names))
        return (
            f"{which}: {ARGUED}, never built; no recording speaks for what it does" if names else ""
        )

    @property
    def has_descriptors(self) -> bool:
        """Whether a kernel knows jail descriptors, so that programs should have some."""
        return self.old.has_descriptors or self.new.has_descriptors

    @cached_property
    def rulebook(self) -> Rulebook:
        """The rules by which it is judged."""
        return RULEBOOKS.get(self.judged_as, NO_RULES)

    @cached_property
    def base(self) -> Model:
        """The side from which the other descends; of strangers the old one.

        To heal a step is to let both sides take it as this kernel does, so that swapping the sides
        changes no cause.
        """
        return self.new if self.new.name in ancestry(self.old)[1:] else self.old

    @cached_property
    def words(self) -> Words:
        """What the sides are called."""
        return words(self.old.name, self.new.name)


def words(old: str, new: str) -> Words:
    """What the sides of a comparison are called, given the names of its kernels."""
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
    """The comparison of these kernels.  Raises InputError if there is no such kernel."""
    shipped = COMPARISONS.get(str(named))
    if shipped is not None:
        return shipped
    old, new = (kernel(name, named.modules) for name in (named.old, named.new))
    return Comparison(old, new)


def named(text: str, modules: tuple[str, ...] = ()) -> Named:
    """The names in OLD,NEW.  Raises InputError if that is something else."""
    old, comma, new = text.partition(",")
    if not old or not new or not comma or "," in new:
        raise InputError("", 0, 0, f"expected two kernels as OLD,NEW, found {text!r}")
    return Named(old, new, modules)
