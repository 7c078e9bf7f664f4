"""A camera that is watched by threads of its own; what it tells waits until somebody takes it.

It builds what that takes and joins it: reader, watch, recorder, timer. It decides nothing about
runs.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from hardware.camera import Camera, Feed
from hardware.camera_reader import CameraReader, Lost, Opened, Over
from hardware.clips import Clips
from hardware.clock import Clock, SystemClock
from station.camera.bump import Luma
from station.camera.delivery import Delivery
from station.camera.events import CameraEvent, CameraNotice
from station.camera.provisional import Provisional
from station.camera.timing import CameraTiming
from station.camera.watched import WatchedCamera
from station.speeds import RUN_MPS
from station.threaded import Threaded

LOOK_S = 0.05


class LiveCamera(Threaded):
    """A camera from the beginning of a `with` to its end.

    Attributes:
        name: The camera's, as it may be shown.
        zone: Its calibration.
        clips: Where recordings of runs are kept.
        delivery: What it delivers.
        speeds_mps: Slowest and fastest that counts as a run.
        over: Set when there will be no more pictures and all that was seen is told: a saved
            video's end.
        lost: Whether it was lost since, and may have another delay by now.
        owed: Does what is left to be done with its recordings before a session ends.
    """

    def __init__(
        self,
        camera: Camera,
        zone: Zone,
        clips: Clips,
        *,
        speeds_mps: tuple[float, float] = RUN_MPS,
        clock: Clock | None = None,
        placed_on: Luma | None = None,
    ) -> None:
        """Nothing is opened yet.

        Args:
            camera: Which.
            zone: Where the cones are in its picture.
            clips: Where recordings of runs are kept.
            speeds_mps: Slowest and fastest that counts as a run.
            clock: Station time; the computer's by default.
            placed_on: The picture on which the cones were placed, where it was kept.
        """
        super().__init__("camera watch")
        self.name, self.zone = camera.name, zone
        self.over = threading.Event()
        self.clips, self.delivery = clips, Delivery(camera.asked_hz)
        self._camera, self.speeds_mps = camera, speeds_mps
        self._placed_on = placed_on
        self.lost = False
        self.owed: Callable[[], None] = lambda: None
        self._clock = clock or SystemClock()
        self._told: queue.SimpleQueue[CameraEvent] = queue.SimpleQueue()
        self._error: Exception | None = None
        self._feed: Feed | None = None
        self._timing: CameraTiming | None = None
        self._zones: queue.SimpleQueue[Zone] = queue.SimpleQueue()

    def taken(self) -> list[CameraEvent]:
        """What there is to tell, in order.

        Raises:
            StationError: The camera is none, or cannot be used.
        """
        taken = []
        with suppress(queue.Empty):
            while True:
                taken.append(self._told.get_nowait())
        if self._error is not None and not taken:
            error, self._error = self._error, None
            raise error
        return taken

    @property
    def each(self) -> Sequence[LiveCamera]:
        """Itself alone; see `station.camera.watched.WatchedCamera`."""
        return (self,)

    def picture(self) -> NDArray[np.uint8] | None:
        """What it sees, upright, in blue, green and red; None before, and while none comes."""
        feed = self._feed
        return None if feed is None or self.trouble else feed.coding.picture()

    @property
    def trouble(self) -> str:
        """Why no picture comes; empty where one does, and before the first."""
        timing = self._timing
        return "" if timing is None else timing.gone

    def running(self) -> Provisional | None:
        """Who is running now, or has just run, roughly; None where nobody is seen to."""
        timing = self._timing
        return None if timing is None else timing.running.now(self._clock.now_ns())

    def recalibrated(self, zone: Zone) -> None:
        """Go on with cones that stand elsewhere in its picture, from any thread.

        Whoever is on his way is timed with the old ones still, and who comes before the next
        keyframe.
        """
        self.zone = zone
        self._zones.put(zone)

    @property
    def placing(self) -> bool:
        """Whether cones placed anew are not in use yet."""
        timing = self._timing
        return not self._zones.empty() or (timing is not None and timing.placing)

    def _attend(self) -> None:
        try:
            with ExitStack() as stack:
                executor = stack.enter_context(ThreadPoolExecutor(1, "camera timing"))
                timing = self._timing = CameraTiming(
                    self._camera.name,
                    self.zone,
                    self.clips,
                    executor=executor,
                    utc=lambda: datetime.now(UTC),
                    speeds_mps=self.speeds_mps,
                    delivery=self.delivery,
                    placed_on=self._placed_on,
                )
                reader = CameraReader(self._camera, self._clock, self._stopped)
                with reader:
                    self._follow(reader, timing)
                while (filmed := reader.next(0)) is not None:
                    self._tell(timing.take(filmed))
                self._tell(timing.finish())
        except Exception as error:
            self._error = error
        finally:
            self.over.set()

    def _follow(self, reader: CameraReader, timing: CameraTiming) -> None:
        while not self._stopped.is_set():
            filmed = reader.next(LOOK_S)
            with suppress(queue.Empty):
                self._tell(timing.recalibrate(self._zones.get_nowait()))
            if filmed is None:
                self._tell(timing.advance(self._clock.now_ns()))
                continue
            if isinstance(filmed, Opened):
                self._feed = filmed.feed
            elif isinstance(filmed, Lost):
                self._feed = None  # its connection ends where nobody holds it
            self._tell(timing.take(filmed))
            if isinstance(filmed, Over):
                return

    def _tell(self, events: list[CameraEvent]) -> None:
        for event in events:
            if isinstance(event, CameraNotice) and event.name == "camera-gone":
                self.lost = True
            self._told.put(event)


def watch_alone(
    live: WatchedCamera, tell: Callable[[CameraEvent], None], stopped: threading.Event
) -> None:
    """Time runs by a camera, without a session, until told to stop or the camera is over.

    Args:
        live: The camera, not yet entered.
        tell: Takes each event as it happens.
        stopped: Ends it when it is set.

    Raises:
        StationError: The camera is none, or cannot be used.
        OSError: What `tell` raised.
    """
    with live:
        while not stopped.is_set() and not live.over.is_set():
            for event in live.taken():
                tell(event)
            live.over.wait(LOOK_S)
    for event in live.taken():
        tell(event)
