"""A program being written, with random numbers and a guess at which objects exist by then."""

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

from jail_kernel.call import Call, Value
from jail_kernel.state import JAIL_MAX
from jaildiff.search.generator.vocabulary import FLAG_WEIGHTS, HOT_JIDS, NAMES, ODD_JIDS

T = TypeVar("T")


class Sketch:
    """A program being written, and a guess at the pids, resources and jids that exist."""

    def __init__(self, rng: Random, params: Sequence["Maker"]) -> None:
        self.rng = rng
        self.random = rng.random
        self.calls: list[Call] = []
        self.pids = [1]
        self.born: list[int] = []
        self.held: list[str] = []
        self.jids = [1]
        self.next_pid = 2
        self.next_res = 1
        self.next_jid = 1
        self.opened = 0
        self.params = [maker for maker in params if self.chance(0.35)]
        self.flag_sums = self.swarm(FLAG_WEIGHTS)
        self.jid_share = self.random()
        self.name_share = self.random()
        self.host_share = 0.4 + 0.6 * self.random()

    def write(self, ops: Mapping["Op", float]) -> int:
        """Write calls with these weighted ops; return the program's JAIL_MAX."""
        jail_max = 5 + int(self.random() * 3) if self.chance(0.1) else JAIL_MAX
        length = 4 + int(self.random() ** 2 * 60)
        choice, sums = tuple(ops), self.swarm(tuple(ops.values()))
        for op in [self.weighted(choice, sums) for _ in range(length)]:
            op(self)
        return jail_max

    def swarm(self, weights: Sequence[float]) -> list[float]:
        """Cumulative weights, after each was scaled at random or switched off."""
        scaled = [weight * self.random() if self.chance(0.8) else 0.0 for weight in weights]
        return list(accumulate(scaled if any(scaled) else weights))

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return self.random() < share

    def weighted(self, options: Sequence[T], sums: Sequence[float]) -> T:
        """One of them, by the cumulative sums of their weights."""
        return options[bisect(sums, self.random() * sums[-1], 0, len(options) - 1)]

    def pick(self, options: Sequence[T]) -> T:
        """One of them."""
        return options[int(self.random() * len(options))]

    def sample(self, options: Sequence[T], count: int) -> tuple[T, ...]:
        """Draw `count` of them, each at most once, as Random.sample draws them."""
        pool, found = list(options), []
        for left in range(len(pool), len(pool) - count, -1):
            drawn = left
            while drawn >= left:
                drawn = self.rng.getrandbits(left.bit_length())
            found.append(pool[drawn])
            pool[drawn] = pool[left - 1]
        return tuple(found)

    def pid(self) -> int:
        """A caller: mostly the host or any process, seldom one that does not exist."""
        if self.random() < self.host_share:
            return 1
        return self.pick(self.pids) if self.pids else self.next_pid

    def jid(self) -> int:
        """A jid: a hot, known or odd one."""
        draw = self.random()
        if draw < 0.6:
            return self.pick(HOT_JIDS)
        return self.pick(self.jids if draw < 0.94 else ODD_JIDS)

    def name(self) -> str:
        """A name: the first ones are hot."""
        return NAMES[int(self.random() ** 2 * len(NAMES))]

    def new_pid(self) -> int:
        """A fresh pid."""
        self.next_pid += 1
        return self.next_pid - 1

    def new_res(self) -> str:
        """A fresh resource."""
        self.held.append(f"r{self.next_res}")
        self.next_res += 1
        return self.held[-1]


Op = Callable[[Sketch], None]  # writes a call or a few
Maker = Callable[[Sketch], tuple[str, Value]]  # a parameter
