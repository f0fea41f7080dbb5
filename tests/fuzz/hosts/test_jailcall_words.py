import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.call import Value
from jaildiff.findings.reproduce.calls import Jids, flags_text, raw_param
from jaildiff.findings.reproduce.plan import ROOT
from jaildiff.hosts.jailcall_words import flags_of, param_of

names = st.text(st.characters(exclude_characters="=\0"), min_size=1).filter(lambda n: n != "-j")
values = st.one_of(
    st.none(),
    st.just(value=True),
    st.integers(-(2**31), 2**31 - 1),
    st.text(st.characters(exclude_characters="\0")),
)


@given(names, values)
def test_parameters_come_back(name: str, value: Value) -> None:
    """What is written for jailcall is read by its stand-in; a name alone is true."""
    if name in ("host", "vnet", "ip4", "ip6", "path"):
        return  # below
    word = "".join(map(str, raw_param(name, value, Jids())))
    assert param_of(word) == (name, True if value is None else value)


@pytest.mark.parametrize(
    ("param", "word", "back"),
    [
        (("persist", False), "nopersist", ("nopersist", True)),
        (("allow.mount", False), "allow.nomount", ("allow.nomount", True)),
        (("vnet", "new"), "vnet=i:1", ("vnet", "new")),
        (("ip4", "odd"), "ip4=s:odd", ("ip4", "odd")),
        (("ip4", 7), "ip4=i:7", ("ip4", 7)),
        (("host.hostid", 5), "host.hostid=q:5", ("host.hostid", 5)),
        (("ip4.addr", ("10.0.0.1",)), "ip4.addr=4:10.0.0.1", ("ip4.addr", ("10.0.0.1",))),
        (("ip6.addr", ()), "ip6.addr=6:", ("ip6.addr", ())),
    ],
)
def test_types(param: tuple[str, Value], word: str, back: tuple[str, Value]) -> None:
    """Each type has its letter; what is false has the name that the kernel knows for it."""
    assert "".join(map(str, raw_param(*param, Jids()))) == word
    assert param_of(word) == back


def test_paths_lie_below_the_folder_of_the_script() -> None:
    """The root itself is not moved."""
    assert raw_param("path", "/a/b", Jids()) == ("path=", "s:", ROOT, "/a/b")
    assert raw_param("path", "/", Jids()) == ("path=", "s:", "/")


@given(st.integers(0, 2**31 - 1))
def test_flags_come_back(flags: int) -> None:
    """By their names if all have one, else as a number."""
    assert flags_of(flags_text(flags)) == flags


@pytest.mark.parametrize("word", ["made", "create,made", "-1"])
def test_wrong_flags(word: str) -> None:
    """There are no others."""
    with pytest.raises(ValueError, match=word):
        flags_of(word)


@pytest.mark.parametrize("word", ["a=5", "a=x:5", "a=i:x", "a="])
def test_wrong_values(word: str) -> None:
    """A value needs a known type."""
    with pytest.raises(ValueError, match=r".*"):
        param_of(word)
