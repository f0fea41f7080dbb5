"""Commands and their setup in the op language.

    userland 14
    dir /jails/web
    file /etc/jail.conf
        web {
            path = "/jails/web";
            exec.start = "sh /etc/rc";
        }
    command "sh /etc/rc" leaves=1, secs=2.5

    $ jail -c web
        both exit 0
             1> web: created
    $ jail -rc web < "text of standard input"
        command "sh /etc/rc" exits=[1, 0]
        old  exit 1
             2> jail: jail 5 already exists
        new  exit 0
    $ jexec web sleep 100 &
    $ sleep 30

Root on the host types the commands: jail, jls, jexec, `service jail`, and sleep, which lets time
pass.  Letters, digits and @%+=:,./-_ are written as they are; any other character needs quotes,
as in sh(1).  Nothing is expanded.  A command is a single op, however many system calls it makes.
Its answer is its exit status and its output: a row `1>` for each line of standard output, then a
row `2>` for each line of standard error.  A line with unprintable characters or without a line
end is written as a JSON string.

`userland` names the release whose userland runs on both kernels.  Without it, the old kernel runs
14's and the new one 15's.  The text of a file is indented by four blanks; if it has unprintable
characters it is a JSON string after the name.

`command` says what a command that jail(8) runs does.  `exits` is its exit status, or a list of
statuses for its runs in order.  `secs` is how long it runs, `leaves` how many processes it leaves
behind.  `term` is how many seconds after SIGTERM it ends, or "ignore".  `kill="stay"` makes it
linger when its jail is removed.  `noexec` means that the program does not exist.  A `command` line
below a command holds for that command alone.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jaildiff.programs.commands.command import (
    EXIT_MAX,
    FILES_MAX,
    IGNORE,
    LEAVES_MAX,
    NO_SETUP,
    RELEASES,
    SECS_MAX,
    STAY,
    WORDS_MAX,
    Behaviour,
    Command,
    Setup,
    fault_of,
    is_number,
)
from jaildiff.programs.op_scanner import Scanner
from jaildiff.support.errors import InputError, mismatch
from jaildiff.support.printable import quoted

INDENT = "    "
QUOTE = '"'
PATH = re.compile(r"[A-Za-z0-9_./-]+")
SETTINGS = ("userland", "dir", "file", "command")
OUTPUT = re.compile(r"\s+(?P<row>[12]> .*)")
PIECE = r"[\w@%+=:,./-]|'[^']*'|\"(?:[^\"\\]|\\.)*\""
WORD = re.compile(rf"(?:{PIECE})+", re.ASCII)
BLANKS = re.compile(r"[ \t\r]*")

# ---- writing


def setup_rows(setup: Setup) -> Iterator[str]:
    """The lines for the setup of a program's commands."""
    if setup.userland is not None:
        yield f"userland {setup.userland}"
    yield from (f"dir {path_text(name)}" for name in setup.dirs)
    for name, text in setup.files:
        yield from file_rows(name, text)
    yield from map(behaviour_text, setup.behaviours)


def file_rows(name: str, text: str) -> Iterator[str]:
    """The lines for a file with its text."""
    lines = text.split("\n")
    shows = text.endswith("\n") and all(line.isprintable() for line in lines)
    shows = shows and all(line == line.rstrip() for line in lines)
    if not shows or not lines[0] or not lines[-2]:
        yield f"file {path_text(name)} {quoted(text)}"
        return
    yield f"file {path_text(name)}"
    yield from (INDENT + line if line else "" for line in lines[:-1])


def path_text(name: str) -> str:
    """A path, quoted if necessary."""
    return name if PATH.fullmatch(name) else quoted(name)


def behaviour_text(one: Behaviour) -> str:
    """The line for one behaviour."""
    exits = ", ".join(map(str, one.exits))
    given = {
        "exits": exits if len(one.exits) == 1 else f"[{exits}]" if exits else None,
        "secs": None if one.secs is None else number_text(one.secs),
        "leaves": str(one.leaves) if one.leaves else None,
        "term": term_text(one.term),
        "kill": None if one.kill is None else quoted(one.kill),
    }
    items = [f"{name}={value}" for name, value in given.items() if value is not None]
    items += ["noexec"] if one.noexec else []
    return f"command {quoted(one.text)} {', '.join(items)}".rstrip()


def term_text(term: float | str | None) -> str | None:
    """The value of `term`; None if it is not given."""
    return quoted(term) if isinstance(term, str) else None if term is None else number_text(term)


