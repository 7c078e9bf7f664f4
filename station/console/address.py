"""Where others in the local network find this computer.

It decides which of its addresses is the likeliest. It opens no connection and sends nothing.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import ip_address

ANYWHERE = ("192.0.2.1", 9)  # an address that leads nowhere (RFC 5737); nothing is sent there


def local_addresses() -> tuple[str, ...]:
    """This computer's IPv4 addresses in networks, the one that leads out first."""
    found: list[str] = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(ANYWHERE)
        found.append(asked.getsockname()[0])
    with suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return tuple(dict.fromkeys(one for one in found if not ip_address(one).is_loopback))
