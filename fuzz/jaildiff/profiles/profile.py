"""A profile: how one tool manages jails.

A tool starts a jail, stops it, waits for it to be gone and so on, each with an idiom of its own:
commands, or system calls where it makes them itself.  The results are not written down here; they
come from running the idioms (fuzz/jaildiff/profiles/trial.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from jaildiff.impact.acts import ToolCommand
from jaildiff.impact.describe.judging import Effect

IDIOMS = ("start", "check", "modify", "stop", "restart", "wait", "destroy")
PROBES = ("check", "wait")  # idioms that ask whether the jail is there


class Basis(StrEnum):
    """What a profile rests on."""

    SOURCE = "source"  # all of it was read
    PARTLY = "partly"  # some of it was read; `memory` says what was not
    MEMORY = "memory"  # nothing was read


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a tool, at one commit."""

    repository: str
    commit: str
    path: str
    about: str  # what was read in it

    def __str__(self) -> str:
        return f"{self.repository}@{self.commit[:12]} {self.path}"


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix, as files and idioms that replace those of the profile."""

    says: str
    audience: str  # users, authors
    files: Mapping[str, str]
    idioms: Mapping[str, tuple[ToolCommand, ...]]


@dataclass(frozen=True, slots=True)
class Profile:
    """A tool, and how it treats one jail."""

    name: str
    title: str
    basis: Basis
    jails: tuple[str, ...]  # in which something lingers; the first one is the jail
    expected: Effect | None  # the worst effect on its users; checked, not an input
    idioms: Mapping[str, tuple[ToolCommand, ...]]
    sources: tuple[Source, ...] = ()
    memory: str = ""  # what of it was not read
    notice: str = ""  # how its users notice
    reports: tuple[str, ...] = ()  # what they wrote about it
    directories: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    leaves: Mapping[str, int] = field(default_factory=dict)  # processes that commands leave behind
    given: tuple[ToolCommand, ...] = ()  # what somebody else did before
    fixes: tuple[Fix, ...] = ()

    def idiom(self, name: str) -> tuple[ToolCommand, ...]:
        """The steps of an idiom; empty if the tool has none.

        By default a restart is a stop and a start.
        """
        if name == "restart" and name not in self.idioms:
            return self.idiom("stop") + self.idiom("start")
        return self.idioms.get(name, ())

    def with_fix(self, fix: Fix) -> "Profile":
        """The tool with a fix applied."""
        return replace(
            self, files={**self.files, **fix.files}, idioms={**self.idioms, **fix.idioms}
        )