def number_text(number: float) -> str:
    """A number of seconds in as few digits as possible."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def command_text(command: Command) -> str:
    """A command as typed."""
    stdin = f" < {quoted(command.stdin)}" if command.stdin else ""
    return f"$ {shlex.join(command.argv)}{stdin}{' &' if command.stays else ''}"


def is_typable(command: Command) -> bool:
    """Whether a command can be written as typed; otherwise it must be JSON."""
    return all(word.isprintable() for word in command.argv)


def ending_text(answer: Mapping[str, object]) -> str:
    """An answer in JSON as text: how the command ended, and a row for each line of output."""
    status = answer["exit"]
    ending = status if isinstance(status, str) else f"exit {status}"
    output, messages = str(answer["stdout"]), str(answer["stderr"])
    return "\n".join([ending, *output_rows("1>", output), *output_rows("2>", messages)])


def output_rows(stream: str, text: str) -> Iterator[str]:
    """The rows for one output stream."""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        body = line.removesuffix("\n")
        shows = body != line and body.isprintable() and body == body.rstrip() and body
        yield f"{stream} {body if shows and body[0] != QUOTE else quoted(line)}"


# ---- reading


def command_op(path: str, number: int, row: str) -> tuple[Command, str | None]:
    """The command in a line, and the comment after it."""
    place = BLANKS.match(row, 1).end()  # type: ignore[union-attr]  # it matches nothing, too
    argv: list[str] = []
    while row[place : place + 1] not in ("", "#", "<", "&"):
        word = WORD.match(row, place)
        end = len(row) if word is None else word.end()
        if word is None or row[end : end + 1] not in ("", " ", "\t", "\r"):
            wrong = place if word is None else end
            message = mismatch("quotes around what a shell would not take as it is", row[wrong])
            raise InputError(path, number, wrong + 1, message)
        if len(argv) == WORDS_MAX:
            raise InputError(path, number, place + 1, f"expected at most {WORDS_MAX} words")
        argv += shlex.split(word.group())
        place = BLANKS.match(row, end).end()  # type: ignore[union-attr]  # as above
    wrong = fault_of(tuple(argv))
    if wrong:
        raise InputError(path, number, 1, mismatch(wrong, " ".join(argv)))
    scan = Scanner(path, number, row, place)
    stdin = scan.string() if scan.accept("<") else ""
    stays = scan.accept("&")
    return Command(tuple(argv), stdin, stays), scan.end()


def behaviour(scan: Scanner) -> Behaviour:
    """The behaviour after the word `command`."""
    text = scan.string()
    given: dict[str, object] = {}
    if not scan.ended():
        given = dict(scan.pairs(lambda name: READERS[name](scan), tuple(READERS)))
    scan.end(comment=False)
    return Behaviour(text, **given)  # type: ignore[arg-type]  # READERS gives them


@dataclass(slots=True)
class SetupReader:
    """The setup read so far."""

    setup: Setup = NO_SETUP
    name: str | None = None  # of the file being read, if any
    rows: list[str] = field(default_factory=list)  # of its text

    def take(self, scan: Scanner) -> None:
        """One setting."""
        what = scan.word("a setting", SETTINGS)
        setup = self.setup
        if what == "userland":
            if setup.userland is not None:
                raise scan.error("each setting once", back=1)
            release = int(scan.word("14 or 15", [str(known) for known in RELEASES]))
            self.setup = replace(setup, userland=release)
        elif what == "dir":
            self.setup = replace(setup, dirs=(*setup.dirs, self.path(scan, setup.dirs)))
        elif what == "file":
            name = self.path(scan, [known for known, _ in setup.files])
            if scan.ended():
                self.name = name
            else:
                self.add_file(name, scan.string())
        else:
            self.setup = replace(setup, behaviours=(*setup.behaviours, behaviour(scan)))
            self.limit(scan, self.setup.behaviours)
        scan.end(comment=False)

    def path(self, scan: Scanner, known: Sequence[str]) -> str:
        """A path that is not in `known`."""
        before = scan.index
        name = scan.path_name(PATH)
        if name in known:
            raise scan.error("each path once", back=scan.index - before)
        self.limit(scan, known)
        return name

    @staticmethod
    def limit(scan: Scanner, known: Sequence[object]) -> None:
        """Raise InputError if there are FILES_MAX items already."""
        if len(known) >= FILES_MAX:
            raise scan.error(f"at most {FILES_MAX} of these", back=1)

    def add_file(self, name: str, text: str) -> None:
        """Add a complete file."""
        self.setup = replace(self.setup, files=(*self.setup.files, (name, text)))

    def reads(self, row: str) -> bool:
        """Take a row if it belongs to the text of a file; tell whether it does."""
        belongs = self.name is not None and (row.startswith(INDENT) or not row.strip())
        if belongs:
            self.rows.append(row)
        return belongs

    def close(self) -> list[str]:
        """End the text of the file; return the blank rows after it, which are not part of it."""
        if self.name is None:
            return []
        last = max((place for place, row in enumerate(self.rows, 1) if row.strip()), default=0)
        text = "".join(row.removeprefix(INDENT).rstrip(" ") + "\n" for row in self.rows[:last])
        blank = self.rows[last:]
        self.add_file(self.name, text)
        self.name, self.rows = None, []
        return blank


def exits(scan: Scanner) -> tuple[int, ...]:
    """One exit status, or a list."""
    scan.want("=")
    if not scan.accept("["):
        return (status(scan),)
    found = [status(scan)]
    while scan.accept(","):
        if len(found) == WORDS_MAX:
            raise scan.error(f"at most {WORDS_MAX} exit statuses")
        found.append(status(scan))
    scan.want("]")
    return tuple(found)


def status(scan: Scanner) -> int:
    """An exit status."""
    return scan.bounded(EXIT_MAX)


def secs(scan: Scanner) -> float:
    """A number of seconds after =."""
    scan.want("=")
    return span(scan)


def span(scan: Scanner) -> float:
    """A number of seconds."""
    token = scan.tokens[scan.index]
    if not is_number(token):
        raise scan.error(f"0 to {SECS_MAX} seconds")
    scan.index += 1
    return float(token)


def leaves(scan: Scanner) -> int:
    """A number of processes."""
    scan.want("=")
    return scan.bounded(LEAVES_MAX)


def term(scan: Scanner) -> float | str:
    """What SIGTERM does."""
    scan.want("=")
    return IGNORE if scan.accept(quoted(IGNORE)) else span(scan)


def kill(scan: Scanner) -> str:
    """The value of `kill`."""
    scan.want("=")
    scan.want(quoted(STAY))
    return STAY


READERS: Mapping[str, Callable[[Scanner], object]] = {
    "exits": exits,
    "secs": secs,
    "leaves": leaves,
    "term": term,
    "kill": kill,
    "noexec": lambda _: True,
}
