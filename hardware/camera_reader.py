"""A camera that is read by a thread of its own, and waited for when it is lost.

It decides when a camera is opened again. It decodes nothing and judges no picture.
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from hardware.camera import Camera, CameraGoneError, Feed, Shot
from hardware.clock import Clock

RETRY_S = 1.0
WAIT_S = 0.1
MOST_WAITING = 240  # shots not yet taken: whoever looks at them may be busy for some seconds


@dataclass(frozen=True, slots=True)
class Opened:
    """A camera is open.

    Attributes:
        at_ns: Station time.
        feed: What it gives from now on.
    """

    at_ns: int
    feed: Feed


@dataclass(frozen=True, slots=True)
class Lost:
    """A camera is gone, and is being waited for.

    Attributes:
        at_ns: Station time.
        why: One line.
    """

    at_ns: int
    why: str


@dataclass(frozen=True, slots=True)
class Over:
    """There will be no more pictures.

    Attributes:
        at_ns: Station time.
    """

    at_ns: int


Filmed = Opened | Shot | Lost | Over


class CameraReader:
    """Reads from the beginning of a `with` to its end."""

    def __init__(self, camera: Camera, clock: Clock, stopped: threading.Event) -> None:
        """Nothing is opened yet.

        Args:
            camera: Which.
            clock: Station time.
            stopped: Ends it when it is set.
        """
        self._camera, self._clock, self._stopped = camera, clock, stopped
        self._waiting: queue.Queue[Filmed | Exception] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._attend, name="camera", daemon=True)

    def __enter__(self) -> Self:
        """Begin to read."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; what was read until now can still be taken."""
        self._stopped.set()
        self._thread.join(2 * RETRY_S)  # a driver may hold it longer; it ends with the program

    def next(self, wait_s: float) -> Filmed | None:
        """What was read next, None where nothing was for so long.

        Raises:
            StationError: The camera is none, or cannot be used; it is read no more.
        """
        try:
            filmed = self._waiting.get(timeout=wait_s)
        except queue.Empty:
            return None
        if isinstance(filmed, Exception):
            raise filmed
        return filmed

    def _attend(self) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    if self._read():
                        break
                except CameraGoneError as error:
                    self._put(Lost(self._clock.now_ns(), str(error)))
                self._stopped.wait(RETRY_S)
        except Exception as error:
            self._put(error)

    def _read(self) -> bool:
        """Read it until it is lost, or over: then the answer is True."""
        feed = self._camera.open()
        try:
            self._put(Opened(self._clock.now_ns(), feed))
            while not self._stopped.is_set():
                shot = feed.next()
                self._put(Over(self._clock.now_ns()) if shot is None else shot)
                if shot is None:
                    return True
        finally:
            feed.close()
        return False

    def _put(self, filmed: Filmed | Exception) -> None:
        while True:
            with suppress(queue.Full):
                self._waiting.put(filmed, timeout=WAIT_S)
                return
            if self._stopped.is_set():
                return
