"""A JPEG as a shot of a camera.

It decides the unit of their timestamps: microseconds. It decodes nothing.
"""

from __future__ import annotations

from fractions import Fraction

from av.packet import Packet

from hardware.camera import Shot

TICK_NS = 1000
TIME_BASE = Fraction(1, 1_000_000)
BEGINS = b"\xff\xd8"


def jpeg_shot(picture: bytes, pts_ns: int, arrival_ns: int) -> Shot:
    """Make it one.

    Args:
        picture: The JPEG.
        pts_ns: When it was taken, by whatever clock.
        arrival_ns: When it was read, station time.
    """
    packet = Packet(picture)
    packet.pts = packet.dts = round(pts_ns / TICK_NS)
    packet.time_base = TIME_BASE
    packet.is_keyframe = True
    return Shot(packet, packet.pts * TICK_NS, arrival_ns)
