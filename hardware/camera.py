"""What a camera delivers: compressed pictures, each with the best timestamp that it has.

It decides what all cameras have in common, wherever they are plugged in: they are opened, give one
picture after the other, are lost and opened again. It opens nothing and looks at no picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from av.packet import Packet

from hardware.coding import Coding
from hardware.container import StampedBy
from hardware.errors import StationError
from hardware.units import NS

__all__ = ["Camera", "CameraGoneError", "Feed", "Shot", "StampedBy"]


class CameraGoneError(StationError):
    """A camera is not there, or not ready; it may be later."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A compressed picture as it came.

    Attributes:
        packet: Its bytes and its presentation timestamp.
        pts_ns: That timestamp.
        arrival_ns: When it was read, station time.
    """

    packet: Packet[Any]
    pts_ns: int
    arrival_ns: int

    @property
    def ticks(self) -> int:
        """The timestamp in the packet's own ticks; that of decoding for want of another."""
        ticks = self.packet.dts if self.packet.pts is None else self.packet.pts
        assert ticks is not None, "what has no timestamp is no shot"
        return ticks

    @property
    def turn_ns(self) -> int:
        """Its timestamp of decoding, which always increases; that of presentation without one."""
        packet = self.packet
        if packet.dts is None or packet.time_base is None:
            return self.pts_ns
        return self.pts_ns + round((packet.dts - self.ticks) * packet.time_base * NS)


class Feed(Protocol):
    """A camera that is open.

    Attributes:
        coding: How its pictures are compressed.
        stamped_by: Whose clock its timestamps are of.
    """

    @property
    def coding(self) -> Coding: ...  # noqa: D102
    @property
    def stamped_by(self) -> StampedBy: ...  # noqa: D102

    def next(self) -> Shot | None:
        """Wait for the next picture; None where there will never be another.

        Raises:
            CameraGoneError: The camera is lost.
        """

    def close(self) -> None:
        """Let it go, by the thread that reads it; what it gave stays usable."""


class Camera(Protocol):
    """A camera, whether it is there or not.

    Attributes:
        name: As the coach calls it.
        asked_hz: Pictures a second that it is asked for; None where it decides.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def asked_hz(self) -> float | None: ...  # noqa: D102

    def open(self) -> Feed:
        """Connect to it; this may be done again and again.

        Raises:
            CameraGoneError: It is not there now.
            StationError: It is none, or cannot be used.
        """
