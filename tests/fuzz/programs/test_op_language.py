import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.call import (
    Call,
    Close,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    JailSet,
    Malformed,
    Poke,
)
from jaildiff.programs import op_language as text
from jaildiff.programs.answer_language import PLAIN, answer_text
from jaildiff.programs.json_form import call_from_json
from jaildiff.programs.op_language import Line, Script, call_text, parse, render
from jaildiff.programs.program import Program
from jaildiff.support.errors import InputError

STORY = """\
# A create that fails has renumbered all the same.

jaildiff 1
JAIL_MAX 6
id "D16-failing-create"

# the holder
  # indented comment
p1: fork() = p2
p2: jail_set(CREATE|ATTACH, jid=5, name="a", ip4.addr=["10.0.0.1", "10.0.0.2"])
p2: hold(r1)  # trailing comment
p2: exit()  #
p1: jail_set(CREATE|0x300, jid=5, persist, allow.mount=false, securelevel=null, "odd name"=[])
    old  EEXIST "jail 5 already exists"
    new  5
    !    root intended dying-jid-renumbered
    !    also this
p1: jail_set(0, host="new", "\\u0000\\udcff"="\\"\\\\\\n")
    new  EINVAL
p1: jail_get(DYING, name="a")
    both 999999 {dying=true, name="a"}
p1: jail_get(0)
p1: jail_get(-0x80000000, jid=0, name="é", lastjid=-5)
p1: jail_get(DYING, lastjid=0, only path:16, ip4.addr:0, "odd name", name)
    both 5 {ip4.addr=2, path="/"}
p1: jail_get(0, jid=5, only)
p1: jail_get(0, want meta, "env.a b":0)
p1: jail_attach(5)
p1: jail_remove(-5)
p1: jail_set(CREATE|AT_DESC|OWN_DESC, desc=3)
p1: jail_get(DYING|USE_DESC|GET_DESC, desc="abc", want meta)
p1: jail_attach_jd(3)
p1: jail_remove_jd(-1)
p1: close(64)

p1: fork_begin() = p3
p3: fork_end()
drop(r1)
drop("r 1")
poke(lastprid=3, lastdeadid=1)
poke(lastdeadid=0)
json {"op": "nonsense", "x": [1.5, "#"]}  # refused
# the end

"""

CALLS = (
    Fork(1, 2),
    JailSet(2, 5, (("jid", 5), ("name", "a"), ("ip4.addr", ("10.0.0.1", "10.0.0.2")))),
    Hold(2, "r1"),
    Exit(2),
    JailSet(
        1,
        0x301,
        (
            ("jid", 5),
            ("persist", True),
            ("allow.mount", False),
            ("securelevel", None),
            ("odd name", ()),
        ),
    ),
    JailSet(1, 0, (("host", "new"), ("\0\udcff", '"\\\n'))),
    JailGet(1, 8, (("name", "a"),)),
    JailGet(1, 0, ()),
    JailGet(1, -0x80000000, (("jid", 0), ("name", "é"), ("lastjid", -5))),
    JailGet(
        1,
        8,
        (("lastjid", 0),),
        (("path", 16), ("ip4.addr", 0), ("odd name", None), ("name", None)),
        plain=False,
    ),
    JailGet(1, 0, (("jid", 5),), (), plain=False),
    JailGet(1, 0, (), (("meta", None), ("env.a b", 0))),
    JailAttach(1, 5),
    JailRemove(1, -5),
    JailSet(1, 0xA1, (("desc", 3),)),
    JailGet(1, 0x58, (("desc", "abc"),), (("meta", None),)),
    JailAttachJd(1, 3),
    JailRemoveJd(1, -1),
    Close(1, 64),
    ForkBegin(1, 3),
    ForkEnd(3),
    Drop("r1"),
    Drop("r 1"),
    Poke(3, 1),
    Poke(None, 0),
    Malformed('{"op": "nonsense", "x": [1.5, "#"]}'),
)

