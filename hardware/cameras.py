"""Which camera is meant by what a coach types: a file, a network address, or a number.

It decides by the form alone, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hardware.camera import Camera
from hardware.clock import Clock
from hardware.played_camera import PlayedCamera


def camera_named(where: str, clock: Clock, wait: Callable[[float], object]) -> Camera:
    """The camera at a place.

    Args:
        where: A number of a USB camera; an address with its scheme, as "rtsp://…"; else a file.
        clock: Station time.
        wait: Lets so many seconds of it pass.
    """
    return PlayedCamera(Path(where), clock, wait)
