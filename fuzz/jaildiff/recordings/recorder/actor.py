"""A process of a program: it takes the recorder's orders over a socket pair.

A message is its length in four bytes, big-endian, then JSON with byte strings as Latin-1. Besides
the socket a process has only the open files of the program: descriptors 0 to 2, and then what the
kernel gives it. So descriptors have the program's numbers.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import traceback
from typing import TYPE_CHECKING, Any

from jaildiff.recordings.recorder.system import LINK, Answered

if TYPE_CHECKING:
    from jaildiff.recordings.recorder.system import System


class CannotHoldError(Exception):
    """A process cannot make a holder of its credential; the text says why."""


def send(link: socket.socket, value: Any) -> None:
    """Send a message."""
    data = json.dumps(value).encode()
    link.sendall(len(data).to_bytes(4, "big") + data)


def receive(link: socket.socket) -> Any:
    """The next message.  Raises EOFError if the other side is gone."""
    return json.loads(take(link, int.from_bytes(take(link, 4), "big")))


def take(link: socket.socket, size: int) -> bytes:
    """Read exactly this many bytes."""
    found = b""
    while len(found) < size:
        try:
            piece = link.recv(size - len(found))
        except ConnectionResetError:
            piece = b""
        if not piece:
            raise EOFError
        found += piece
    return found


def serve(system: System, link: socket.socket) -> None:
    """Follow orders until told to exit or until the recorder is gone; never returns."""
    try:
        link = out_of_the_way(link)
        os.closerange(3, LINK)
        send(link, os.getpid())
        while True:
            link = obey(system, link, receive(link))
    except (EOFError, BrokenPipeError):
        os._exit(0)
    except BaseException:  # noqa: BLE001  # It must not go on as its parent would.
        traceback.print_exc()
        os._exit(1)


def out_of_the_way(link: socket.socket) -> socket.socket:
    """Move the link to a descriptor number that programs do not use."""
    low = link.detach()
    os.dup2(low, LINK)
    os.close(low)
    return socket.socket(fileno=LINK)


def obey(system: System, link: socket.socket, order: list[Any]) -> socket.socket:
    """Follow one order.  Returns the link to go on with, which in a child is a new one."""
    what, *words = order
    if what == "jail":
        name, pairs, flags = words
        passed = [
            (n.encode("latin-1"), None if v is None else v.encode("latin-1")) for n, v in pairs
        ]
        ret, errno, buffers = system.jail(name, passed, flags)
        send(link, [ret, errno, [data.decode("latin-1") for data in buffers]])
    elif what in ("attach", "remove", "attach_jd", "remove_jd", "close"):
        send(link, [*getattr(system, what)(*words)])
    elif what == "fork":
        return fork(system, link)
    elif what == "reap":
        system.reap(*words)
        send(link, None)
    elif what == "hold":
        hold(system, link, *words)
    elif what == "ping":
        send(link, None)
    else:
        os._exit(0)
    return link


def hold(system: System, link: socket.socket, res: str) -> None:
    """Let something keep our credential; send null and its descriptor, or why that failed."""
    try:
        held = system.hold(res)
    except (OSError, subprocess.SubprocessError) as error:
        send(link, str(error))
        return
    send(link, None)
    socket.send_fds(link, [b"h"], [held])
    os.close(held)


def fork(system: System, link: socket.socket) -> socket.socket:
    """fork(2): the child uses the link that came with the order."""
    _, descriptors, _, _ = socket.recv_fds(link, 1, 1)
    other = socket.socket(fileno=descriptors[0])
    pid = system.fork()
    if pid == 0:
        link.close()
        other = out_of_the_way(other)
        send(other, os.getpid())
        return other
    other.close()
    send(link, pid)
    return link


class Actor:
    """The recorder's side of a process of a program."""

    def __init__(self, link: socket.socket, pid: int, parent: int) -> None:
        self.link = link
        self.pid = pid
        self.parent = parent  # as the program numbers it; 0 is the recorder
        self.killed = False

    def ask(self, *order: Any) -> Any:
        """Give an order and wait for its answer.  Raises EOFError if the process is gone."""
        try:
            send(self.link, order)
        except (BrokenPipeError, ConnectionResetError):
            raise EOFError from None
        return receive(self.link)

    def jail(self, name: str, pairs: list[tuple[bytes, bytes | None]], flags: int) -> Answered:
        """jail_set(2) or jail_get(2)."""
        shown = [
            (n.decode("latin-1"), None if v is None else v.decode("latin-1")) for n, v in pairs
        ]
        ret, errno, buffers = self.ask("jail", name, shown, flags)
        return Answered(ret, errno, tuple(text.encode("latin-1") for text in buffers))

    def call(self, name: str, number: int) -> Answered:
        """A call that takes a number: a jid, or a descriptor."""
        ret, errno, _ = self.ask(name, number)
        return Answered(ret, errno)

    def fork(self, parent: int) -> Actor:
        """A child of this process, which the program knows as `parent`."""
        ours, theirs = socket.socketpair()
        send(self.link, ["fork"])
        socket.send_fds(self.link, [b"f"], [theirs.fileno()])
        theirs.close()
        receive(self.link)
        return Actor(ours, receive(ours), parent)

    def hold(self, res: str) -> int:
        """A descriptor that keeps this process's credential.  Raises CannotHoldError."""
        reason = self.ask("hold", res)
        if reason is not None:
            raise CannotHoldError(reason)
        return int(socket.recv_fds(self.link, 1, 1)[1][0])