INTEGERS = st.integers() | st.integers(-10, 10**6)
# Any bytes, any characters, and what looks like syntax.
STRINGS = (
    st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
    | st.text(max_size=20)
    | st.text('"\\#=,()[]| \t\r\n\0\x1f\x7f\x85\u2028\ufeffa.-', max_size=10)
    | st.sampled_from(["persist", "null", "true", "0", "-", "json", "op", "p1"])
)
VALUES = st.none() | st.booleans() | INTEGERS | STRINGS | st.lists(STRINGS, max_size=3).map(tuple)
KEYS = st.fixed_dictionaries(
    {},
    optional={
        "name": STRINGS,
        "lastjid": INTEGERS,
        "jid": INTEGERS,
        "desc": INTEGERS | STRINGS,
    },
).map(lambda keys: tuple(keys.items()))
WISHES = st.lists(st.tuples(STRINGS, st.none() | st.integers(0)), max_size=4).map(tuple)
MALFORMED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=8,
).map(call_from_json)
CALL: st.SearchStrategy[Call] = st.one_of(
    st.builds(
        JailSet,
        INTEGERS,
        INTEGERS,
        st.dictionaries(STRINGS, VALUES, max_size=5).map(lambda params: tuple(params.items())),
    ),
    st.builds(JailGet, INTEGERS, INTEGERS, KEYS),
    st.builds(JailGet, INTEGERS, INTEGERS, KEYS, WISHES, plain=st.booleans()),
    st.builds(JailAttach, INTEGERS, INTEGERS),
    st.builds(JailRemove, INTEGERS, INTEGERS),
    st.builds(JailAttachJd, INTEGERS, INTEGERS),
    st.builds(JailRemoveJd, INTEGERS, INTEGERS),
    st.builds(Close, INTEGERS, INTEGERS),
    st.builds(Fork, INTEGERS, INTEGERS),
    st.builds(ForkBegin, INTEGERS, INTEGERS),
    st.builds(ForkEnd, INTEGERS),
    st.builds(Exit, INTEGERS),
    st.builds(Hold, INTEGERS, STRINGS),
    st.builds(Drop, STRINGS),
    st.builds(Poke, INTEGERS, st.none() | INTEGERS),
    st.builds(Poke, st.none(), INTEGERS),
    MALFORMED,
)
WORDS = st.text(st.characters(exclude_characters="\n"), max_size=15).map(str.strip)
EXPECTATIONS = st.none() | WORDS.filter(bool)
COMMENTS = st.lists(st.sampled_from(["", " ", "\t", "#", "# why", "  # \x85\r"])).map(tuple)
LINE = st.builds(
    Line,
    CALL,
    COMMENTS,
    st.none() | WORDS,
    EXPECTATIONS,
    EXPECTATIONS,
    st.lists(WORDS.filter(bool), max_size=2).map(tuple),
)
SCRIPT = st.builds(
    Script,
    STRINGS,
    st.integers(1, 999999),
    COMMENTS,
    st.lists(LINE, max_size=4).map(tuple),
    COMMENTS,
)


def complaint(source: str) -> str:
    """What `parse` complains of, from behind the path."""
    with pytest.raises(InputError) as caught:
        parse(source, "a.jd")
    shown = str(caught.value)
    assert shown.startswith("a.jd:")
    return shown.removeprefix("a.jd:")


def test_the_story_is_understood() -> None:
    """Every form of op, comment and expectation arrives where it belongs."""
    script = parse(STORY, "a.jd")
    assert script.program == Program("D16-failing-create", CALLS, 6)
    assert script.head == ("# A create that fails has renumbered all the same.", "")
    assert script.tail == ("# the end", "")
    fork, hold, fails = script.lines[0], script.lines[2], script.lines[4]
    assert fork.before == ("", "# the holder", "  # indented comment")
    assert (fork.number, fork.comment, fork.old, fork.new, fork.verdicts) == (
        9,
        None,
        None,
        None,
        (),
    )
    assert (hold.comment, script.lines[3].comment) == ("trailing comment", "")
    assert (fails.old, fails.new) == ('EEXIST "jail 5 already exists"', "5")
    assert fails.verdicts == ("root intended dying-jid-renumbered", "also this")
    assert script.lines[6].old == script.lines[6].new == '999999 {dying=true, name="a"}'


def test_canonical_text_is_kept() -> None:
    """Rendering what was parsed gives the very same text."""
    assert render(parse(STORY, "a.jd")) == STORY


