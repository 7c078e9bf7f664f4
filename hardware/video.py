"""A saved video is a camera: every frame's brightness with the file's own exact timestamp.

It decides which packets to decode for a span of time, which way is up, and how file time relates
to real time (slow motion). It never resamples, never invents a timestamp, and judges no picture.
It needs FFmpeg's libraries (PyAV) alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Self

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hardware.ahead import read_ahead
from hardware.container import (
    clock_sigma_s,
    opened,
    recorded_at_end,
    recorded_utc,
    speeds_mps,
    station_clock,
)
from hardware.counted import counted
from hardware.errors import StationError
from hardware.luma import luma
from hardware.packets import read_index, seek_to, stamp_ns
from hardware.readings import Frame
from hardware.units import NS

CAPTURE_RATE_TAG = "com.android.capture.fps"
SLOWEST_FPS, FASTEST_FPS = 1, 100_000
"""What no camera films slower or faster than; a tag that says so is no rate."""
SAME_RATE = 0.10
"""A file stored within this fraction of its capture rate plays in real time already."""
StampedFrames = Generator[tuple[int, VideoFrame], None, None]

DAMAGED = "damaged frames are left out; those that follow may be smeared until the next keyframe"
AHEAD_BYTES = 50_000_000  # while a passage is timed, the decoder goes on
"""Decoded pictures that wait for whoever looks at them."""
CUT_S = 0.5
"""A file whose header promises this much more than its frames last was cut short.

Less is the sound's: it may outlast the pictures a little."""


