"""libxo: one set of calls, output as text, JSON or XML.

Version 0.9 of the base system.  HTML and the encoders are not modelled.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from typing import NoReturn

from jail_userland.process import Process, ProgramExit

OPTION = "--libxo"
CHECK_STATUS = 121  # of --libxo-check
INDENT = 2
IGNORED = frozenset({"no-locale", "no-retain", "retain", "unicode", "underscores", "warn"})


class Style(StrEnum):
    """What the output looks like."""

    TEXT = "text"
    JSON = "json"
    XML = "xml"


@dataclass(slots=True)
class Level:
    """An open container, list, or list instance."""

    name: str
    kind: str
    empty: bool = True


@dataclass(slots=True)
class Xo:
    """The output of a program.

    Names and values go to JSON and XML; what is displayed goes to text.
    """

    proc: Process
    version: str
    style: Style = Style.TEXT
    pretty: bool = False
    levels: list[Level] = field(default_factory=list)
    begun: bool = False

    # OPTIONS

    def parse_args(self, argv: list[str]) -> list[str]:
        """Take the options of libxo out of the command line.  xo_parse_args(3).

        :raises ProgramExit: if one is unknown.
        """
        rest = argv[:1]
        words = iter(argv[1:])
        for word in words:
            if not word.startswith(OPTION):
                rest.append(word)
                continue
            tail = word.removeprefix(OPTION)
            if tail == "":
                value = next(words, None)
                if value is None:
                    self.proc.errx("missing libxo option")
                self.set_options(value)
            elif tail[0] == "=":
                self.set_options(tail[1:])
            elif tail[0] == ":":
                self.set_letters(tail[1:])
            elif tail == "-check":
                raise ProgramExit(CHECK_STATUS)
            else:
                self.proc.errx(f"unknown libxo option: '{word}'")
        return rest

    def set_options(self, value: str) -> None:
        """Options as words, separated by commas.

        :raises ProgramExit: if one is unknown.
        """
        for word in value.split(","):
            if word in tuple(Style):
                self.style = Style(word)
            elif word == "pretty":
                self.pretty = True
            elif word not in IGNORED:
                self.proc.errx(f"unknown libxo option value: '{word}'")

    def set_letters(self, value: str) -> None:
        """Options as single letters."""
        for letter in value:
            match letter:
                case "T":
                    self.style = Style.TEXT
                case "J":
                    self.style = Style.JSON
                case "X":
                    self.style = Style.XML
                case "P":
                    self.pretty = True

    @property
    def lists_are_arrays(self) -> bool:
        """Whether the style has lists."""
        return self.style is not Style.TEXT

    # OUTPUT

    def display(self, text: str) -> None:
        """Text that is only displayed: padding, titles, signs."""
        if self.style is Style.TEXT:
            self.proc.print(text)

    def value(self, name: str, value: str, shown: str | None = None, *, bare: bool = False) -> None:
        """A value; `shown` is how text has it, `bare` means without quotes in JSON."""
        match self.style:
            case Style.TEXT:
                self.proc.print(value if shown is None else shown)
            case Style.JSON:
                colon = ": " if self.pretty else ":"
                self.json_item(f"{json_text(name)}{colon}{value if bare else json_text(value)}")
            case Style.XML:
                self.xml_line(f"<{name}>{escape(value, quote=False)}</{name}>")

    def list_item(self, name: str, value: str) -> None:
        """A value of a list of values; text shows it on a line, as jls(8) has it."""
        match self.style:
            case Style.TEXT:
                self.proc.print(f"        {value}\n")
            case Style.JSON:
                self.json_item(json_text(value))
            case Style.XML:
                self.xml_line(f"<{name}>{escape(value, quote=False)}</{name}>")

    def json_item(self, text: str) -> None:
        """An element, after a comma unless it is the first."""
        level = self.levels[-1]
        comma = "" if level.empty else ","
        newline = f"\n{self.indent()}" if self.pretty else ""
        self.proc.print(comma + newline + text)
        level.empty = False

    def xml_line(self, text: str) -> None:
        """An element, on its own line if it is to look pretty."""
        self.proc.print(f"{self.indent()}{text}\n" if self.pretty else text)

    def indent(self) -> str:
        """The blanks before a line."""
        depth = len(self.levels) + (self.style is Style.JSON)
        if self.style is Style.XML:
            depth -= sum(level.kind == "list" for level in self.levels)
        return " " * (INDENT * depth) if self.pretty else ""

    # STRUCTURE

    def open(self, name: str, kind: str) -> None:
        """Open a container, a list or an instance."""
        match self.style:
            case Style.JSON:
                self.json_open(name, kind)
            case Style.XML:
                if kind != "list":
                    version = "" if self.begun else f' version="{self.version}"'
                    self.xml_line(f"<{name}{version}>")
        self.begun = True
        self.levels.append(Level(name, kind))

    def json_open(self, name: str, kind: str) -> None:
        """The bracket, with the name before it."""
        newline = "\n" if self.pretty else ""
        if not self.begun:
            indent = " " * (INDENT if self.pretty else 0)
            self.proc.print(f'{{{newline}{indent}"__version": "{self.version}", {newline}')
        elif not self.levels[-1].empty:
            self.proc.print(f",{newline or ' '}")
        else:
            self.proc.print(newline)
        if self.levels:
            self.levels[-1].empty = False
        title = "" if kind == "instance" else f"{json_text(name)}: "
        self.proc.print(self.indent() + title + ("[" if kind == "list" else "{"))

    def close(self) -> None:
        """Close the innermost one."""
        level = self.levels.pop()
        match self.style:
            case Style.JSON:
                newline = f"\n{self.indent()}" if self.pretty else ""
                self.proc.print(newline + ("]" if level.kind == "list" else "}"))
            case Style.XML:
                if level.kind != "list":
                    self.xml_line(f"</{level.name}>")

    def finish(self) -> None:
        """Close everything. xo_finish(3)."""
        while self.levels:
            self.close()
        if self.style is Style.JSON:
            self.proc.print("\n}\n" if self.begun else f'{{"__version": "{self.version}"\n}}\n')

    def errx(self, message: str) -> NoReturn:
        """Print a message, close everything and end. xo_errx(3).

        :raises ProgramExit: always.
        """
        self.proc.warnx(message)
        self.finish()
        raise ProgramExit(1)


def json_text(text: str) -> str:
    """A JSON string; bytes above 0x7f stand for themselves."""
    return json.dumps(text, ensure_ascii=False)
