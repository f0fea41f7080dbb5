"""Read a jail.conf and derive the parameters of each jail. usr.sbin/jail/config.c."""

from dataclasses import dataclass, field

from jail_userland.conf.grammar import Block, Blocks, Parser
from jail_userland.conf.jails import CfJail, Jails
from jail_userland.conf.lexer import Lexer, Shared
from jail_userland.conf.params import PF, CfParam, wild_jail_match, wild_jail_name
from jail_userland.conf.variables import resolve_variables
from jail_userland.files import SystemFailure
from jail_userland.libc import strerror, strtol
from jail_userland.process import Process, ProgramExit

MAX_INCLUDE_DEPTH = 32
MAX_READ = 10_000  # files in one run: 32 levels of files that include each other make 2**32
FLEX_FAILURE = 2  # the exit status of a flex scanner that cannot go on


def load_config(jails: Jails, cfname: str) -> None:
    """Read the file, "-" for standard input, and merge the jails.

    :raises ProgramExit: if it cannot be read, or is not a jail.conf.
    """
    reader = Reader(jails.proc)
    reader.parse_config(cfname, is_stdin=cfname == "-")
    put_together(jails, reader.blocks)


def put_together(jails: Jails, found: Blocks) -> None:
    """Make the jails of the blocks that were read."""
    wild: list[tuple[int, Block]] = []
    blocks: list[tuple[int, Block]] = []
    for seq, block in enumerate(found.found, 1):
        (wild if wild_jail_name(block.name) else blocks).append((seq, block))
    whole = []
    for seq, block in blocks:
        jail = jails.add_jail(block.name)
        jail.seq = seq
        whole.append((jail, block))
    for jail, block in whole:
        merge(jails, jail, block, wild)
        resolve_variables(jails.proc, jail)
        jail.params = [param for param in jail.params if not param.flags & PF.VAR]


def merge(jails: Jails, j: CfJail, block: Block, wild: list[tuple[int, Block]]) -> None:
    """Collect a jail's parameters and those of matching wildcards, in the file's order.

    The name of the block implies the name, or the jid if it is a number.
    """
    assert j.name is not None
    number, end = strtol(j.name)
    jails.add_internal(j, "jid" if number and end == len(j.name) else "name", j.name)
    did_self = False
    for seq, wild_block in wild:
        if j.seq < seq and not did_self:
            add_params(jails, j, block.params)
            did_self = True
        if wild_jail_match(j.name, wild_block.name):
            add_params(jails, j, wild_block.params)
    if not did_self:
        add_params(jails, j, block.params)


def add_params(jails: Jails, j: CfJail, params: list[CfParam]) -> None:
    """All parameters of a block."""
    for param in params:
        jails.add_param(j, param)


@dataclass(slots=True)
class Reader:
    """Reads a file, and the files that it includes."""

    proc: Process
    blocks: Blocks = field(default_factory=Blocks)
    shared: Shared = field(default_factory=Shared)
    depth: int = 0
    files_read: int = 0
    from_stdin: bool = False

    def parse_config(self, cfname: str, *, is_stdin: bool = False) -> None:
        """Read one file.

        :raises ProgramExit: if it cannot be read, or has errors; after MAX_READ files, though
            jail(8) would go on for hours.
        """
        self.files_read += 1
        if self.files_read > MAX_READ:
            self.proc.errx(f"more than {MAX_READ} files are included")
        if is_stdin:
            text, title = self.proc.stdin, "STDIN"
        else:
            try:
                text, title = self.proc.host.files.read(cfname), cfname
            except SystemFailure as failure:
                if failure.errno == "EISDIR":  # It can be opened but not read.
                    self.proc.err.append("input in flex scanner failed\n")
                    raise ProgramExit(FLEX_FAILURE) from None
                self.proc.errx(f"{cfname}: {strerror(failure.errno)}")
        lexer = self.scan(text, title)
        self.from_stdin = is_stdin
        if not Parser(lexer, self.blocks, self.include).parse() or lexer.error:
            raise ProgramExit(1)

    def scan(self, text: str, title: str) -> Lexer:
        """The scanner of a file that has been opened."""
        return Lexer(text, self.proc.warnx, title, self.shared)

    def include(self, lexer: Lexer, name: str) -> None:
        """`.include`: a file, or those that match a pattern; relative to the including file.

        :raises ProgramExit: if one cannot be read, or they include each other too deeply.
        """
        self.depth += 1
        if self.depth > MAX_INCLUDE_DEPTH:
            self.proc.errx("maximum include depth exceeded")
        outer_is_stdin = self.from_stdin
        if not outer_is_stdin and not name.startswith("/"):
            directory, slash, _ = lexer.cfname.rpartition("/")
            name = directory + slash + name
        files = self.proc.host.files
        if files.is_pattern(name):
            for found in files.glob(name):
                self.parse_config(found)
        else:
            self.parse_config(name)
        self.from_stdin = outer_is_stdin
        self.depth -= 1
