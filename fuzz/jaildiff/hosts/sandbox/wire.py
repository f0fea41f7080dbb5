"""The server's end of a connection: messages to and from a client."""

import socket
import struct
from collections.abc import Sequence

CREDENTIALS = struct.Struct("3i")
FIELDS_MAX = 100_000
FIELD_MAX = 1 << 24  # bytes; the kernel takes less as arguments


class GoneError(Exception):
    """The client is gone, or does not follow the protocol."""


class Connection:
    """One client."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def peer(self) -> int:
        """Its process, as our process table numbers it.  unix(7), SO_PEERCRED."""
        raw = self.link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        pid: int = CREDENTIALS.unpack(raw)[0]
        return pid

    def send(self, fields: Sequence[bytes]) -> None:
        """Send a message.  Raises GoneError if nobody takes it."""
        parts = [len(fields).to_bytes(4, "big")]
        for text in fields:
            parts += [len(text).to_bytes(4, "big"), text]
        try:
            self.link.sendall(b"".join(parts))
        except OSError:
            raise GoneError from None

    def receive(self) -> list[bytes]:
        """The next message.  Raises GoneError if none comes."""
        return [self.take(self.number(FIELD_MAX)) for _ in range(self.number(FIELDS_MAX))]

    def number(self, most: int) -> int:
        """The next number."""
        number = int.from_bytes(self.take(4), "big")
        if number > most:
            raise GoneError
        return number

    def take(self, size: int) -> bytes:
        """Read exactly this many bytes."""
        found = bytearray()
        while len(found) < size:
            try:
                piece = self.link.recv(size - len(found))
            except OSError:
                raise GoneError from None
            if not piece:
                raise GoneError
            found += piece
        return bytes(found)

    def close(self) -> None:
        """Hang up."""
        self.link.close()
