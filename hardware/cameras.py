"""Which camera is meant by what a coach types: a number, a network address, or a file.

It decides by the form alone, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hardware.camera import Camera
from hardware.clock import Clock
from hardware.errors import StationError
from hardware.http_camera import HttpCamera
from hardware.played_camera import PlayedCamera
from hardware.stream_camera import StreamCamera, without_password
from hardware.usb_camera import UsbCamera, Wanted

DIGITS = 2
SCHEMES = ("rtsp", "http", "https", "rtmp", "srt", "udp", "tcp", "tls", "rtp", "srtp")


def camera_named(
    where: str,
    wanted: Wanted,
    clock: Clock,
    wait: Callable[[float], object],
    begun_ns: int | None = None,
) -> Camera:
    """The camera at a place.

    Args:
        where: A number of a USB camera; an address with its scheme, as "rtsp://…"; else a file.
        wanted: What a USB camera is asked for.
        clock: Station time.
        wait: Lets so many seconds of it pass.
        begun_ns: Since when a saved video is played, station time; None: since it is opened.

    Raises:
        StationError: No camera has such a number or address, or no file such a name.
    """
    if where.isdecimal():
        if len(where) > DIGITS:
            raise StationError(f"'{where}' is no camera's number; that is 0 to 99")
        return UsbCamera(int(where), wanted, clock)
    if "\0" in where:
        raise StationError(f"{where!r} is no camera: a name has no NUL; type it again")
    if is_file(where):
        return PlayedCamera(Path(where), clock, wait, begun_ns)
    scheme = where.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise StationError(
            f"{without_password(where)} is no camera's address: that begins with "
            f"{'://, '.join(SCHEMES)}://; a saved video is named by its path alone"
        )
    if scheme in ("http", "https"):
        return HttpCamera(where, clock)
    return StreamCamera(where, clock)


def is_file(where: str) -> bool:
    """Whether a saved video is meant."""
    return not where.isdecimal() and "://" not in where
