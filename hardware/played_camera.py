"""A saved video played as though it were filmed now: a camera for demonstrations and tests.

It decides when each picture has come: when the recording, begun at the opening, has got there. It
changes no timestamp and leaves out no picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from hardware.camera import CameraGoneError, Shot, StampedBy
from hardware.clock import Clock
from hardware.coding import Coding
from hardware.container import opened
from hardware.errors import StationError
from hardware.packets import stamp_ns
from hardware.units import NS
from hardware.video import open_video


class PlayedCamera:
    """A saved video as a camera; it ends as the video does."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        wait: Callable[[float], object],
        begun_ns: int | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            path: The video.
            clock: Station time.
            wait: Lets so many seconds of it pass.
            begun_ns: Station time of its timestamp 0; None: its first picture comes at once.
        """
        self.asked_hz: float | None = None  # it decides
        self.name = str(path)
        self._path, self._clock, self._wait, self._begun_ns = path, clock, wait, begun_ns

    def open(self) -> PlayedFeed:
        """Begin to play it; see `hardware.camera.Camera`."""
        video = open_video(self._path)
        if video.time_scale != 1.0:
            raise StationError(
                f"{self._path}: slow motion, which is not played as it was filmed; time it with "
                "'station replay'"
            )
        return PlayedFeed(self._path, self._clock, self._wait, self._begun_ns)


class PlayedFeed:
    """A saved video that is being played."""

    stamped_by: StampedBy = "device"

    def __init__(
        self, path: Path, clock: Clock, wait: Callable[[float], object], begun_ns: int | None
    ) -> None:
        self._clock, self._wait, self._path, self._begun_ns = clock, wait, path, begun_ns
        file = opened(path)
        container, stream = file.__enter__()
        self.coding = Coding(stream, file)
        self._packets: Iterator[Packet[VideoStream]] = container.demux(stream)

    def next(self) -> Shot | None:
        """Wait until the next picture is due; see `hardware.camera.Feed`."""
        try:
            for packet in self._packets:
                pts_ns = stamp_ns(packet, packet.time_base)
                if packet.size and pts_ns is not None and not packet.is_corrupt:
                    return self._when_due(Shot(packet, pts_ns, 0))
        except av.error.FFmpegError as error:
            raise CameraGoneError(f"{self._path}: cannot be read on ({error.strerror})") from None
        return None

    def close(self) -> None:
        """Read no more; see `hardware.camera.Feed`."""
        self._packets = iter(())

    def _when_due(self, shot: Shot) -> Shot:
        # A picture is sent in its turn of decoding: those that wait for another come with it.
        turn = shot.ticks if shot.packet.dts is None else shot.packet.dts
        turn_ns = round(turn * shot.packet.time_base * NS)
        now_ns = self._clock.now_ns()
        if self._begun_ns is None:
            self._begun_ns = now_ns - turn_ns
        if (ahead_ns := self._begun_ns + turn_ns - now_ns) > 0:
            self._wait(ahead_ns * 1e-9)
        return replace(shot, arrival_ns=self._clock.now_ns())