def test_careless_text_is_understood() -> None:
    """Spaces, hexadecimal numbers, line ends and needless quotes do not matter."""
    careless = (
        'jaildiff  1\r\np01 :jail_set( ATTACH |CREATE|0 ,"jid"= 0x5,persist=true , name="a" )#x\r\n'
        "  old 1\n\told2\n".replace("\told2\n", "\tnew   1  \n")
        + 'json {"op":"exit","pid":1}'
    )
    script = parse(careless, "dir/a.b.jd")
    assert script == Script(
        "a.b",
        lines=(
            Line(
                JailSet(1, 5, (("jid", 5), ("persist", True), ("name", "a"))),
                comment="x",
                old="1",
                new="1",
            ),
            Line(Exit(1)),
        ),
    )
    assert "    both 1\n" in render(script)


def test_the_default_jail_max_is_not_written() -> None:
    """JAIL_MAX is written only if it is not the kernel's; the id always is."""
    assert render(Script("x")) == 'jaildiff 1\nid "x"\n'


@given(CALL)
def test_any_call_survives_its_text(call: Call) -> None:
    """A call's one line reads back as the same call, whatever strings are in it."""
    line = call_text(call)
    assert "\n" not in line
    line.encode()  # A file can hold it.
    (again,) = parse(f"jaildiff 1\n{line}\n", "a.jd").lines
    assert again == Line(call)


@given(SCRIPT)
def test_any_script_survives_its_text(script: Script) -> None:
    """Parsing what was rendered gives the same script."""
    assert parse(render(script), "other.jd") == script


@given(st.text() | st.text('jaildiff 1\np: exit()#="\\[]|,{}').map("jaildiff 1\n{}".format))
def test_any_text_parses_or_is_refused(source: str) -> None:
    """Whatever the text, the parser raises nothing but InputError."""
    try:
        script = parse(source, "a.jd")
    except InputError:
        return
    assert parse(render(script), "a.jd") == script


