"""A connection to the console: those of others are counted, so that the coach always has one.

It decides how many others may have, each address and all together; this computer has as many as it
likes. Who has too many is hung up on. It reads nothing.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_OF_ONE = 40  # a page needs two, or three
MOST_OF_OTHERS = 200


class Line(H11Protocol):
    """A connection, from its beginning to its end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, or hang up on who has too many."""
        super().connection_made(transport)
        # An answer goes in two pieces: the second would wait until the first is acknowledged.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        clients = [
            one.client[0] for one in self.connections if isinstance(one, Line) and one.client
        ]
        others = [one for one in clients if not ip_address(one).is_loopback]
        mine = self.client[0] if self.client else ""
        if mine in others and (others.count(mine) > MOST_OF_ONE or len(others) > MOST_OF_OTHERS):
            transport.abort()
