"""The program on PATH under the names of jail(8) and its relatives: the hands of the server.

It tells the server how it was called, and then does what the server orders: write, fork, exec,
wait, exit.  It is copied into the sandbox and runs without jaildiff.  Each command of a script is a
process of its own and must start fast, so it imports only what is built into the interpreter.  A
message is a number of fields; numbers are four bytes, big-endian.
"""

import errno
import posix
import sys
from _signal import (  # type: ignore[import-not-found]  # signal itself is slow to load
    SIG_DFL,
    SIGPIPE,
    SIGXFSZ,
    signal,
)
from _signal import SIGINT as INTERRUPT
from _socket import AF_UNIX, SOCK_STREAM, socket

SOCKET = "@SOCKET@"  # filled in when the sandbox is made
TROUBLE = 4
CHUNK = 1 << 16
NOT_HERE = (errno.ENOENT, errno.ENOTDIR)


def main() -> None:
    """Report to the server and obey it."""
    for number in (INTERRUPT, SIGPIPE, SIGXFSZ):
        signal(number, SIG_DFL)
    name = sys.argv[0].rpartition("/")[2]
    try:
        link = Link()
        link.send(
            b"run",
            posix.getcwdb(),
            b"%d" % len(sys.argv),
            name.encode("utf-8", "surrogateescape"),
            *(word.encode("utf-8", "surrogateescape") for word in sys.argv[1:]),
            *(key + b"=" + value for key, value in posix.environ.items()),
        )
        obey(link)
    except (OSError, EOFError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it has ended"
        complain(f"{name}: the sandbox does not answer at {SOCKET}: {reason}\n")
        posix._exit(TROUBLE)  # noqa: SLF001  # its name


def complain(text: str) -> None:
    """Write to standard error, if there is one."""
    try:
        posix.write(2, text.encode("utf-8", "surrogateescape"))
    except OSError:
        return


class Link:
    """The connection to the server."""

    def __init__(self) -> None:
        self.socket = socket(AF_UNIX, SOCK_STREAM)
        self.socket.connect(SOCKET)

    def send(self, *fields: bytes) -> None:
        """Send a message."""
        parts = [len(fields).to_bytes(4, "big")]
        for text in fields:
            parts += [len(text).to_bytes(4, "big"), text]
        self.socket.sendall(b"".join(parts))

    def receive(self) -> "list[bytes]":
        """The next message.  Raises EOFError if none comes."""
        return [self.take(self.number()) for _ in range(self.number())]

    def number(self) -> int:
        """The next number."""
        return int.from_bytes(self.take(4), "big")

    def take(self, size: int) -> bytes:
        """Read exactly this many bytes."""
        found = b""
        while len(found) < size:
            piece = self.socket.recv(size - len(found))
            if not piece:
                raise EOFError
            found += piece
        return found


def obey(link: Link) -> None:
    """Do what the server says, until it says to end."""
    while True:
        order, *words = link.receive()
        if order == b"write":
            write(int(words[0]), words[1])
        elif order == b"read":
            link.send(read_all())
        elif order == b"fork":
            link = fork(link, words[0])
        elif order == b"exec":
            link.send(become(words))
        elif order == b"wait":
            link.send(b"%d" % posix.waitpid(int(words[0]), 0)[1])
        elif order == b"die":
            signal(int(words[0]), SIG_DFL)
            posix.kill(posix.getpid(), int(words[0]))
        else:
            posix._exit(int(words[0]))  # noqa: SLF001  # its name


def write(descriptor: int, data: bytes) -> None:
    """Write everything, or exit."""
    try:
        while data:
            data = data[posix.write(descriptor, data) :]
    except OSError as error:
        complain(f"{sys.argv[0].rpartition('/')[2]}: cannot write: {error.strerror}\n")
        posix._exit(TROUBLE)  # noqa: SLF001  # its name


def read_all() -> bytes:
    """The rest of standard input."""
    found = b""
    while piece := posix.read(0, CHUNK):
        found += piece
    return found


def fork(link: Link, token: bytes) -> Link:
    """fork(2): parent and child go on, each with a connection of its own."""
    pid = posix.fork()
    if pid:
        link.send(b"%d" % pid)
        return link
    link.socket.close()
    link = Link()
    link.send(b"child", token)
    return link


def become(words: "list[bytes]") -> bytes:
    """Become a command; returns the errno if that fails."""
    try:
        root, folder, log, uid, gid, count, *rest = words
        if log:
            descriptor = posix.open(log, posix.O_WRONLY | posix.O_APPEND | posix.O_CREAT, 0o666)
            posix.dup2(descriptor, 1)
            posix.dup2(descriptor, 2)
        if root:
            posix.chroot(root)
        if folder:
            posix.chdir(folder)
        if uid:
            posix.setgroups([int(gid)])
            posix.setgid(int(gid))
            posix.setuid(int(uid))
        execute(rest[: int(count)], dict(row.split(b"=", 1) for row in rest[int(count) :]))
    except OSError as error:
        return b"%d" % (error.errno or errno.EIO)
    return b"0"


def execute(argv: "list[bytes]", environment: "dict[bytes, bytes]") -> None:
    """execvp(3)."""
    places = environment.get(b"PATH", b"/sbin:/bin:/usr/sbin:/usr/bin").split(b":")
    paths = [argv[0]] if b"/" in argv[0] else [place + b"/" + argv[0] for place in places]
    failure = OSError(errno.ENOENT, "")
    for path in paths:
        try:
            posix.execve(path, argv, environment)
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                posix.execve(b"/bin/sh", [b"sh", path, *argv[1:]], environment)
            if error.errno not in NOT_HERE:
                failure = error
    raise failure


if __name__ == "__main__":
    main()