@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_a_damaged_script_parses_or_is_refused(rng: random.Random, damages: int) -> None:
    """A script with characters lost, doubled or changed parses stably or raises InputError."""
    source = STORY
    for _ in range(damages):
        place, length = rng.randrange(len(source)), rng.choice([0, 1, 1, 5])
        new = rng.choice(["", *'\n\t "\\#=,()[]|:!0p\x00\ud800\udc80é', source[place : place + 9]])
        source = source[:place] + new + source[place + length :]
    try:
        script = parse(source, "a.jd")
    except InputError:
        return
    assert parse(render(script), "a.jd") == script


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("exit()", "1: expected a process (as 'p1:') before this op, found 'exit'"),
        ("x: exit()", "1: expected a process (as 'p1'), found 'x'"),
        ("p1x: exit()", "1: expected a process (as 'p1'), found 'p1x'"),
        ("p1 exit()", "1: expected an op, found 'p1'"),
        ("dorp(r1)", "1: expected an op, found 'dorp' (did you mean 'drop'?)"),
        ("jail_sett(0)", "1: expected an op, found 'jail_sett' (did you mean 'jail_set'?)"),
        (
            "p1: jail_atach(5)",
            "5: expected an op of a process, found 'jail_atach' (did you mean 'jail_attach'?)",
        ),
        ("p1: drop(r1)", "5: expected an op of a process, found 'drop'"),
        ("p1:", "4: expected an op of a process, found end of line"),
        ("p1: exit", "9: expected '(', found end of line"),
        ("p1: exit(", "10: expected ')', found end of line"),
        ("p1: exit(  # why", "12: expected ')', found a comment"),
        ("p1: exit(3)", "10: expected ')', found '3'"),
        ("p1: exit() 3", "12: expected end of line, found '3'"),
        ("p1: fork()", "11: expected '=', found end of line"),
        ("p1: fork() = 2", "14: expected a process (as 'p1'), found '2'"),
        ("p1: fork(2) = p2", "10: expected ')', found '2'"),
        ("p1: fork_begin() p2", "18: expected '=', found 'p2'"),
        ("p1: jail_attach()", "17: expected an integer, found ')'"),
        ("p1: jail_remove(a)", "17: expected an integer, found 'a'"),
        (f"p1: jail_remove({'9' * 4000})", "17: expected an integer of at most 4096 bits, found"),
        (f"p1: jail_remove({'9' * 5000})", "17: expected an integer of at most 4096 bits, found"),
        (f"p{'9' * 5000}: exit()", "1: expected a process (as 'p1'), found 'p9999"),
        ("p1: hold()", "10: expected a name, found ')'"),
        (
            "p1: jail_set(CRATE)",
            (
                "14: expected a flag (CREATE, UPDATE, ATTACH, DYING, USE_DESC, AT_DESC, GET_DESC, "
                "OWN_DESC, a number; write 0 for no flags), found 'CRATE'"
                " (did you mean 'CREATE'?)"
            ),
        ),
        (
            "p1: jail_set(create|0x300, jid=1)",
            (
                "14: expected a flag (CREATE, UPDATE, ATTACH, DYING, USE_DESC, AT_DESC, GET_DESC, "
                "OWN_DESC, a number; write 0 for no flags), found 'create'"
                " (did you mean 'CREATE'?)"
            ),
        ),
        (
            "p1: jail_set(CREATE|, a)",
            "21: expected a flag (CREATE, UPDATE, ATTACH",
        ),
        (
            "p1: jail_set(0x3g)",
            "14: expected a flag (CREATE, UPDATE, ATTACH, DYING, USE_DESC",
        ),
        ("p1: jail_set(0 persist)", "16: expected ')', found 'persist'"),
        ("p1: jail_set(0, )", "17: expected a name, found ')'"),
        ("p1: jail_set(0, é)", "17: expected a name, found 'é'"),
        ("p1: jail_set(0, a, b=1, a=2)", "25: expected each name once, found 'a'"),
        ('p1: jail_set(0, a, "a")', "20: expected each name once, found '\"a\"'"),
        (
            "p1: jail_set(0, a=fales)",
            (
                "19: expected a value (a string, a number, true, false, null, [), found 'fales'"
                " (did you mean 'false'?)"
            ),
        ),
        ("p1: jail_set(0, a=)", "19: expected a value (a string, a number, true, false, null, ["),
        ("p1: jail_set(0, a=[[]])", "20: expected a string, found '['"),
        ("p1: jail_set(0, a=[1])", "20: expected a string, found '1'"),
        ('p1: jail_set(0, a=["x" "y"])', "24: expected ']', found '\"y\"'"),
        ('p1: jail_set(0, a=["x",])', "24: expected a string, found ']'"),
        ('p1: jail_set(0, a={"b": 1})', "19: expected a value (a string, a number, true, false"),
        (
            'p1: hold("r)',
            "10: expected a JSON string (Unterminated string starting at), found '\"r)'",
        ),
        ('p1: hold("r\\x")', r"""12: expected a JSON string (Invalid \escape), found '"r\\x"'"""),
        ('p1: hold("\t")', "11: expected a JSON string (Invalid control character at), found"),
        (r'p1: hold("\ud800")', "10: expected a string without lone surrogates, found"),
        (
            "p1: jail_get(0, nmae=1)",
            "17: expected jid, name, lastjid, desc, want or only, found 'nmae'",
        ),
        ("p1: jail_get(0, jid)", "20: expected '=', found ')'"),
        ('p1: jail_get(0, jid="1")', "21: expected an integer, found '\"1\"'"),
        ("p1: jail_get(0, name=1)", "22: expected a string, found '1'"),
        ("p1: jail_get(0, want)", "21: expected a name, found ')'"),
        ("p1: jail_get(0, only path,)", "27: expected a name, found ')'"),
        ("p1: jail_get(0, only path:)", "27: expected an integer, found ')'"),
        ("p1: jail_get(0, only path:-1)", "27: expected a size of 0 or more, found '-1'"),
        ("p1: jail_get(0, only path=1)", "26: expected ')', found '='"),
        ("p1: jail_get(0, jid=1, jid=1)", "24: expected each name once, found 'jid'"),
        ("poke()", "6: expected lastprid or lastdeadid, found ')'"),
        ("poke(lastpid=1)", "6: expected lastprid or lastdeadid, found 'lastpid' (did you mean"),
        ("poke(lastprid)", "14: expected '=', found ')'"),
        ("poke(lastprid=x)", "15: expected an integer, found 'x'"),
        ("json", "5: expected JSON (Expecting value), found ''"),
        ('json {"op": nonsense}', "13: expected JSON (Expecting value), found 'nonsense}'"),
        ('json {"op": 1} 2', "16: expected end of line, found '2'"),
        ("json " + "[" * 150 + "]" * 150, "6: expected values nested at most 100 deep, found"),
        ("json " + "[" * 9999, "6: expected values nested at most 100 deep, found more"),
        ("json " + "9" * 9999, "6: expected at most 4300 digits in a number, found more"),
        ("JAIL_MAX", "9: expected an integer, found end of line"),
        ("JAIL_MAX 0", "10: expected 1 to 999999, found '0'"),
        ("JAIL_MAX 6  # why", "13: expected end of line, found a comment"),
        ("id", "3: expected a name, found end of line"),
        ('id "a" b', "8: expected end of line, found 'b'"),
        ("  old 5", "3: expected an op directly above this indented line, found 'old'"),
    ],
)
def test_a_bad_line_is_pointed_at(line: str, message: str) -> None:
    """What is wrong with a line is reported with its column and what would be right."""
    assert complaint(f"# why\njaildiff 1\n{line}\np1: exit()\n").startswith(f"3:{message}")


