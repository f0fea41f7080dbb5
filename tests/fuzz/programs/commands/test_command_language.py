import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaildiff.programs.commands.command import (
    EXIT_MAX,
    LEAVES_MAX,
    Behaviour,
    Command,
    Setup,
    fault_of,
)
from jaildiff.programs.json_form import program_from_json, program_to_json
from jaildiff.programs.op_language import Line, Script, call_text, parse, render
from jaildiff.programs.program import Program
from jaildiff.support.errors import InputError

STORY = """\
jaildiff 1
id "x"
userland 14
dir /jails/web
dir "/jails/a b"
file /etc/jail.conf
    # A comment of the file.
    web {
        persist;

        exec.start = "sh /etc/rc";
    }
file empty.conf ""
file "odd name" "no line end"
command "sh /etc/rc" exits=[1, 0], secs=2.5, leaves=3, term="ignore", kill="stay"
command "nope" noexec
command "mount -t tmpfs" exits=2, term=0.25

# Root comes.
$ jail -c web  # why
    command "sh /etc/rc" leaves=1
    command "x"
    old  exit 1
         1> web: created
         1> "\\u0007\\n"
         2> " "
    new  signal 11
    !    root intended x
p1: fork() = p2
    both 2
$ jail -f - -rc '*' ip4.addr=10.0.0.1,10.0.0.2 'a b' '#x' '' < "web { persist; }\\n"
    both exit 0
$ jexec web sleep 100 &
$ service jail onestart web
$ sleep 0.5
json {"op": "command", "argv": ["jail", "-c", "name=\\u0007"], "stays": true}
"""

COMMANDS = (
    Command(("jail", "-c", "web"), behaviours=(Behaviour("sh /etc/rc", leaves=1), Behaviour("x"))),
    Command(
        ("jail", "-f", "-", "-rc", "*", "ip4.addr=10.0.0.1,10.0.0.2", "a b", "#x", ""),
        "web { persist; }\n",
    ),
    Command(("jexec", "web", "sleep", "100"), stays=True),
    Command(("service", "jail", "onestart", "web")),
    Command(("sleep", "0.5")),
    Command(("jail", "-c", "name=\a"), stays=True),
)
SETUP = Setup(
    14,
    (
        (
            "/etc/jail.conf",
            '# A comment of the file.\nweb {\n    persist;\n\n    exec.start = "sh /etc/rc";\n}\n',
        ),
        ("empty.conf", ""),
        ("odd name", "no line end"),
    ),
    ("/jails/web", "/jails/a b"),
    (
        Behaviour("sh /etc/rc", (1, 0), 2.5, 3, "ignore", "stay"),
        Behaviour("nope", noexec=True),
        Behaviour("mount -t tmpfs", (2,), term=0.25),
    ),
)

TEXTS = st.text(max_size=12) | st.text("\"'\\#$<>& \n\t\r\0ab=.\x85\u2028{}", max_size=12)
WORDS = TEXTS.map(lambda text: text.replace("\0", ""))
SECS = st.none() | st.integers(0, 10**6).map(lambda number: number / 1000)
BEHAVIOURS = st.builds(
    Behaviour,
    TEXTS,
    st.lists(st.integers(0, EXIT_MAX), max_size=3).map(tuple),
    SECS,
    st.integers(0, LEAVES_MAX),
    SECS | st.just("ignore"),
    st.none() | st.just("stay"),
    st.booleans(),
)
LISTED = st.lists(BEHAVIOURS, max_size=2).map(tuple)
ARGVS = st.one_of(
    st.lists(WORDS, max_size=4).map(lambda words: ("jail", *words)),
    st.lists(WORDS, max_size=3).map(lambda words: ("service", "jail", *words)),
    st.just(("sleep", "3")),
)
COMMAND_OPS = st.builds(Command, ARGVS, TEXTS, st.booleans(), LISTED)
SETUPS = st.builds(
    Setup,
    st.sampled_from([None, 14, 15]),
    st.dictionaries(TEXTS, TEXTS, max_size=3).map(lambda found: tuple(found.items())),
    st.lists(TEXTS, max_size=2, unique=True).map(tuple),
    LISTED,
)


def read(*lines: str) -> Script:
    """A program with these lines behind its head."""
    return parse("\n".join(["jaildiff 1", *lines]), "x.jd")


