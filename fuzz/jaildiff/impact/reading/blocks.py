"""A jail.conf as jail(8) reads it, with the places of what it says."""

import re
from dataclasses import dataclass, field

from jail_kernel.call import user_text
from jail_userland.conf.config import Reader
from jail_userland.conf.grammar import Block, Blocks
from jail_userland.conf.lexer import Lexer
from jail_userland.conf.params import CfParam
from jaildiff.impact.source_location import SourceLocation, Span
from jaildiff.support.errors import InputError

GAP = re.compile(r"(?:\s|#.*|//.*|/\*[\s\S]*?\*/)*+")  # between two statements


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a block or a parameter stands."""

    place: SourceLocation
    span: Span
    end: int = 0  # of a block: where its closing brace is


@dataclass(slots=True)
class OpenFile:
    """A file that is being read."""

    lexer: Lexer
    boundary: int = 0  # where its last statement ended

    def begin(self) -> int:
        """Where the statement begins that ends here; the next one begins after it."""
        gap = GAP.match(self.lexer.text, self.boundary)
        self.boundary = self.lexer.position
        return gap.end() if gap else 0


@dataclass(slots=True)
class MappedBlocks(Blocks):
    """What the files say, and where each block and each parameter stands."""

    files: list[OpenFile] = field(default_factory=list)
    opened: list[tuple[Block, Lexer, int]] = field(default_factory=list)
    blocks: list[tuple[Block, Spot]] = field(default_factory=list)
    params: list[tuple[Block, CfParam, Spot]] = field(default_factory=list)

    def open(self, name: str) -> None:
        """A block begins."""
        file = self.files[-1]
        start = file.begin()
        Blocks.open(self, name)
        assert self.current is not None
        self.opened.append((self.current, file.lexer, start))

    def close(self) -> None:
        """A block ends."""
        block, lexer, start = self.opened.pop()
        self.files[-1].begin()
        Blocks.close(self)
        span = Span(lexer.cfname, start, lexer.position)
        self.blocks.append((block, Spot(place_at(lexer, start), span, lexer.position - 1)))

    def add(self, param: CfParam) -> None:
        """A parameter is complete."""
        lexer, start = self.files[-1].lexer, self.files[-1].begin()
        Blocks.add(self, param)
        block = self.current or self.globals
        assert block is not None
        span = Span(lexer.cfname, start, lexer.position)
        self.params.append((block, param, Spot(place_at(lexer, start), span)))


def place_at(lexer: Lexer, position: int) -> SourceLocation:
    """The line number of a position."""
    return SourceLocation(user_text(lexer.cfname), lexer.text.count("\n", 0, position) + 1)


@dataclass(slots=True)
class MappedReader(Reader):
    """Reads a file and those that it includes, and notes where everything stands."""

    blocks: MappedBlocks = field(default_factory=MappedBlocks)
    cut: list[InputError] = field(default_factory=list)  # where jail(8) stops reading

    def parse_config(self, cfname: str, *, is_stdin: bool = False) -> None:
        """Read one file."""
        Reader.parse_config(self, cfname, is_stdin=is_stdin)
        lexer = self.blocks.files.pop().lexer
        if lexer.position < len(lexer.text):
            place = place_at(lexer, lexer.position)
            message = (
                "jail(8) stops reading here: a byte above 0x7f outside of quotes ends the file"
            )
            self.cut.append(InputError(place.path, place.line, 0, message))

    def scan(self, text: str, title: str) -> Lexer:
        """The scanner of a file that has been opened."""
        lexer = Reader.scan(self, text, title)
        for file in self.blocks.files[-1:]:
            file.begin()  # after the .include
        self.blocks.files.append(OpenFile(lexer))
        return lexer