def test_an_endless_list_is_pointed_at() -> None:
    """A list has a limit, which is named where it is exceeded."""
    texts = ", ".join(['"a"'] * 10_001)
    message = complaint(f"jaildiff 1\np1: jail_set(0, ip4.addr=[{texts}])\n")
    assert message.startswith("2:50027: expected at most 10000 texts in a list, found '\"a\"'")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("    odl  5", "5: expected old, new, both or !, found 'odl' (did you mean 'old'?)"),
        ("    old  ", "8: expected an answer, found end of line"),
        ("\t!", "3: expected an answer, found end of line"),
        ("    old 5\n    both 5", "5: expected each answer once, found 'both'"),
        ("  new 5\n  new 6", "3: expected each answer once, found 'new'"),
        ("# why\n  new 6", "3: expected an op directly above this indented line, found 'new'"),
        ("JAIL_MAX 6", "1: expected settings above the first op, found 'JAIL_MAX'"),
    ],
)
def test_a_bad_line_below_an_op_is_pointed_at(lines: str, message: str) -> None:
    """Expectations and settings in the wrong place or form are reported."""
    number = 2 + len(lines.splitlines())
    assert complaint(f"jaildiff 1\np1: exit()\n{lines}\n") == f"{number}:{message}"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", " expected 'jaildiff 1', found end of file"),
        ("# only\n\n", " expected 'jaildiff 1', found end of file"),
        ("p1: exit()", "1:1: expected 'jaildiff 1', found 'p1'"),
        ("\n jaildif 1", "2:2: expected 'jaildiff 1', found 'jaildif' (did you mean 'jaildiff'?)"),
        ("jaildiff 2", "1:10: expected format version 1, found '2'"),
        ("jaildiff", "1:9: expected format version 1, found end of line"),
        ("jaildiff 1 # why", "1:12: expected end of line, found a comment"),
        ("jaildiff 1\nid a\nid b", "3:1: expected each setting once, found 'id'"),
        ("jaildiff 1\nJAIL_MAX 6\nJAIL_MAX 6", "3:1: expected each setting once, found 'JAIL_MAX'"),
    ],
)
def test_a_bad_start_is_pointed_at(source: str, message: str) -> None:
    """A file without its first lines is reported."""
    assert complaint(source) == message


