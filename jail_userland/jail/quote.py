"""Print parameters so that blanks do not split them. usr.sbin/jail/jail.c."""

from collections.abc import Callable

from jail_userland.conf.jails import CfJail
from jail_userland.conf.params import CfParam


def quoted(text: str) -> str:
    """The text, with quotes if it needs them.  quoted_print()."""
    if not text or "'" in text:
        quote = '"'
    elif '"' in text:
        quote = "'"
    else:
        quote = '"' if " " in text or "\t" in text else ""
    escaped = "".join(f"\\{char}" if char in ("\\", quote) else char for char in text)
    return quote + escaped + quote


def values(param: CfParam | None, separator: str = ",") -> str:
    """All values of a parameter."""
    return "" if param is None else separator.join(quoted(string.s) for string in param.val)


def jail_line(j: CfJail, separator: str, *, running: bool) -> str:
    """A jail and its parameters, on a line.  print_jail()."""
    words = [f"jid={j.jid}"] if running else []
    words += [
        f"{param.name}={values(param)}" if param.val else param.name
        for param in j.params
        if param.name != "jid"
    ]
    return separator.join(words) + "\n"


def old_jail_line(j: CfJail, separator: str) -> str:
    """A jail of the old command line: jid, path, hostname, addresses, command."""
    get: Callable[[str], CfParam | None] = j.intparams.get
    addresses = [
        values(param) for key in ("ip4.addr", "ip6.addr") if (param := get(key)) and param.val
    ]
    words = [
        str(j.jid),
        values(get("path")),
        values(get("host.hostname")),
        ",".join(addresses),
        values(get("command"), " "),
    ]
    return separator.join(words) + "\n"
