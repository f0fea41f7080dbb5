"""pgrep(1), pkill(1), kill(1): they find only processes of the sandbox."""

import re
import signal

from jail_userland.process import Process
from jaildiff.hosts.sandbox.host import RealHost
from jaildiff.hosts.sandbox.linux.processes import name_of, send_signal, words_of
from jaildiff.hosts.sandbox.standins.standin import Seen, jid_named, options, pass_on, seen_by

PGREP_OPTIONS = "ac:d:F:fG:g:Iij:LlM:N:noP:qSs:t:U:u:vx"
PGREP_USAGE = "usage: {} [-{}afilnoqvx] [-F pidfile] [-j jail] [-P ppid] [-U uid] pattern ...\n"
NO_MATCH, BAD_USAGE = 1, 2


def signal_number(word: str) -> int | None:
    """The signal that a word means: 9, KILL, SIGKILL."""
    if word.isdigit():
        return int(word)
    name = word.upper()
    name = name if name.startswith("SIG") else f"SIG{name}"
    return signal.Signals[name].value if name in signal.Signals.__members__ else None


def pgrep(host: RealHost, proc: Process, argv: list[str]) -> int:
    """Print the numbers of the processes that match."""
    flags, chosen = matching(host, proc, argv)
    separator = flags.get("d", "\n")
    texts = [
        f"{one.pid} {' '.join(words_of(one.outer)) if 'f' in flags else name_of(one.outer)}"
        if "l" in flags
        else str(one.pid)
        for one in chosen
    ]
    if texts and "q" not in flags:
        proc.print(separator.join(texts) + "\n")
    return 0 if texts else NO_MATCH


def pkill(host: RealHost, proc: Process, argv: list[str]) -> int:
    """Send a signal to the processes that match."""
    number = signal.SIGTERM.value
    given = signal_number(argv[1][1:]) if len(argv) > 1 and argv[1].startswith("-") else None
    if given is not None:
        number, argv = given, [argv[0], *argv[2:]]
    _, chosen = matching(host, proc, argv)
    for one in chosen:
        send_signal(one.outer, number)
    return 0 if chosen else NO_MATCH


def matching(host: RealHost, proc: Process, argv: list[str]) -> tuple[dict[str, str], list[Seen]]:
    """The options, and the processes that match."""
    usage = PGREP_USAGE.format(argv[0], "" if argv[0] == "pgrep" else "signal ")
    found, patterns = options(proc, argv, PGREP_OPTIONS, usage)
    flags = dict(found)
    if not patterns and not flags.keys() & set("jPUuFgGt"):
        proc.usage(usage)
    chosen = [one for one in seen_by(host, proc) if one.pid not in excluded(host, proc, flags)]
    if "j" in flags:
        chosen = [one for one in chosen if in_jails(proc, one, flags["j"])]
    if "P" in flags:
        numbers = {one.outer: one.pid for one in seen_by(host, proc)}
        wanted = flags["P"].split(",")
        chosen = [one for one in chosen if str(numbers.get(one.status.parent, 0)) in wanted]
    if patterns:
        fits = [fit(proc, one, patterns, flags) for one in chosen]
        chosen = [one for one, good in zip(chosen, fits, strict=True) if good != ("v" in flags)]
    if "n" in flags:
        chosen = chosen[-1:]
    elif "o" in flags:
        chosen = chosen[:1]
    return flags, chosen


def excluded(host: RealHost, proc: Process, flags: dict[str, str]) -> set[int]:
    """The program itself and, unless they are wanted, its ancestors."""
    parents = {one.outer: one for one in seen_by(host, proc)}
    found = {proc.pid}
    one = next((one for one in parents.values() if one.pid == proc.pid), None)
    while one is not None and "a" not in flags:
        found.add(one.pid)
        one = parents.get(one.status.parent)
    return found


def in_jails(proc: Process, one: Seen, text: str) -> bool:
    """Whether a process is in one of the jails of -j."""
    if text == "any":
        return one.prison.jid != 0
    if text == "none":
        return one.prison.jid == 0
    return one.prison.jid in [jid_named(proc, name) for name in text.split(",")]


def fit(proc: Process, one: Seen, patterns: list[str], flags: dict[str, str]) -> bool:
    """Whether one of the patterns fits a process.

    :raises ProgramExit: at a malformed one.
    """
    text = " ".join(words_of(one.outer)) if "f" in flags else name_of(one.outer)
    case = re.IGNORECASE if "i" in flags else re.NOFLAG
    for pattern in patterns:
        try:
            search = re.compile(pattern, case)
        except re.error as error:
            proc.errx(f"Cannot compile regular expression `{pattern}' ({error})", BAD_USAGE)
        if search.fullmatch(text) if "x" in flags else search.search(text):
            return True
    return False


def kill(host: RealHost, proc: Process, argv: list[str]) -> int:
    """-1 means all processes of the jail; the system's kill does the rest."""
    if len(argv) != 3 or argv[2] != "-1" or not argv[1].startswith("-"):
        return pass_on(host, proc, argv)
    number = signal_number(argv[1][1:].removeprefix("s").strip())
    if number is None:
        proc.errx(f"unknown signal {argv[1][1:]}")
    own = host.prison_of(proc.pid)
    for one in seen_by(host, proc):
        if one.prison is own and one.pid not in excluded(host, proc, {}):
            send_signal(one.outer, number)
    return 0
