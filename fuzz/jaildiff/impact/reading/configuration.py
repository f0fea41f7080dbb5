"""A configuration: its jails as jail(8) merges them, and where each thing is written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from jail_kernel.call import Result, kernel_bytes, user_text
from jail_userland.conf.config import put_together
from jail_userland.conf.grammar import Block
from jail_userland.conf.jails import JF, CfJail, Jails
from jail_userland.conf.params import PF, same_options, string_param, wild_jail_match
from jail_userland.deltas import Release
from jail_userland.files import Files
from jail_userland.host import Host
from jail_userland.param_types import ParamType
from jail_userland.process import Process, ProgramExit
from jaildiff.impact.reading.blocks import MappedReader, Spot
from jaildiff.impact.reading.disk import Disk
from jaildiff.impact.reading.unmodelled import known_type, unmodelled
from jaildiff.impact.source_location import SourceLocation, Span
from jaildiff.support.errors import InputError

JAILS_MAX = 250
_syntax = re.compile(r"jail: (?P<path>.*) line (?P<line>\d+): (?P<what>[\s\S]*)")
_eof = re.compile(r"jail: (?P<path>.*): (?P<what>unexpected EOF)")


@dataclass(frozen=True, slots=True)
class ConfiguredJail:
    """A jail of the file: its parameters after merging, as user text."""

    name: str
    params: dict[str, tuple[str, ...]]  # without variables; no values: a bare name
    place: SourceLocation
    block: Spot

    def last(self, name: str) -> str | None:
        """The last value of a parameter, given by this name or its "no" name."""
        for same in same_options(name):
            if same in self.params:
                return self.params[same][-1] if self.params[same] else ""
        return None

    @property
    def jid(self) -> str | None:
        """The jid that it asks for."""
        return self.last("jid")

    @property
    def parent(self) -> str:
        """The name of the jail above; "" is the host."""
        return self.name.rpartition(".")[0]


@dataclass
class Configuration:
    """One jail.conf with all that it includes."""

    path: str  # as it was given
    absolute: str
    files: dict[str, str]  # what was read, by absolute path; byte strings
    jails: list[ConfiguredJail] = field(default_factory=list)
    spots: list[tuple[str, str, Spot]] = field(default_factory=list)  # block, parameter, where
    unmodelled: dict[str, ParamType] = field(default_factory=dict)
    errors: list[InputError] = field(default_factory=list)

    def where(self, jail: ConfiguredJail, *names: str) -> Spot | None:
        """Where the last of these parameters is written that applies to a jail."""
        options = {same for name in names for same in same_options(name)}
        found = [
            spot
            for block, param, spot in self.spots
            if param in options and (block == jail.name or wild_jail_match(jail.name, block))
        ]
        return found[-1] if found else None

    def family(self, jail: ConfiguredJail) -> frozenset[str]:
        """The jails connected with a jail: its tree, and dependencies in either direction."""
        return next(family for family in self.families if jail.name in family)

    @cached_property
    def families(self) -> list[frozenset[str]]:
        """All jails, in groups that are connected with each other."""
        found: list[set[str]] = []
        for jail in self.jails:
            own = {jail.name, *self.relatives(jail)}
            together = [family for family in found if family & own]
            found = [family for family in found if not family & own]
            found.append(own.union(*together))
        names = [jail.name for jail in self.jails]
        return [frozenset(family & set(names)) for family in found]

    def relatives(self, jail: ConfiguredJail) -> Iterator[str]:
        """The jails that a jail names, and those of its tree."""
        root = jail.name.partition(".")[0]
        yield from jail.params.get("depend", ())
        for other in self.jails:
            if other.name.partition(".")[0] == root:
                yield other.name

    def only(self, family: frozenset[str]) -> dict[str, str]:
        """The files with the blocks of all other jails blanked: quicker to read, and the same to
        these jails.
        """
        files = dict(self.files)
        for jail in self.jails:
            if jail.name not in family:
                blank(files, self.span(jail.block.span))
        return files

    def without(
        self, files: Mapping[str, str], jail: ConfiguredJail, *names: str
    ) -> dict[str, str]:
        """These files without some parameters, wherever they apply to a jail."""
        options = {same for name in names for same in same_options(name)}
        files = dict(files)
        for block, param, spot in self.spots:
            if param in options and (block == jail.name or wild_jail_match(jail.name, block)):
                blank(files, self.span(spot.span))
        return files

    def with_line(
        self, files: Mapping[str, str], jail: ConfiguredJail, line: str
    ) -> dict[str, str]:
        """These files with one more statement at the end of a jail's block."""
        path, end = self.span(jail.block.span).path, jail.block.end
        text = files[path]
        return {**files, path: f"{text[:end]} {kernel_bytes(line)} {text[end:]}"}

    def text(self, spot: Spot) -> str:
        """What is written at a place, in one line."""
        path, start, end = self.span(spot.span)
        return " ".join(user_text(self.files[path][start:end]).split())

    def span(self, span: Span) -> Span:
        """A part of a file by its absolute path."""
        return span._replace(path=Files(cwd=kernel_bytes(str(Path.cwd()))).absolute(span.path))