class VideoFile:
    """A video on disk. It keeps no file open between calls; each iterator opens its own.

    Attributes:
        path: The file.
        width_px: Width of the upright picture.
        height_px: Height of the upright picture.
        rotation_deg: Clockwise turn that makes it upright: 0, 90, 180 or 270.
        codec: Name of the codec, as "h264".
        index: Time, size and kind of every packet, read on opening without decoding.
        capture_fps: Rate at which an Android phone filmed, where the file says so.
        clock_sigma_s: What its timestamps leave unknown of a time as long as it, one sd, where
            they were made of arrivals; else 0.
        station_clock: How its timestamps went with station time, of a clip of ours; else None.
        speeds_mps: Slowest and fastest that counted as a run then, of a clip of ours; else None.
        recorded_utc: When it was recorded, ISO 8601 text in UTC, where the file says so.
        recorded_at_end: Whether it ended then, as far as its maker is known; else it began.
        warnings: What is odd about the file, one line each; grows while it is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        with opened(path) as (container, stream):
            tags = {**stream.metadata, **container.metadata}
            self.codec = stream.codec.canonical_name
            self.capture_fps = _rate(tags.get(CAPTURE_RATE_TAG))
            self.clock_sigma_s = clock_sigma_s(tags)
            self.station_clock = station_clock(tags)
            self.speeds_mps = speeds_mps(tags)
            self.recorded_utc = recorded_utc(tags)
            self.recorded_at_end = recorded_at_end(tags)
            stream.thread_type = "SLICE"  # frame threads give no picture before each has a packet
            packets = container.demux(stream)
            opening: list[Packet[VideoStream]] = []
            first = self._first_frame(packets, opening)
            self.index = read_index(container, stream, chain(opening, packets))
            # FFmpeg gives a bare MJPEG stream timestamps at 25 Hz of its own making.
            if not self.frame_count or container.format.name == "mjpeg":
                raise StationError(
                    f"{path}: no timestamps (a bare {self.codec} stream); "
                    "record into a container that keeps time, as MP4 or MKV"
                )
            self._note_missing_end(container, stream)
        self._stored_px = (first.width, first.height)
        self.rotation_deg = round(-first.rotation / 90) % 4 * 90
        turned = self.rotation_deg in (90, 270)
        self.width_px, self.height_px = self._stored_px[::-1] if turned else self._stored_px
        if first.interlaced_frame:
            self._warn("interlaced: each frame mixes two instants; record progressive video")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close: no file stays open between calls."""

    @cached_property
    def _shown_ns(self) -> NDArray[np.int64]:
        """Timestamps of all frames in presentation order, each once."""
        return np.unique(self.index.pts_ns[self.index.shown])

    @property
    def first_pts_ns(self) -> int:
        """Timestamp of the first frame as the file has it; often not 0."""
        return int(self._shown_ns[0])

    @property
    def last_pts_ns(self) -> int:
        """Timestamp of the last frame."""
        return int(self._shown_ns[-1])

    @property
    def frame_count(self) -> int:
        """Number of frames, counted from the packets."""
        return len(self._shown_ns)

    @property
    def frame_rate_hz(self) -> float:
        """Measured mean rate, frames per second of the file; 0 for a single frame."""
        span_ns = self.last_pts_ns - self.first_pts_ns
        return (self.frame_count - 1) * NS / span_ns if span_ns else 0.0

    @property
    def duration_s(self) -> float:
        """Seconds of the file from the first frame to the end of the last."""
        return self.frame_count / self.frame_rate_hz if self.frame_rate_hz else 0.0

    @property
    def time_scale(self) -> float:
        """Real seconds per second of the file: 1.0 unless its capture rate says slow motion."""
        return 1.0 if self.capture_fps is None else self.time_scale_at(self.capture_fps)

    def time_scale_at(self, capture_fps: float) -> float:
        """The same for a capture rate that the user states."""
        if self.frame_count < 2:
            return 1.0
        # A dropped frame must not look like a slower file: count periods, not frames.
        steps_ns = np.diff(self._shown_ns)
        periods = np.maximum(1, np.round(steps_ns / np.median(steps_ns)))
        stored_fps = float(periods.sum() * NS / steps_ns.sum())
        scale = stored_fps / capture_fps
        return 1.0 if abs(scale - 1.0) <= SAME_RATE else scale

    def frames(self, start_ns: int | None = None, end_ns: int | None = None) -> Iterator[Frame]:
        """The frames with start_ns <= pts_ns <= end_ns, in presentation order.

        Decoding begins at a keyframe near the span, chosen so that the pixels are those which
        decoding the whole file gives.

        Args:
            start_ns: First timestamp wanted, None for the beginning.
            end_ns: Last timestamp wanted, None for the end.

        Returns:
            Frames whose brightness is a read-only view on the decoder's picture.

        Raises:
            StationError: The picture changes its size in mid-recording.
        """
        frame_bytes = 2 * self.width_px * self.height_px  # with its colours
        return read_ahead(self._frames(start_ns, end_ns), max(1, AHEAD_BYTES // frame_bytes))

    def keyframes(self) -> Iterator[Frame]:
        """The keyframes in presentation order; nothing else is decoded."""
        index, done = self.index, 0
        wanted_ns = np.unique(index.pts_ns[index.keyframe & index.shown]).tolist()
        with opened(self.path) as (container, stream):
            packets = (p for p in container.demux(stream) if p.is_keyframe or not p.size)
            for pts_ns, frame in self._decoded(packets):
                # Without the frames between them a decoder can lose count (H.264, open GOPs).
                if not frame.key_frame or [pts_ns] != wanted_ns[done : done + 1]:
                    break
                done += 1
                yield Frame(pts_ns, self._brightness(frame))
        for pts_ns in wanted_ns[done:]:
            yield from self.frames(pts_ns, pts_ns)

    def picture(self, pts_ns: int) -> NDArray[np.uint8]:
        """The upright picture in colour, for people to look at.

        Args:
            pts_ns: Timestamp of a frame.

        Returns:
            Blue, green, red, shape (height_px, width_px, 3), uint8.

        Raises:
            StationError: No frame has this timestamp.
        """
        for _, picture in self.pictures(pts_ns, pts_ns):
            return picture
        raise StationError(
            f"{self.path}: no frame at {pts_ns / NS:.6f} s; ask for the timestamp of a frame "
            f"from {self.first_pts_ns / NS:.3f} to {self.last_pts_ns / NS:.3f} s"
        )

    def pictures(
        self, start_ns: int | None = None, end_ns: int | None = None
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """What `frames` yields, in colour: timestamps with pictures as `picture` gives them."""
        for pts_ns, frame in self._span(start_ns, end_ns):
            picture = frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
            yield pts_ns, np.ascontiguousarray(self._upright(picture))

    def _frames(self, start_ns: int | None, end_ns: int | None) -> Generator[Frame, None, None]:
        for pts_ns, frame in self._span(start_ns, end_ns):
            yield Frame(pts_ns, self._brightness(frame))

    def _span(self, start_ns: int | None, end_ns: int | None) -> StampedFrames:
        """The decoder's frames of a span, begun farther back where a keyframe does not suffice."""
        starts, expected_ns = [0], None
        if start_ns is not None:
            rank = int(np.searchsorted(self._shown_ns, start_ns))
            if rank == self.frame_count:
                return
            expected_ns = int(self._shown_ns[rank])
            if end_ns is not None and expected_ns > end_ns:
                return
            starts = self.index.starts(start_ns)
        previous_ns: int | None = None
        for position in starts:
            with closing(self._decoded_from(position)) as decoded:
                for pts_ns, frame in decoded:
                    if start_ns is not None and pts_ns < start_ns:
                        continue
                    if expected_ns is not None and pts_ns > expected_ns and position != starts[-1]:
                        break
                    expected_ns = None
                    if end_ns is not None and pts_ns > end_ns:
                        return
                    if previous_ns is not None and pts_ns <= previous_ns:
                        self._warn("frames with repeated or backward timestamps are left out")
                        continue
                    previous_ns = pts_ns
                    yield pts_ns, frame
            if expected_ns is None:
                return

    def _first_frame(
        self, packets: Iterator[Packet[VideoStream]], opening: list[Packet[VideoStream]]
    ) -> VideoFrame:
        """Decodes up to the first frame; `opening` keeps the packets that this took."""
        with suppress(av.error.FFmpegError):
            for packet in packets:
                opening.append(packet)
                for frame in self._decode(packet):
                    return frame
        raise StationError(
            f"{self.path}: 0 frames can be decoded from {counted(len(opening), 'packet')} "
            f"({self.codec}); copy it from the camera again, or export it as MP4"
        )

    def _note_missing_end(self, container: InputContainer, stream: VideoStream) -> None:
        """Warns where the file's header, its size or its last packet says that more was filmed."""
        declared_s = (container.duration or 0) / av.time_base
        if stream.duration is not None and stream.time_base is not None:
            declared_s = float(stream.duration * stream.time_base)
        stamps_ns = np.sort(self.index.pts_ns)
        held_s = (np.ptp(stamps_ns) + np.diff(stamps_ns).max(initial=0)) / NS
        size_bytes, kind = self.path.stat().st_size, container.format.name
        end_s = self.last_pts_ns / NS
        if (
            self.index.damaged_end
            or declared_s - held_s > CUT_S
            # A transport stream is whole packets of 188 bytes (192 timed, 204 with parity).
            or (kind == "mpegts" and all(size_bytes % n for n in (188, 192, 204)))
        ):
            self._warn(f"ends in mid-recording at {end_s:.3f} s; what comes after is lost")
        elif kind == "matroska,webm" and container.duration is None:
            self._warn(f"was never closed by its recorder; what followed {end_s:.3f} s may be lost")

    def _decoded_from(self, position: int) -> StampedFrames:
        """Decodes from a packet of the index to the end of the file."""
        with opened(self.path) as (container, stream):
            if position == 0:
                in_order = container.format.name == "avi" and self.index.decoding_order
                yield from self._decoded(
                    container.demux(stream), iter(self._shown_ns.tolist()) if in_order else None
                )
                return
            packets = seek_to(container, stream, self.index, position)
            if packets is not None:
                yield from self._decoded(packets)
                return
        with opened(self.path) as (container, stream):
            yield from self._decoded(islice(container.demux(stream), position, None))

    def _decoded(
        self, packets: Iterator[Packet[VideoStream]], stamps_ns: Iterator[int] | None = None
    ) -> StampedFrames:
        """Frames of consecutive packets with their timestamps.

        Args:
            packets: In the order of the file, a flushing one at the end.
            stamps_ns: Timestamps in presentation order, where the packets' are in another.
        """
        with suppress(av.error.FFmpegError):  # reading ends here; `damaged_end` says so
            for packet in packets:
                for frame in self._decode(packet):
                    stored_ns = stamp_ns(frame, packet.time_base)
                    pts_ns = next(stamps_ns, None) if stamps_ns else stored_ns
                    if frame.is_corrupt:
                        self._warn(DAMAGED)
                    elif pts_ns is None:
                        self._warn("frames without a timestamp are left out")
                    else:
                        yield pts_ns, frame

    def _decode(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        try:
            if not packet.is_corrupt:
                return packet.decode()
        except av.error.FFmpegError:
            pass
        self._warn(DAMAGED)
        return []

    def _brightness(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """Upright brightness, (height_px, width_px)."""
        if (frame.width, frame.height) != self._stored_px:
            raise StationError(
                f"{self.path}: the picture changes to {frame.width}×{frame.height} at "
                f"{frame.time:.3f} s; cut the file there and time each part by itself"
            )
        return self._upright(luma(frame))

    def _upright(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.rot90(picture, -self.rotation_deg // 90) if self.rotation_deg else picture

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


def open_video(path: Path) -> VideoFile:
    """Opens a saved video.

    Args:
        path: Any file that FFmpeg reads: MP4, MOV, MKV, WebM, AVI, MPEG-TS and more.

    Returns:
        The video, usable as a context manager.

    Raises:
        StationError: It cannot be read, is no video, or none of its frames can be decoded.
    """
    return VideoFile(path)


def _rate(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if SLOWEST_FPS <= number <= FASTEST_FPS else None
