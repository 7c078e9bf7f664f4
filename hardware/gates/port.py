"""What goes over a line to a device, and through what: no more than the names of things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol as Interface


class Port(Interface):
    """What bytes go through."""

    def read(self, wait_s: float) -> bytes:
        """Whatever is there, waiting for it so long; b"" where nothing came.

        Raises:
            PortGone: The device is no longer there.
        """

    def write(self, data: bytes) -> None:
        """Send; raises as `read` does."""

    def close(self) -> None:
        """Give it back; may be called while another thread reads, and more than once."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that went over the line at once.

    Attributes:
        at_ns: When they were read, as soon as the computer had them, or just before they were
            sent; station time.
        data: They.
        sent: True where the station sent them.
    """

    at_ns: int
    data: bytes
    sent: bool = False
