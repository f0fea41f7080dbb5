import pytest
from hypothesis import given
from hypothesis import strategies as st

from descriptor_model.jailmeta import WATCHDOG, is_text, value_of
from jail_kernel.call import Errno, Result, Value
from jail_kernel.jail_conf import ConfError
from jail_kernel.state import KernelPanic
from tests.tools import Machine, boot, fails, panics, succeeded


def meta(*changes: dict[str, Value]) -> str | None:
    """What meta is after these updates."""
    m = boot("descriptors")
    m.make("a")
    for change in changes:
        succeeded(m.set("U", {"jid": 1, **change}))
    return m.texts(1).get("meta")


def refused(value: Value, key: str = "meta") -> Result:
    """The answer to an update that sets meta so, after it was a=1."""
    m = boot("descriptors")
    m.make("a", meta="a=1")
    answer = m.set("U", {"jid": 1, key: value})
    assert m.texts(1) == {"meta": "a=1"}
    return answer


def with_meta(text: str) -> Machine:
    """A machine with jail 1, whose meta this is."""
    m = boot("descriptors")
    m.make("a", meta=text)
    return m


def read(text: str, *wishes: str | tuple[str, int]) -> Result:
    """What a wish list reads of it."""
    return with_meta(text).read(*wishes, jid=1)


@pytest.mark.parametrize(
    ("name", "ours"),
    [("meta", True), ("env.a", True), ("meta.", True), ("metax", False), ("nometa", False)],
)
def test_whose_option(name: str, ours: bool) -> None:  # a table
    """The text itself, or the text, a dot and a key."""
    assert is_text(name) is ours


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ([], None),
        ([{"meta": "a=1\nb=2"}], "a=1\nb=2"),
        ([{"meta": "a=1"}, {"meta": ""}], None),
        ([{"meta": "a=1"}, {"meta": True}], None),
        ([{"meta.a": "1"}], "a=1"),
        ([{"meta": "a=1\nb=2"}, {"meta.a": "9"}], "a=9\nb=2"),
        ([{"meta": "a=1\nb=2\nc=3"}, {"meta.b": "9"}], "b=9\na=1\nc=3"),
        ([{"meta": "a=1\nb=2\nc=3"}, {"meta.b": True}], "a=1\nc=3"),
        ([{"meta": "a=1\nb=2"}, {"meta.b": True}], "a=1"),
        ([{"meta": "a=1"}, {"meta.a": True}], None),
        ([{"meta": "aa=9\na=1"}, {"meta.a": "2"}], "a=2\naa=9"),
        ([{"meta": "a=1\na=2"}, {"meta.a": "3"}], "a=3"),
        ([{"meta": "x=a=1"}, {"meta.a": "3"}], "a=3\nx=a=1"),
        ([{"meta": "a=1\n"}, {"meta.b": "2"}], "b=2\na=1\n"),
        ([{"meta": "b=1", "meta.a": "2"}], "a=2\nb=1"),
        ([{"meta.a": "2", "meta": "b=1"}], "b=1"),
        ([{"meta.a": "1\nb=2"}, {"meta.b": "3"}], "b=3\na=1"),
        ([{"meta": 5}], "\x05"),
        ([{"meta.k": 5}, {"meta.l": "m"}], "l=m\nk=\x05"),
        ([{"meta": 0}], ""),
    ],
)
def test_setting(changes: list[dict[str, Value]], text: str | None) -> None:
    """The whole text, or line by line; a new line comes in front.  MB01-MB07, MB17-MB20."""
    assert meta(*changes) == text


@pytest.mark.parametrize(
    ("value", "key", "errno"),
    [
        (-1, "meta", Errno.EINVAL),
        (-1, "meta.k", Errno.EINVAL),
        ("x", "meta.", Errno.EINVAL),
        ("x" * 4096, "meta", Errno.EFBIG),
        ("x" * 4096, "meta.k", Errno.EFBIG),
        ("x" * 4095, "meta.k", Errno.EFBIG),
    ],
)
def test_refusals(value: Value, key: str, errno: Errno) -> None:
    """An error leaves the text as it was.  MB08, MB12, MB13."""
    assert refused(value, key) == fails(errno)


def test_what_fits_just_so() -> None:
    """4,096 bytes with the NUL.  MB09."""
    assert meta({"meta": "x" * 4095}) == "x" * 4095
    assert meta({"meta.k": "x" * 4093}) == "k=" + "x" * 4093


def test_meta_before_env() -> None:
    """Whatever the order of the options; what the first did stays.  MB11."""
    m = boot("descriptors")
    m.make("a")
    assert m.set("U", {"jid": 1, "env": -1, "meta": "m"}) == fails(Errno.EINVAL)
    assert m.texts(1) == {"meta": "m"}
    assert m.set("U", {"jid": 1, "env": "e", "meta": -1}) == fails(Errno.EINVAL)
    assert m.texts(1) == {"meta": "m"}


