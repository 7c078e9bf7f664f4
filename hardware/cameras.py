"""Which camera is meant by what a coach types: a number, a network address, or a file.

It decides by the form alone, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from hardware.camera import Camera
from hardware.clock import Clock
from hardware.errors import StationError
from hardware.files import is_one
from hardware.http_camera import HttpCamera
from hardware.played_camera import PlayedCamera
from hardware.stream_camera import StreamCamera, without_password
from hardware.usb_camera import UsbCamera, Wanted

DIGITS = 2
SCHEMES = ("rtsp", "http", "https", "rtmp", "srt", "udp", "tcp", "tls", "rtp", "srtp")

USUAL_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtmp": 1935}
THIS_COMPUTER = ("localhost", "127.0.0.1", "::1")
LEAD_NS = 300_000_000
"""Two saved videos that are played as cameras are opened before they begin."""


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


def check_two(one: str, other: str) -> None:
    """See that two names are of two cameras, and that it can be told which is which.

    Raises:
        StationError: They are of one, as far as they tell it; or what may be shown of their
            addresses is the same.
    """
    shown = f"camera {int(other)}" if other.isdecimal() else without_password(other)
    if is_file(one) and is_file(other):
        same = is_one(Path(one), Path(other))
    else:
        same = _key(one) == _key(other)
    if same:
        raise StationError(f"{shown} is named twice; give each marker a camera of its own")
    if shown == without_password(one):
        raise StationError(
            f"both cameras' addresses are shown as {shown}, since what differs may be a password; "
            "write one with its port, as ':80', or by another name of its host"
        )


def _key(where: str) -> object:
    """The number of a USB camera, or what an address comes to."""
    if where.isdecimal():
        return int(where)
    with suppress(ValueError):
        parts = urlsplit(where)
        host = parts.hostname or ""
        return (
            parts.scheme,
            THIS_COMPUTER[0] if host in THIS_COMPUTER else host,
            parts.port or USUAL_PORTS.get(parts.scheme),
            parts.path.rstrip("/"),
            parts.query,
        )
    return where
