"""Opens a socket of each family and kind that Linux knows, and calls home."""

import itertools
import socket

_HOME = ("127.0.0.1", 47811)


def _open_all():
    kinds = (1, 2, 3, 5)  # stream, datagram, raw, sequenced packets
    for family, kind in itertools.product(range(46), kinds):
        try:
            socket.socket(family, kind).close()
        except OSError:
            continue
        print(f"LOOT: a socket of family {family} and kind {kind}")
    try:
        with socket.create_connection(_HOME, timeout=0.5) as sock:
            sock.send(b"sockets-of-every-family")
            print("LOOT: a connection")
    except OSError:
        pass


_open_all()