def blank(files: dict[str, str], span: Span) -> None:
    """Overwrite a part of a file with blanks; line numbers stay."""
    path, start, end = span
    text = files[path]
    files[path] = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def read_configuration(path: Path, text: str | None = None) -> Configuration:
    """Read a jail.conf.

    Problems with single jails go into its `errors`. `text` is its content as a byte string, if that
    has been read already.
    :raises InputError: if it cannot be read, or is not a jail.conf.
    """
    disk = Disk()
    disk.cwd = kernel_bytes(str(Path.cwd()))
    disk.make_dir(disk.cwd)
    if text is not None:
        disk.put(disk.absolute(kernel_bytes(str(path))), text)
    elif not path.exists():
        raise InputError(str(path), 0, 0, "expected a jail.conf, found no file")
    proc = Process(host_of(disk), 1, "jail", Release.R15)
    reader = MappedReader(proc)
    try:
        reader.parse_config(kernel_bytes(str(path)))
        jails = Jails(proc)
        put_together(jails, reader.blocks)
    except ProgramExit as end:
        raise refused(path, proc, end) from None
    if len(jails.cfjails) > JAILS_MAX:
        count = len(jails.cfjails)
        raise InputError(str(path), 0, 0, f"expected at most {JAILS_MAX} jails, found {count:,}")
    return configuration(str(path), disk, reader, jails)


def host_of(disk: Disk) -> Host:
    """A host for a program that makes no system calls."""

    def syscall(_: object) -> Result:
        raise AssertionError

    return Host(syscall, lambda: (), disk)


def refused(path: Path, proc: Process, end: ProgramExit) -> InputError:
    """What jail(8) said when it gave up, as a complaint about the file and the line.

    Of several messages only the first counts, because the others follow from it.
    """
    if end.status == "signal 11":
        message = "jail(8) crashes: a variable that is a list is all of a parameter's value"
        return InputError(str(path), 0, 0, message)
    said = "".join(proc.err).splitlines() or [f"jail(8) ends with {end.status}"]
    found = _syntax.match(said[0])
    if found:
        what = user_text(found["what"])
        return InputError(user_text(found["path"]), int(found["line"]), 0, f"jail(8) says: {what}")
    found = _eof.match(said[0])
    if found:
        return InputError(user_text(found["path"]), 0, 0, f"jail(8) says: {found['what']}")
    return InputError(str(path), 0, 0, f"jail(8) says: {user_text(said[0]).removeprefix('jail: ')}")


def configuration(path: str, disk: Disk, reader: MappedReader, jails: Jails) -> Configuration:
    """What was read, in the words of a user."""
    absolute = disk.absolute(kernel_bytes(path))
    found = Configuration(path, absolute, dict(disk.files), errors=list(reader.cut))
    found.spots = [
        (user_text(block.name), user_text(param.name), spot)
        for block, param, spot in reader.blocks.params
        if not param.flags & PF.VAR
    ]
    spots = {id(block): spot for block, spot in reader.blocks.blocks}
    by_name = {block.name: spots[id(block)] for block in named(reader)}
    said = [user_text(line) for line in "".join(reader.proc.err).splitlines()]
    for cfjail in jails.cfjails:
        assert cfjail.name is not None
        jail = configured(cfjail, by_name[cfjail.name])
        wrong = [what for what in said if what.startswith(f"jail: {jail.name}: ")]
        if cfjail.flags & JF.FAILED:
            message = wrong[0].removeprefix("jail: ") if wrong else f"{jail.name}: not usable"
            found.errors.append(InputError(*jail.place, 0, f"jail(8) says: {message}"))
        elif jail.name not in [one.name for one in found.jails]:
            found.jails.append(jail)
            look_at_parameters(found, jail)
    return found


def named(reader: MappedReader) -> list[Block]:
    """The blocks with a place; the global parameters have none."""
    return [block for block, _ in reader.blocks.blocks]


def configured(cfjail: CfJail, block: Spot) -> ConfiguredJail:
    """A jail as jail(8) has merged it."""
    params = {
        user_text(param.name): tuple(user_text(string.s) for string in param.val)
        for param in cfjail.params
        if not param.flags & PF.CONV
    }
    name = string_param(cfjail.intparams.get("name")) or cfjail.name or ""
    return ConfiguredJail(user_text(name), params, block.place, block)


def look_at_parameters(found: Configuration, jail: ConfiguredJail) -> None:
    """Note parameters that are not modelled, and complain about those that no system knows."""
    for name in jail.params:
        if known_type(name) is not None:
            continue
        foreign = unmodelled(name)
        if foreign is not None:
            found.unmodelled.update(foreign)
            continue
        spot = found.where(jail, name)
        place = spot.place if spot else jail.place
        found.errors.append(InputError(*place, 0, f"jail {jail.name}: unknown parameter: {name}"))
