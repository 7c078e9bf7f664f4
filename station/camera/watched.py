"""What a session sees of a camera that is watched, whether it is one or two of them.

It decides nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, Self

from calibration.geometry import Zone
from hardware.clips import Clips
from station.camera.events import CameraEvent
from station.camera.provisional import Provisional

if TYPE_CHECKING:
    from station.camera.live import LiveCamera


class WatchedCamera(Protocol):
    """A camera from the beginning of a `with` to its end; see `station.camera.live.LiveCamera`.

    Attributes:
        name: As it may be shown.
        zone: Its calibration.
        clips: Where recordings of runs are kept.
        each: The cameras that it is made of: one alone, or Marker 2's and Marker 3's.
        over: Set when there will be no more pictures.
        lost: Whether one was lost since, and may have another delay by now.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def zone(self) -> Zone: ...  # noqa: D102
    @property
    def clips(self) -> Clips: ...  # noqa: D102
    @property
    def each(self) -> Sequence[LiveCamera]: ...  # noqa: D102
    @property
    def over(self) -> threading.Event: ...  # noqa: D102
    @property
    def lost(self) -> bool: ...  # noqa: D102

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

    def taken(self) -> list[CameraEvent]:
        """What there is to tell, in order."""

    def running(self) -> Provisional | None:
        """Who is running now, or has just run, roughly; None where nobody is seen to."""


def camera_at(watched: WatchedCamera, marker: int) -> LiveCamera:
    """The one that sees a marker."""
    return watched.each[min(marker - 2, len(watched.each) - 1)]
