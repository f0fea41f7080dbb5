"""ps(1) with -J, or inside a jail; the system's ps does the rest."""

import pwd
import re
from pathlib import Path

from jail_kernel.call import kernel_bytes
from jail_userland.process import Process
from jaildiff.hosts.sandbox.host import RealHost
from jaildiff.hosts.sandbox.linux.processes import name_of, words_of
from jaildiff.hosts.sandbox.standins.standin import Seen, jid_named, options, pass_on, seen_by

PS_OPTIONS = "AaCcD:defG:gHhJ:jLlM:mN:O:o:p:rSTt:U:uvwXxZ"
PS_USAGE = "usage: ps [-aCcdefHhjlmrSTuvwXxZ] [-o fmt] [-J jid[,jid...]] [-p pid[,pid...]]\n"
HEADS = {
    "args": "COMMAND",
    "comm": "COMMAND",
    "command": "COMMAND",
    "jail": "JAIL",
    "jid": "JID",
    "pid": "PID",
    "ppid": "PPID",
    "stat": "STAT",
    "state": "STAT",
    "time": "TIME",
    "tt": "TT",
    "tty": "TTY",
    "ucomm": "UCOMM",
    "uid": "UID",
    "user": "USER",
}
USUAL = "pid,tt,stat,time,command"
LEFT = {"args", "comm", "command", "jail", "tt", "tty", "stat", "state", "ucomm", "user"}


def ps(host: RealHost, proc: Process, argv: list[str]) -> int:
    """List processes."""
    jailed = host.prison_of(proc.pid) is not host.site.world.kernel.prison0
    if not jailed and not re.search(r"(^| )-\w*J|\bjid\b|\bjail\b", " ".join(argv[1:])):
        return pass_on(host, proc, argv)
    if len(argv) > 1 and not argv[1].startswith("-"):
        argv = [argv[0], f"-{argv[1]}", *argv[2:]]
    found, words = options(proc, argv, PS_OPTIONS, PS_USAGE)
    if words:
        proc.usage(PS_USAGE)
    keys = [text for option, text in found if option == "o"]
    columns = [part.partition("=") for text in keys or [USUAL] for part in text.split(",")]
    for key, _, _ in columns:
        if key not in HEADS:
            proc.errx(f"{key}: keyword not found")
    chosen = seen_by(host, proc)
    for option, text in found:
        if option == "J":
            jids = [jid_named(proc, name) for name in text.split(",")]
            chosen = [one for one in chosen if one.prison.jid in jids]
        elif option == "p":
            pids = re.findall(r"\d+", text)
            chosen = [one for one in chosen if str(one.pid) in pids]
    heads = [head if equals else HEADS[key] for key, equals, head in columns]
    rows = [[cell(one, key, chosen) for key, _, _ in columns] for one in chosen]
    for line in aligned([*([heads] if any(heads) else []), *rows], [key for key, _, _ in columns]):
        proc.print(f"{line}\n")
    return 0 if rows else 1


def cell(one: Seen, key: str, others: list[Seen]) -> str:
    """One value."""
    match key:
        case "pid":
            return str(one.pid)
        case "ppid":
            return str(next((x.pid for x in others if x.outer == one.status.parent), 1))
        case "jid":
            return str(one.prison.jid)
        case "jail":
            return "-" if one.prison.jid == 0 else one.prison.name
        case "uid" | "user":
            return owner(one.outer, by_name=key == "user")
        case "stat" | "state":
            return "SJ" if one.prison.jid else "S"
        case "tt" | "tty":
            return "-"
        case "time":
            return "0:00.00"
        case "comm" | "ucomm":
            return name_of(one.outer)
    return " ".join(words_of(one.outer)) or f"[{name_of(one.outer)}]"


def owner(pid: int, *, by_name: bool) -> str:
    """Whose a process is."""
    try:
        uid = Path(f"/proc/{pid}").stat().st_uid
        return kernel_bytes(pwd.getpwuid(uid).pw_name) if by_name else str(uid)
    except (OSError, KeyError):
        return "0"


def aligned(rows: list[list[str]], keys: list[str]) -> list[str]:
    """Rows as lines; the last column is not padded."""
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(len(keys))]
    return [
        " ".join(
            text.ljust(width) if key in LEFT else text.rjust(width)
            for text, width, key in zip(row, widths, keys, strict=True)
        ).rstrip()
        for row in rows
    ]
