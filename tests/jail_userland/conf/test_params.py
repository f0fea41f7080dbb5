"""jail_userland/conf/params.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_userland.conf.params import (
    CfParam,
    CfString,
    bool_param,
    int_param,
    same_options,
    string_param,
    wild_jail_match,
    wild_jail_name,
)


def equalopts(one: str, other: str) -> bool:
    """Whether two names are one option, as the original compares them."""
    while one != other:
        if one == "no" + other or other == "no" + one:
            return True
        head, dot, rest = one.partition(".")
        if not dot or not other.startswith(head + dot):
            return False
        one, other = rest, other[len(head) + 1 :]
    return True


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("persist", "nopersist", True),
        ("allow.mount", "allow.nomount", True),
        ("allow.mount", "noallow.mount", True),
        ("a.b.c", "a.b.noc", True),
        ("a.b", "nob", False),
        ("a.no", "a.", True),
        ("mount", "unmount", False),
    ],
)
def test_an_option_and_its_opposite_are_one(one: str, other: str, equal: bool) -> None:
    """`no` before the whole name, or behind a common dotted prefix; in either order."""
    assert (other in same_options(one)) is equal
    assert (one in same_options(other)) is equal


@given(*[st.text(st.sampled_from("no.a"), max_size=7)] * 2)
def test_the_names_of_an_option_are_those_that_compare_equal(one: str, other: str) -> None:
    """What is looked up and what the original compares is the same."""
    assert (other in same_options(one)) == equalopts(one, other)


@pytest.mark.parametrize(
    ("name", "values", "on"),
    [
        ("persist", [], True),
        ("nopersist", [], False),
        ("allow.nodying", ["false"], True),
        ("persist", ["TRUE"], True),
        ("persist", ["2"], True),
        ("persist", ["true", "0"], False),
        ("persist", ["yes"], False),
    ],
)
def test_booleans(name: str, values: list[str], on: bool) -> None:
    """The last value counts; without one it is the name that says it."""
    assert bool_param(CfParam(name, val=[CfString(value) for value in values])) is on


def test_what_is_missing_has_no_value() -> None:
    """No parameter, or one without values."""
    for param in (None, CfParam("x")):
        assert (int_param(param), string_param(param)) == (None, None)
    assert bool_param(None) is False


@pytest.mark.parametrize(
    ("name", "wild", "matches"),
    [
        ("a", "*", True),
        ("a.b", "*", True),
        ("a.b.c", "a.*", True),
        ("a", "a.*", False),
        ("a.b", "*.b", True),
        ("a.b.c", "*.c", False),
        ("a.b.c", "*.b.*", True),
        ("a", "a", True),
    ],
)
def test_wildcards(name: str, wild: str, matches: bool) -> None:
    """A `*` stands for one component, the last one for one or more."""
    assert wild_jail_match(name, wild) is matches


@pytest.mark.parametrize(("name", "wild"), [("*", True), ("a.*.b", True), ("a*", False)])
def test_only_a_whole_component_is_a_wildcard(name: str, wild: bool) -> None:
    """`a*` is an ordinary name."""
    assert wild_jail_name(name) is wild
