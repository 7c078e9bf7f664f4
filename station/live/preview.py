"""A camera that is looked through between sessions: its newest picture, and what is wrong with it.

It decides that a saved video begins anew where it ends, and that a camera is let go through which
nobody looks. It times nothing and keeps nothing.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from hardware.camera import Camera, Feed, Shot
from hardware.camera_reader import CameraReader, Lost, Opened, Over
from hardware.clock import Clock
from hardware.errors import StationError
from station.threaded import Threaded

LOOK_S = 0.1
UNASKED_NS = 60_000_000_000  # a phone that streams for nobody is empty when it is needed
AGAIN_S = 0.5  # a saved video's last picture stands for so long

Picture = NDArray[np.uint8]


class Preview(Threaded):
    """A camera from the beginning of a `with` to its end.

    Attributes:
        name: The camera's, as it may be shown.
        trouble: Why no picture comes; empty where one does, and before anything is known.
        lost: Whether the camera was lost since, and may have another delay by now.
        left: Whether it was let go, since nobody has asked for a picture for a minute.
    """

    def __init__(self, camera: Camera, clock: Clock) -> None:
        """Open nothing yet.

        Args:
            camera: Which.
            clock: Station time.
        """
        super().__init__("camera preview")
        self.name, self.trouble, self.left = camera.name, "", False
        self.lost = False
        self._asked_ns = clock.now_ns()
        self._camera, self._clock = camera, clock
        self._feed: Feed | None = None

    def picture(self) -> Picture | None:
        """What it sees, upright, in blue, green and red; None before, and while none comes."""
        feed, self._asked_ns = self._feed, self._clock.now_ns()
        return None if feed is None or self.trouble else feed.coding.picture()

    def _attend(self) -> None:
        try:
            while self._wanted():
                with CameraReader(self._camera, self._clock, threading.Event()) as reader:
                    self._follow(reader)
                self._stopped.wait(AGAIN_S)
        except StationError as error:
            self.trouble = str(error)
        except Exception as error:  # a thread that dies tells nobody
            self.trouble = f"no picture: {type(error).__name__}: {error}; choose the camera again"

    def _wanted(self) -> bool:
        self.left = self.left or self._clock.now_ns() - self._asked_ns > UNASKED_NS
        return not (self.left or self._stopped.is_set())

    def _follow(self, reader: CameraReader) -> None:
        while self._wanted():
            filmed = reader.next(LOOK_S)
            match filmed:
                case Opened():
                    self._feed = filmed.feed
                case Shot(packet=packet) if self._feed is not None:
                    self._feed.coding.decode(packet)
                    self.trouble = ""
                case Lost(why=why):
                    self._feed = None  # its connection ends where nobody holds it
                    self.trouble, self.lost = f"{why}; it is waited for", True
                case Over():
                    return