def test_not_inherited_and_kept_while_dying() -> None:
    """MB21, MB23."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2}, meta="m", env="e")
    m.make("a.b")
    assert m.texts(2) == {}
    m.enter(1, 2)
    m.remove(1)
    assert m.texts(1) == {"meta": "m", "env": "e"}
    succeeded(m.exit(2))
    assert m.k.osd == {}


@pytest.mark.parametrize(
    ("text", "wish", "value"),
    [
        ("a=1\nb=2", "meta", "a=1\nb=2"),
        ("a=1\nb=2", "meta.a", "1"),
        ("a=1\nb=2", "meta.b", "2"),
        ("a=1\na=2", "meta.a", "2"),
        ("aa=1", "meta.a", None),
        ("a=1", "meta.none", None),
        ("a=1", "env", ""),
        ("a=1", "env.a", None),
        ("a=1\nb=2", ("meta", 8), "a=1\nb=2"),
        ("a=1\nb=2", ("meta.a", 6), "1"),
        ("a=1", ("meta.none", 0), None),
    ],
)
def test_getting(text: str, wish: str | tuple[str, int], value: str | None) -> None:
    """The whole text, or the value of the last line with that key.  MB15, MB18, MB25."""
    name = wish if isinstance(wish, str) else wish[0]
    assert read(text, wish).wanted == ((name, value),)


@pytest.mark.parametrize("wish", [("meta", 7), ("meta", 0), ("meta.a", 5), ("meta.b", 1)])
def test_small_buffers(wish: tuple[str, int]) -> None:
    """A key needs room for all of the text behind it.  MB15, MB16."""
    assert read("a=1\nb=2", wish) == fails(Errno.EINVAL)


def test_the_module_answers_before_unknown_parameters() -> None:
    """MB26."""
    assert read("a=1", "bogus", ("meta", 0)) == fails(Errno.EINVAL)
    assert read("a=1", "bogus", "meta") == fails(Errno.EINVAL, "unknown parameter: bogus")


def test_a_key_without_a_name_is_looked_for_for_ever() -> None:
    """The kernel goes round in a circle, and the watchdog ends it.  MB13."""
    assert read("a=1", "meta.") == panics(WATCHDOG)
    assert read("", "env.") == panics(WATCHDOG)


def test_but_a_buffer_that_is_too_small_ends_it() -> None:
    """A text that begins with = has a line whose key is empty."""
    assert read("=abc", ("meta.", 2)) == fails(Errno.EINVAL)


LINES = st.lists(
    st.tuples(st.sampled_from(["a", "aa", "b", "a.b"]), st.text("xy= \n", max_size=4)), max_size=5
)


@given(LINES, st.sampled_from(["a", "aa", "b"]), st.text("xy", max_size=3))
def test_what_is_set_is_read(lines: list[tuple[str, str]], key: str, value: str) -> None:
    """A key has the value that was set last, whatever stood there, and once only."""
    m = with_meta("\n".join(f"{name}={text}" for name, text in lines))
    succeeded(m.set("U", {"jid": 1, f"meta.{key}": value}))
    assert m.read(f"meta.{key}", jid=1).wanted == ((f"meta.{key}", value),)
    kept = m.texts(1)["meta"].split("\n")
    assert [line for line in kept if line.startswith(f"{key}=")] == [f"{key}={value}"]


@given(LINES, st.sampled_from(["a", "aa", "b"]))
def test_what_is_taken_away_is_gone(lines: list[tuple[str, str]], key: str) -> None:
    """No line has the key any more; lines of other keys stay, in their order."""
    text = "\n".join(f"{name}={text}" for name, text in lines)
    m = with_meta(text)
    succeeded(m.set("U", {"jid": 1, f"meta.{key}": True}))
    left = m.texts(1).get("meta", "")
    assert [x for x in left.split("\n") if x] == [
        x for x in text.split("\n") if x and not x.startswith(f"{key}=")
    ]
    assert m.read(f"meta.{key}", jid=1).wanted == ((f"meta.{key}", None),)


@given(st.text("a=\n", max_size=6), st.text("a=", max_size=2), st.integers(0, 8))
def test_every_lookup_ends(text: str, key: str, size: int) -> None:
    """In a value, in nothing, in a refusal, or at the watchdog: the test comes back."""
    try:
        found = value_of(text, key, size)
    except ConfError:
        return
    except KernelPanic:
        assert key == ""
        return
    assert found is None or len(found) < size
