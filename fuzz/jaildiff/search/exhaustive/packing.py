"""Frozen kernels packed into numbers.

Millions of states consist of few lists of jails and few variants of everything else.  Each of these
parts is stored once, and renamed once; a state is the numbers of its two parts.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from jail_kernel.freeze import Frozen, FrozenPrison, freeze_parts
from jail_kernel.kernel import Kernel
from jaildiff.search.exhaustive.symmetry import Symmetry

Part = tuple[Any, ...]  # Frozen.prisons, or all other fields of Frozen
HALF: Final = 32  # bits for the number of a part


class Parts:
    """Parts of frozen kernels, by number."""

    def __init__(self, renamings: Sequence[Callable[[Part], Part]]) -> None:
        self.renamings = renamings
        self.parts: list[Part] = []
        self.numbers: dict[Part, int] = {}
        self.renamed: list[dict[int, int]] = [{} for _ in renamings]

    def number(self, part: Part) -> int:
        """The number of a part."""
        number = self.numbers.get(part)
        if number is None:
            number = self.numbers[part] = len(self.parts)
            self.parts.append(part)
        return number

    def rename(self, renaming: int, number: int) -> int:
        """The number of the renamed part."""
        renamed = self.renamed[renaming]
        found = renamed.get(number)
        if found is None:
            part = self.renamings[renaming](self.parts[number])
            found = renamed[number] = self.number(part)
        return found


class Packing:
    """Frozen kernels as numbers, renamed as such."""

    def __init__(self, renamings: Sequence[Symmetry]) -> None:
        self.prisons = Parts([renaming.prisons for renaming in renamings])
        self.others = Parts([renaming.others for renaming in renamings])
        self.same: dict[FrozenPrison, FrozenPrison] = {}  # to store equal ones once

    def pack(self, k: Kernel) -> int:
        """The number of a kernel's state."""
        prisons, others = freeze_parts(k)
        number = self.prisons.numbers.get(prisons)
        if number is None:
            share = self.same.setdefault
            number = self.prisons.number(tuple(share(pr, pr) for pr in prisons))
        return number << HALF | self.others.number(others)

    def unpack(self, packed: int) -> Frozen:
        """The frozen kernel of a number."""
        others = self.others.parts[packed & (1 << HALF) - 1]
        return Frozen(self.prisons.parts[packed >> HALF], *others)

    def rename(self, renaming: int, packed: int) -> int:
        """The number of the renamed kernel."""
        prisons = self.prisons.rename(renaming, packed >> HALF)
        return prisons << HALF | self.others.rename(renaming, packed & (1 << HALF) - 1)
