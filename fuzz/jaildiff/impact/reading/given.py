"""What a file is: a jail.conf, an rc.conf, a script, or the output of jls."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jaildiff.impact.reading.configuration import Configuration, read_configuration
from jaildiff.impact.reading.disk import text_of
from jaildiff.impact.reading.jls import State, read_state
from jaildiff.impact.reading.rc_conf import NO_RC_CONF, RcText, read_rc_conf
from jaildiff.impact.reading.script import Script, read_script
from jaildiff.support.errors import InputError

INFORMATION = "jail-information"
RC_NAMES = re.compile(r"rc\.conf(\.local)?(\..*)?")
COMMAND_LINE = re.compile(
    r"(?m)^\s*(/usr/sbin/|/usr/bin/)?(jail\s+-|jexec\s|jls\b|service\s+jail\b)"
)


@dataclass(slots=True)
class Given:
    """The files that were given, by kind.  What could not be read is in `errors`."""

    configurations: list[Configuration] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    rc_conf: RcText = NO_RC_CONF
    state: State | None = None
    errors: list[InputError] = field(default_factory=list)


def sorted_out(files: Iterable[Path]) -> Given:
    """Read all files.  A file that cannot be used is reported, and the others are still read."""
    found = Given()
    scripts: dict[Path, str] = {}
    for file in files:
        with complaining(found):
            take(found, file, scripts)
    found.configurations = not_included(found.configurations)
    default = next(iter(found.configurations), None)
    for file, text in scripts.items():  # They may read a jail.conf that is given, too.
        with complaining(found):
            found.scripts.append(read_script(file, text, default))
    if found.rc_conf is not NO_RC_CONF and not (found.configurations or found.scripts):
        message = "rc.conf alone describes no jails: name a jail.conf, too"
        found.errors.append(InputError("", 0, 0, message))
    return found


def not_included(configurations: list[Configuration]) -> list[Configuration]:
    """The files that no other one includes; an included file is part of the other one."""
    return [
        one
        for one in configurations
        if not any(one.absolute in other.files for other in configurations if other is not one)
    ]


@contextmanager
def complaining(found: Given) -> Iterator[None]:
    """Report what is wrong with a file, and go on."""
    try:
        yield
    except InputError as error:
        found.errors.append(error)


def take(found: Given, file: Path, scripts: dict[Path, str]) -> None:
    """Read one file; scripts come later.

    :raises InputError: if it cannot be used.
    """
    text = text_of(file)
    if is_rc_conf(file):
        found.rc_conf = found.rc_conf.with_more(read_rc_conf(file, text))
    elif is_json(file, text):
        if found.state is not None:
            raise InputError(str(file), 0, 0, "expected one starting state, found a second one")
        found.state = read_state(file, text)
    elif is_script(file, text):
        scripts[file] = text
    else:
        found.configurations.append(read_configuration(file, text))


def is_json(file: Path, text: str) -> bool:
    """Whether a file is the output of jls; a template can begin with a brace, too."""
    return file.suffix == ".json" or (text.lstrip().startswith("{") and INFORMATION in text)


def is_rc_conf(file: Path) -> bool:
    """Whether a file is named like an rc.conf(5)."""
    return RC_NAMES.fullmatch(file.name) is not None or file.parent.name == "rc.conf.d"


def is_script(file: Path, text: str) -> bool:
    """Whether a file is a shell script: by its first line, its name, or a command in it."""
    return text.startswith("#!") or file.suffix == ".sh" or COMMAND_LINE.search(text) is not None
