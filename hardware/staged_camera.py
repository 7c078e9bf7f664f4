"""A recording as a camera that shows an empty track, and a part of the recording when told to.

It decides on which second a part begins: parts follow each other without a gap, so that timestamps
go on as a camera's do. What is in the picture it does not know.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from av.packet import Packet
from av.video.stream import VideoStream

from hardware.camera import Shot, StampedBy
from hardware.clock import Clock
from hardware.coding import Coding
from hardware.container import opened
from hardware.packets import stamp_ns
from hardware.units import NS


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a recording that begins with a keyframe and is stored in the order it is shown.

    Attributes:
        begins_s: Where, in seconds of the recording.
        lasts_s: How long, in whole seconds.
    """

    begins_s: float
    lasts_s: int = 1


class StagedCamera:
    """A camera whose seconds are counted from its making, opened or not."""

    def __init__(
        self, path: Path, quiet: Part, clock: Clock, wait: Callable[[float], object]
    ) -> None:
        """Open nothing yet.

        Args:
            path: The recording.
            quiet: The second that is seen while nothing is staged.
            clock: Station time.
            wait: Lets so many seconds of it pass.
        """
        self.name = "the simulated camera"
        self.asked_hz: float | None = None  # it decides
        self._path, self._quiet, self._clock, self._wait = path, quiet, clock, wait
        self._began_ns = clock.now_ns()
        self._staged: dict[int, Part] = {}
        self._settled = 0  # the first second of which nothing was asked yet
        self._lock = threading.Lock()

    def stage(self, part: Part, from_ns: int) -> int:
        """Have a part be seen.

        Args:
            part: Which.
            from_ns: When it may begin, station time.

        Returns:
            When it will: on the first second from which nothing else is seen for so long.
        """
        with self._lock:
            second = max(ceil((from_ns - self._began_ns) / NS), self._settled)
            for begins, other in sorted(self._staged.items()):
                if begins < second + part.lasts_s and second < begins + other.lasts_s:
                    second = begins + other.lasts_s
            self._staged[second] = part
        return self._began_ns + second * NS

    def open(self) -> StagedFeed:
        """Begin to play it; see `hardware.camera.Camera`."""
        return StagedFeed(self, self._path)

    def begun_s(self) -> int:
        """How many seconds have begun."""
        return ceil((self._clock.now_ns() - self._began_ns) / NS)

    def seen_from(self, second: int) -> Part:
        """What is; from then on it is settled."""
        with self._lock:
            part = self._staged.pop(second, self._quiet)
            self._settled = second + part.lasts_s
        return part

    def wait_for(self, pts_ns: int) -> int:
        """Wait until a picture is due; returns when that is over, station time."""
        ahead_ns = self._began_ns + pts_ns - self._clock.now_ns()
        if ahead_ns > 0:
            self._wait(ahead_ns / NS)
        return self._clock.now_ns()


class StagedFeed:
    """A staged camera that is open."""

    stamped_by: StampedBy = "device"

    def __init__(self, camera: StagedCamera, path: Path) -> None:
        self._camera, self._path = camera, path
        file = opened(path)
        self.coding = Coding(file.__enter__()[1], file)
        self._packets = self._play()

    def next(self) -> Shot | None:
        """Wait until the next picture is due; see `hardware.camera.Feed`."""
        for packet in self._packets:
            pts_ns = stamp_ns(packet, packet.time_base)
            if pts_ns is not None:
                return Shot(packet, pts_ns, self._camera.wait_for(pts_ns))
        return None

    def close(self) -> None:
        """Read no more; see `hardware.camera.Feed`."""
        self._packets.close()

    def _play(self) -> Generator[Packet[VideoStream]]:
        second = self._camera.begun_s()
        with opened(self._path) as (container, stream):  # once more: to seek empties its decoder
            base = stream.time_base
            assert base is not None
            while True:
                part = self._camera.seen_from(second)
                begins = round(part.begins_s / base)
                ends = begins + round(part.lasts_s / base)
                container.seek(begins, stream=stream)
                for packet in container.demux(stream):
                    if packet.pts is None or packet.pts >= ends:
                        break
                    packet.pts = packet.dts = packet.pts - begins + round(second / base)
                    yield packet
                second += part.lasts_s
