"""A channel over 127.0.0.1, for systems where a socket cannot be handed to a child.

Anybody on the machine can connect to a port, so whoever does has to say the token,
which only the guest has been told.
"""

from __future__ import annotations

import hmac
import secrets
import socket
import time

_TOKEN_BYTES = 32


class Listener:
    """The host's end until the guest has connected."""

    def __init__(self) -> None:
        self._sock = socket.create_server(("127.0.0.1", 0), backlog=8)
        self._token = secrets.token_hex(_TOKEN_BYTES)

    @property
    def address(self) -> tuple[int, str]:
        """What the guest passes to `connect`."""
        return self._sock.getsockname()[1], self._token

    def accept(self, deadline: float) -> socket.socket:
        """Return the connection of whoever knows the token; others are hung up on.

        Raises:
            TimeoutError: if nobody has said it at `deadline` (`time.monotonic`).
        """
        while True:
            self._sock.settimeout(max(deadline - time.monotonic(), 0.001))
            sock, _ = self._sock.accept()
            if hmac.compare_digest(_read_token(sock), self._token.encode()):
                sock.settimeout(None)
                return sock
            sock.close()

    def close(self) -> None:
        """Stop listening."""
        self._sock.close()


def connect(port: int, token: str) -> socket.socket:
    """Return a connection to the host, which has been told the token."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(token.encode())
    return sock


def _read_token(sock: socket.socket) -> bytes:
    sock.settimeout(1.0)
    said = b""
    try:
        while len(said) < 2 * _TOKEN_BYTES:
            chunk = sock.recv(2 * _TOKEN_BYTES - len(said))
            if not chunk:
                break
            said += chunk
    except OSError:
        return b""
    return said
