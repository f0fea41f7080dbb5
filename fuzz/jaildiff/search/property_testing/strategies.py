"""Hypothesis strategies for calls and programs, for property tests of your own.

They draw from the pools of the built-in generator, which have a few hot jids and names, so that
calls concern the same jails.
"""

from random import Random

from hypothesis import strategies as st

from jail_kernel.call import (
    JAIL_DYING,
    Call,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Poke,
    Value,
    Wish,
)
from jail_kernel.state import JAIL_MAX
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import PARAMS
from jaildiff.search.generator.sketch import Sketch
from jaildiff.search.generator.vocabulary import FLAGS, HOT_JIDS, NAMES, ODD_JIDS
from jaildiff.search.generator.wishes import SIZES, WISHED, WISHED_SELDOM

SAMPLES = 40  # of each kind of parameter; enough to get every value of the generator
PAIRS = tuple(
    dict.fromkeys(make(Sketch(Random(seed), PARAMS)) for make in PARAMS for seed in range(SAMPLES))
)

jids = st.sampled_from(HOT_JIDS + ODD_JIDS)
names = st.sampled_from(NAMES)
flags = st.sampled_from(FLAGS)
keys: st.SearchStrategy[tuple[str, Value]] = st.one_of(
    st.tuples(st.just("jid"), jids), st.tuples(st.just("name"), names)
)
params: st.SearchStrategy[list[tuple[str, Value]]] = st.lists(
    st.one_of(keys, st.just(("persist", True)), st.sampled_from(PAIRS)), max_size=5
)
lookups: st.SearchStrategy[tuple[str, int | str]] = st.one_of(
    st.tuples(st.sampled_from(("jid", "lastjid")), jids), st.tuples(st.just("name"), names)
)
wishes: st.SearchStrategy[tuple[Wish, ...]] = st.lists(
    st.tuples(st.sampled_from(WISHED + WISHED_SELDOM), st.sampled_from(SIZES)), max_size=4
).map(tuple)
counters: st.SearchStrategy[int | None] = st.none() | st.sampled_from((0, 1, 2, 3, 999998, 999999))

pids = st.integers(1, 5)
resources = st.sampled_from(("r1", "r2", "r3"))

calls: st.SearchStrategy[Call] = st.one_of(
    st.builds(JailSet, pids, flags, params.map(lambda pairs: tuple(dict(pairs).items()))),
    st.builds(JailGet, pids, st.sampled_from((0, JAIL_DYING)), lookups.map(lambda key: (key,))),
    st.builds(
        JailGet,
        pids,
        st.sampled_from((0, JAIL_DYING)),
        lookups.map(lambda key: (key,)),
        wishes,
        plain=st.booleans(),
    ),
    st.builds(JailAttach, pids, jids),
    st.builds(JailRemove, pids, jids),
    st.builds(Fork, pids, pids),
    st.builds(ForkBegin, pids, pids),
    st.builds(ForkEnd, pids),
    st.builds(Exit, st.integers(2, 5)),
    st.builds(Hold, pids, resources),
    st.builds(Drop, resources),
    st.builds(Poke, counters, counters).filter(lambda poke: poke != Poke()),
)

programs: st.SearchStrategy[Program] = st.builds(
    Program,
    st.just("hypothesis"),
    st.lists(calls, max_size=40).map(tuple),
    st.sampled_from((JAIL_MAX, 5, 6)),
)
