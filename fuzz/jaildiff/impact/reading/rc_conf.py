"""An rc.conf(5): what it says of jails."""

import re
from dataclasses import dataclass
from pathlib import Path

from jail_kernel.call import Result
from jail_userland.files import Files
from jail_userland.host import Host
from jail_userland.service import RC_CONF, RcConf, ServiceError
from jaildiff.impact.source_location import SourceLocation
from jaildiff.support.errors import InputError


@dataclass(frozen=True, slots=True)
class RcText:
    """The text of rc.conf, a byte string, and the places where it gives flags to jail(8)."""

    text: str = 'jail_enable="YES"\n'
    flags: SourceLocation | None = None

    def with_more(self, other: "RcText") -> "RcText":
        """Two files, one after the other."""
        return RcText(f"{self.text}{other.text}\n", other.flags or self.flags)


NO_RC_CONF = RcText()


def read_rc_conf(file: Path, text: str) -> RcText:
    """The text, if `service jail` can be run with it.

    :raises InputError: if it describes jails itself, in the old way.
    """

    def syscall(_: object) -> Result:
        raise AssertionError

    host = Host(syscall, lambda: (), Files.of({RC_CONF[0]: text}, ()))
    try:
        RcConf.of(host)
    except ServiceError as error:
        name = str(error).partition(":")[0]
        before = re.split(rf"(?m)^\s*{re.escape(name)}=", text)[0]
        message = f"{error}; put them into a jail.conf"
        raise InputError(str(file), before.count("\n") + 1, 0, message) from None
    flags = re.search(r"(?m)^\s*jail_flags=", text)
    line = text.count("\n", 0, flags.end()) + 1 if flags else 0
    return RcText(text, SourceLocation(str(file), line) if flags else None)