def test_oversized_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, lines and programs above their limits are refused."""
    long = "jaildiff 1\n#" + " " * text.LINE_MAX
    assert complaint(long) == "2: expected at most 1048576 characters in a line, found 1048577"
    source = "jaildiff 1\n" + "p1: exit()\n" * 3
    monkeypatch.setattr(text, "OPS_MAX", 2)
    assert complaint(source) == "4: expected at most 2 ops, found more"
    monkeypatch.setattr(text, "FILE_MAX", 40)
    assert complaint(source) == " expected at most 40 characters, found 44"


@pytest.mark.parametrize("filling", ['"', '\\"', '"\\', "[", "a=", "#", "9", "é", "\\", " "])
def test_long_lines_take_linear_time(filling: str) -> None:
    """No line up to the limit keeps the parser busy (the suite's timeout would stop it)."""
    source = f'jaildiff 1\np1: jail_set(0, "a\\\\"={filling * (text.LINE_MAX // len(filling) - 99)}'
    with pytest.raises(InputError):
        parse(source, "a.jd")


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ({"errno": None, "ret": 5, "errmsg": None}, "5"),
        ({"errno": "EINVAL", "ret": None, "errmsg": None}, "EINVAL"),
        ({"errno": "EPERM", "ret": None, "errmsg": 'no "a"\n'}, r'EPERM "no \"a\"\n"'),
        ({"panic": "page fault"}, "panic: page fault"),
    ],
)
def test_answers_are_short(answer: dict[str, object], shown: str) -> None:
    """An answer shows errno and message, or the value, or the panic."""
    assert answer_text(answer) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({}, '7 {name="a"}'),
        ({"dying": True, "persist": False}, '7 {dying=true, name="a", persist=false}'),
        ({"jid": 8, "parent": 3}, '7 {jid=8, name="a", parent=3}'),
        ({"vnet": "new", "ip4.addr": ["::"]}, '7 {ip4.addr=["::"], name="a", vnet="new"}'),
        ({"host.hostid": False}, '7 {host.hostid=false, name="a"}'),
    ],
)
def test_values_show_what_is_unusual(values: dict[str, object], shown: str) -> None:
    """Of the values of jail_get only those are shown that differ from a plain jail's."""
    answer = {"errno": None, "ret": 7, "errmsg": None}
    assert answer_text(answer | {"values": {**PLAIN, "jid": 7, "name": "a", **values}}) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({}, "7 {}"),
        ({"path": "/", "jid": 7}, '7 {jid=7, path="/"}'),
        ({"nopersist": False, "ip4.addr": 0}, "7 {ip4.addr=0, nopersist=false}"),
    ],
)
def test_values_of_a_wish_list_are_shown_whole(values: dict[str, object], shown: str) -> None:
    """What was asked for by a list alone is shown, however usual it is."""
    assert answer_text({"errno": None, "ret": 7, "errmsg": None, "values": values}) == shown


def test_malformed_json_is_canonical() -> None:
    """However a refused op is written, its call has the one JSON text that is written again."""
    (line,) = parse('jaildiff 1\njson   {"op":"\\u00e9"}#why', "a.jd").lines
    assert line == Line(Malformed(json.dumps({"op": "é"})), comment="why")


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (
            'p1: jail_set(CREATE, ip4.addr=["bogus", "10.0.0.5"])',
            32,
            "IPv4 address, found '\"bogus\"'",
        ),
        ('p1: jail_set(CREATE, ip4.addr=["10.0.0.5", "::1"])', 44, "IPv4 address, found '\"::1\"'"),
        ('p1: jail_set(CREATE, persist, ip6.addr=["10.0.0.5"])', 41, "IPv6 address, found"),
    ],
)
def test_what_is_no_address_is_refused(row: str, column: int, message: str) -> None:
    """The kernel is given addresses as bytes, so a text that is none would vanish silently."""
    with pytest.raises(InputError, match=rf"^x:2:{column}: expected an ") as caught:
        parse(f"jaildiff 1\n{row}\n", "x")
    assert message in str(caught.value)


@given(st.lists(st.sampled_from(["10.0.0.1", "::1", "bogus", ""]) | st.text(), max_size=3))
def test_what_a_recording_says_of_addresses_can_be_written(addrs: list[str]) -> None:
    """A recorded call with texts that are no addresses is read as ever, and written as JSON."""
    params = {"ip4.addr": addrs, "ip6.addr": addrs}
    call = call_from_json({"op": "jail_set", "pid": 1, "flags": ["create"], "params": params})
    row = call_text(call)
    assert row.startswith("json ") == bool(addrs)
    script = Script("x", lines=(Line(call, comment="why"),))
    assert parse(render(script), "x.jd") == script


def test_missing_flags() -> None:
    """Whoever leaves the flags out is told how to write that there are none."""
    with pytest.raises(InputError, match="write 0 for no flags"):
        parse('jaildiff 1\np1: jail_set(name="a")\n', "x")
