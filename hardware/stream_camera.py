"""A camera on the network that sends a video stream: RTSP, MPEG-TS and whatever else FFmpeg reads.

It decides how long a stream may be silent before it counts as lost. Its timestamps are the
camera's own, as the stream has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from hardware.camera import CameraGoneError, Shot, StampedBy
from hardware.clock import Clock
from hardware.coding import Coding
from hardware.packets import stamp_ns

OPEN_S = 10.0  # an RTSP server is asked four times, and then waits for a keyframe
SILENT_S = 5.0
HIDDEN = "…"
SEE = "see that it sends, is in the same network, and has this address"
PROTOCOLS = "tcp,udp,rtp,rtsp,srtp,tls,http,https,httpproxy,crypto,srt,rtmp"
OPTIONS = {
    "rtsp_transport": "tcp",  # what UDP loses on a busy Wi-Fi smears the pictures
    "protocol_whitelist": PROTOCOLS,
    "analyzeduration": "2000000",
}


def without_password(url: str) -> str:
    """An address as it may be shown.

    Cameras are told passwords in front of the host, in the query or in the path, by many names: no
    value is shown but a number of at most two digits, as of a channel.
    """
    if "://" not in url:
        return url  # a number, or a file
    shown = re.sub(r"(?<=://).*@", "", url)
    return re.sub(r"(?<==)(?!\d{1,2}(?![^&;#]))[^&;#?]+", HIDDEN, shown)


class StreamCamera:
    """A stream at an address."""

    def __init__(self, url: str, clock: Clock) -> None:
        """Open nothing yet.

        Args:
            url: Its address, as "rtsp://phone:8080/live" or "tcp://phone:9000".
            clock: Station time.
        """
        self.asked_hz: float | None = None  # it decides
        self.name = without_password(url)
        self._url, self._clock = url, clock

    def open(self) -> StreamFeed:
        """Connect to it; see `hardware.camera.Camera`."""
        scheme = self._url.partition("://")[0]
        options = {key: it for key, it in OPTIONS.items() if scheme == "rtsp" or "rtsp" not in key}
        try:
            container = av.open(
                self._url, "r", container_options=options, timeout=(OPEN_S, SILENT_S)
            )
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise ValueError("no decoder for its codec; choose H.264 in its settings")
        except (av.error.FFmpegError, IndexError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            why = "no video in it" if isinstance(error, IndexError) else why
            raise CameraGoneError(
                f"{self.name} does not answer with a video ({why}); {SEE}"
            ) from None
        return StreamFeed(self.name, container, stream, self._clock)


class StreamFeed:
    """A stream that is being read."""

    stamped_by: StampedBy = "device"

    def __init__(
        self, name: str, container: InputContainer, stream: VideoStream, clock: Clock
    ) -> None:
        self._name, self._clock = name, clock
        self.coding = Coding(stream, container)
        self._packets = _stamped(container.demux(stream))

    def next(self) -> Shot | None:
        """Wait for the next picture; see `hardware.camera.Feed`."""
        try:
            for packet in self._packets:
                arrival_ns = self._clock.now_ns()
                pts_ns = stamp_ns(packet, packet.time_base)
                if packet.size and pts_ns is not None and not packet.is_corrupt:
                    return Shot(packet, pts_ns, arrival_ns)
        except av.error.FFmpegError as error:
            raise CameraGoneError(f"{self._name} is lost ({error.strerror})") from None
        raise CameraGoneError(f"{self._name} has ended its stream")

    def close(self) -> None:
        """Read no more; see `hardware.camera.Feed`."""
        self._packets = iter(())


def _stamped(packets: Iterator[Packet[VideoStream]]) -> Iterator[Packet[VideoStream]]:
    """Those with timestamps, and the first few, which have none on RTSP: the rest leans on them."""
    early: list[Packet[VideoStream]] = []
    begun = False
    for packet in packets:
        if packet.pts is not None:
            for ticks, one in enumerate(early, start=-len(early)):
                one.pts = one.dts = packet.pts + ticks
                yield one
            early, begun = [], True
            yield packet
        elif packet.size and not begun:
            early.append(packet)
