"""An rc.conf(5): what it says of jails."""

import re
from pathlib import Path

from fuzz.support.errors import InputError
from prison.call import Result
from userland import Host
from userland.files import Files
from userland.service import RC_CONF, RcConf, ServiceError


def checked(file: Path, text: str) -> str:
    """The text, if `service jail` can be run with it.

    :raises InputError: if it describes jails by itself, in the old way.
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
    return text
