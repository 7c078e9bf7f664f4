"""What a session sees of a camera that is watched, whether it is one or two of them.

It decides nothing.
"""

from __future__ import annotations

import threading
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from hardware.clips import Clips
from station.camera.delivery import Delivery
from station.camera.events import CameraEvent
from station.camera.provisional import Provisional


class WatchedCamera(Protocol):
    """A camera from the beginning of a `with` to its end; see `station.camera.live.LiveCamera`.

    Attributes:
        name: As it may be shown.
        zone: Its calibration.
        clips: Where recordings of runs are kept.
        delivery: What it delivers.
        over: Set when there will be no more pictures.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def zone(self) -> Zone: ...  # noqa: D102
    @property
    def clips(self) -> Clips: ...  # noqa: D102
    @property
    def delivery(self) -> Delivery: ...  # noqa: D102
    @property
    def over(self) -> threading.Event: ...  # noqa: D102

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

    def taken(self) -> list[CameraEvent]:
        """What there is to tell, in order."""

    def picture(self) -> NDArray[np.uint8] | None:
        """What it sees, upright, in blue, green and red; None before its first picture."""

    def running(self) -> Provisional | None:
        """Who is running now, or has just run, roughly; None where nobody is seen to."""