def test_story_is_read() -> None:
    """Each form of a command, of a file and of what commands do is read as what it says."""
    script = parse(STORY, "x.jd")
    assert script.setup == SETUP
    assert tuple(line.call for line in script.lines if isinstance(line.call, Command)) == COMMANDS
    assert script.lines[0].comment == "why"
    assert script.lines[0].old == 'exit 1\n1> web: created\n1> "\\u0007\\n"\n2> " "'
    assert script.lines[0].new == "signal 11"
    assert script.program == Program("x", tuple(ln.call for ln in script.lines), setup=SETUP)


def test_story_is_written() -> None:
    """What is read is written as it was, in the canonical form."""
    assert render(parse(STORY, "x.jd")) == STORY


@given(st.lists(COMMAND_OPS, max_size=3), SETUPS)
def test_text_round_trip(commands: list[Command], setup: Setup) -> None:
    """Any commands, with any files, are read back as they were written."""
    script = Script("x", lines=tuple(map(Line, commands)), setup=setup)
    assert parse(render(script), "x.jd") == script


@given(st.lists(COMMAND_OPS, max_size=3), SETUPS)
def test_json_round_trip(commands: list[Command], setup: Setup) -> None:
    """The same in JSON."""
    program = Program("x", tuple(commands), setup=setup)
    assert program_from_json(program_to_json(program)) == program


@pytest.mark.parametrize(
    ("lines", "place", "message"),
    [
        (["$ jial -c web"], (2, 1), "expected one of jail, jls, jexec, service, sleep"),
        (["$"], (2, 1), "expected one of jail"),
        (["$ service sshd start"], (2, 1), "expected `service jail`, found 'service sshd start'"),
        (["$ sleep -3"], (2, 1), "expected sleep with 0 to 1000000000 seconds"),
        (["$ sleep 1e9"], (2, 1), "expected sleep with"),
        (["$ jail -c web; jls"], (2, 14), "found ';'"),
        (["$ jail -r *"], (2, 11), "expected quotes around what a shell would not take as it is"),
        (["$ jail -c name=$x"], (2, 16), "found '$'"),
        (["$ jail -c 'web"], (2, 11), 'found "\'"'),
        (["$ jail -c x < y"], (2, 15), "expected a string, found 'y'"),
        (["$ jail -c x & y"], (2, 15), "expected end of line"),
        (["$ jls", "    command sh"], (3, 13), "expected a string, found 'sh'"),
        (["$ jls", '    command "sh" exits=256'], (3, 24), "expected 0 to 255, found '256'"),
        (["$ jls", '    command "sh" exits=[]'], (3, 25), "expected an integer, found ']'"),
        (["$ jls", '    command "sh" secs=-1'], (3, 23), "seconds, found '-1'"),
        (["$ jls", '    command "sh" secs=nan'], (3, 23), "seconds, found 'nan'"),
        (["$ jls", '    command "sh" leaves=9999'], (3, 25), "expected 0 to 1000"),
        (["$ jls", '    command "sh" term="no"'], (3, 23), "seconds, found"),
        (["$ jls", '    command "sh" kill="no"'], (3, 23), "'\"stay\"'"),
        (["$ jls", '    command "sh" sec=1'], (3, 18), "did you mean 'secs'?"),
        (["$ jls", "    both exit 0", '    command "sh"'], (4, 5), "expected old, new, both or !"),
        (["$ jls", "    1> web"], (3, 5), "expected old, new, both or !"),
        (["p1: exit()", "    both 0", "    1> web"], (4, 5), "expected old, new, both or !"),
        (["userland 13"], (2, 10), "expected 14 or 15, found '13'"),
        (["userland 14", "userland 15"], (3, 1), "expected each setting once"),
        (["$ jls", "dir /a"], (3, 1), "expected settings above the first op"),
        (["dir"], (2, 4), "expected a path, found end of line"),
        (["dir /a", "dir /a"], (3, 5), "expected each path once"),
        (["dir /a b"], (2, 8), "expected end of line"),
        (["file a", "  x"], (3, 3), "expected an op directly above this indented line"),
        (["file a", "file a"], (3, 6), "expected each path once"),
    ],
)
def test_errors_name_the_place(lines: list[str], place: tuple[int, int], message: str) -> None:
    """What is wrong is refused with the file, the line, the column and what was expected."""
    with pytest.raises(InputError) as caught:
        read(*lines)
    assert message in caught.value.message
    assert (caught.value.path, caught.value.line, caught.value.column) == ("x.jd", *place)


