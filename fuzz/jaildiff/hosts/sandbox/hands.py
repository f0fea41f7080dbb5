"""The process that carries out what one of our programs does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import WEXITSTATUS, WIFSIGNALED, WTERMSIG
from queue import Empty, Queue

from jaildiff.hosts.sandbox.wire import Connection, GoneError

STDOUT, STDERR = 1, 2
REPORT_MAX = 30.0  # seconds for a child to report


@dataclass(frozen=True, slots=True)
class Orders:
    """What a process becomes, and as whom; texts are byte strings, empty where nothing changes."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    root: str = ""
    folder: str = ""
    log: str = ""  # takes its output
    user: tuple[int, int] | None = None  # uid, gid


class Nursery:
    """Children that were asked for and have not reported yet."""

    def __init__(self) -> None:
        self.expected: dict[bytes, Queue[Connection]] = {}
        self.count = 0

    def token(self) -> bytes:
        """A name for one more child."""
        self.count += 1
        token = b"%d" % self.count
        self.expected[token] = Queue()
        return token

    def report(self, token: bytes, connection: Connection) -> None:
        """A child is there."""
        queue = self.expected.get(token)
        if queue is None:
            connection.close()
        else:
            queue.put(connection)

    def wait(self, token: bytes) -> Connection:
        """The child, as soon as it is there."""
        try:
            return self.expected[token].get(timeout=REPORT_MAX)
        except Empty:
            raise GoneError from None
        finally:
            del self.expected[token]


@dataclass(slots=True)
class Hands:
    """One client.  Output is kept back until something else is to be done."""

    connection: Connection
    nursery: Nursery
    out: list[tuple[int, bytes]] = field(default_factory=list)
    said: list[tuple[int, bytes]] = field(default_factory=list)  # all that was written

    def write(self, descriptor: int, text: str) -> None:
        """Write a byte string."""
        data = text.encode("latin-1")
        self.out.append((descriptor, data))
        self.said.append((descriptor, data))

    def flush(self) -> None:
        """Flush the output."""
        joined: list[tuple[int, bytes]] = []
        for descriptor, data in self.out:
            if joined and joined[-1][0] == descriptor:
                joined[-1] = (descriptor, joined[-1][1] + data)
            else:
                joined.append((descriptor, data))
        self.out.clear()
        for descriptor, data in joined:
            self.connection.send([b"write", b"%d" % descriptor, data])

    def read_stdin(self) -> str:
        """Standard input, up to its end."""
        self.connection.send([b"read"])
        return self.connection.receive()[0].decode("latin-1")

    def fork(self) -> tuple[int, "Hands"]:
        """fork(2): the child's pid as the parent sees it, and its hands."""
        self.flush()
        token = self.nursery.token()
        self.connection.send([b"fork", token])
        pid = int(self.connection.receive()[0])
        return pid, Hands(self.nursery.wait(token), self.nursery)

    def exec(self, orders: Orders) -> int:
        """execvp(3): 0 or the errno."""
        self.flush()
        texts = [orders.root, orders.folder, orders.log]
        uid, gid = ("", "") if orders.user is None else map(str, orders.user)
        environment = [f"{key}={value}" for key, value in orders.environment.items()]
        texts += [uid, gid, str(len(orders.argv)), *orders.argv, *environment]
        self.connection.send([b"exec", *(text.encode("latin-1") for text in texts)])
        try:
            return int(self.connection.receive()[0])
        except GoneError:  # It has become the command, or was killed before.
            self.connection.close()
            return 0

    def wait(self, pid: int) -> int | str:
        """waitpid(2) for a child that has ended: its exit status, or "signal N"."""
        self.connection.send([b"wait", b"%d" % pid])
        status = int(self.connection.receive()[0])
        return f"signal {WTERMSIG(status)}" if WIFSIGNALED(status) else WEXITSTATUS(status)

    def end(self, status: int | str) -> None:
        """The process ends, as the program did."""
        self.flush()
        if isinstance(status, str):
            self.connection.send([b"die", status.removeprefix("signal ").encode()])
        else:
            self.connection.send([b"exit", b"%d" % status])
        self.connection.close()