def test_too_many() -> None:
    """Nobody can give more files, words or exit statuses than anybody needs."""
    for lines in (
        [f"file f{number}" for number in range(1001)],
        [f"dir d{number}" for number in range(1001)],
        ['command "x"'] * 1001,
        ["$ jail " + "a " * 10_001],
        ["$ jls", f'    command "x" exits=[{",".join("0" * 10_001)}]'],
    ):
        with pytest.raises(InputError, match="expected at most"):
            read(*lines)


def test_blank_lines_behind_a_file_are_not_its_text() -> None:
    """They belong to what comes next; those inside are kept."""
    script = read("file a", "    x", "", "    y", "", "# then", "$ jls")
    assert script.setup.files == (("a", "x\n\ny\n"),)
    assert script.lines[0].before == ("", "# then")


def test_hostile_text_takes_linear_time() -> None:
    """Long lines of quotes, backslashes and blanks are read or refused at once."""
    for piece in ("'", '"', "\\", "a'b'", '"\\', " ", "<", "1> "):
        try:
            read("$ jail " + piece * 100_000)
        except InputError:
            continue


def test_random_edits_are_read_or_refused() -> None:
    """A damaged program is read, and then written and read alike, or it is an InputError."""
    rng = random.Random(7)
    for _ in range(600):
        text = list(STORY)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(text))
            text[place : place + rng.randint(0, 3)] = rng.choice(
                ["", "'", '"', "\n", " ", "$", "<"]
            )
        try:
            script = parse("".join(text), "x.jd")
        except InputError:
            continue
        assert parse(render(script), "x.jd") == script


@pytest.mark.parametrize(
    ("argv", "known"),
    [
        (("jail",), True),
        (("jls", "-d"), True),
        (("service", "jail", "status"), True),
        (("sleep", "0"), True),
        ((), False),
        (("sh", "-c", "x"), False),
        (("service",), False),
        (("sleep",), False),
        (("sleep", "1", "2"), False),
        (("jail", "\0"), False),
    ],
)
def test_what_can_be_run(argv: tuple[str, ...], known: bool) -> None:
    """Only what is modelled is a command; in JSON all else is an op that is none."""
    assert (fault_of(argv) == "") is known
    program = {"format": 1, "id": "x", "ops": [{"op": "command", "argv": list(argv)}]}
    (call,) = program_from_json(program).calls
    assert isinstance(call, Command) is known


@pytest.mark.parametrize(
    "change",
    [
        {"argv": "jls"},
        {"argv": [1]},
        {"stdin": 5},
        {"stays": "yes"},
        {"stray": 1},
        {"commands": {}},
        {"commands": [{"exits": [0]}]},
        {"commands": [{"text": "x", "exits": []}]},
        {"commands": [{"text": "x", "exits": [True]}]},
        {"commands": [{"text": "x", "secs": float("inf")}]},
        {"commands": [{"text": "x", "secs": True}]},
        {"commands": [{"text": "x", "leaves": -1}]},
        {"commands": [{"text": "x", "term": "no"}]},
        {"commands": [{"text": "x", "kill": "no"}]},
        {"commands": [{"text": "x", "noexec": 1}]},
        {"commands": [{"text": "x", "more": 1}]},
    ],
)
def test_malformed_in_json(change: dict[str, object]) -> None:
    """A command that is none in JSON is an op that every kernel refuses."""
    op = {"op": "command", "argv": ["jls"]} | change
    (call,) = program_from_json({"format": 1, "id": "x", "ops": [op]}).calls
    assert not isinstance(call, Command)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"userland": 13}, 'expected 14 or 15 as "userland", found 13'),
        ({"userland": "14"}, "expected 14 or 15"),
        ({"dirs": "a"}, 'paths as "dirs"'),
        ({"dirs": [1]}, 'paths as "dirs"'),
        ({"files": []}, 'texts as "files"'),
        ({"files": {"a": 1}}, 'texts as "files"'),
        ({"commands": [1]}, 'what commands do as "commands"'),
    ],
)
def test_broken_settings_in_json(change: dict[str, object], message: str) -> None:
    """A setting that is none is an InputError that names it."""
    with pytest.raises(InputError, match=message):
        program_from_json({"format": 1, "id": "x", "ops": []} | change)


def test_what_is_shown_of_a_command() -> None:
    """In tables and titles a command is what is typed."""
    command = COMMANDS[1]
    assert call_text(replace(command, stdin="")) == (
        "$ jail -f - -rc '*' ip4.addr=10.0.0.1,10.0.0.2 'a b' '#x' ''"
    )
    assert call_text(COMMANDS[2]) == "$ jexec web sleep 100 &"
