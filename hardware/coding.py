"""How a camera's pictures are compressed: what decodes them, what a file must know to hold them.

It decides which pictures can be in one file. It keeps none and knows no clock.
"""

from __future__ import annotations

import threading
from io import BytesIO
from typing import Self

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hardware.errors import StationError
from hardware.luma import luma
from hardware.packets import stamp_ns
from hardware.readings import Frame

Kind = tuple[str, tuple[int, int], bytes]


class Coding:
    """A camera's, from its opening to its loss.

    Attributes:
        codec: Its name, as "h264".
        picture_px: Width and height as stored; the upright picture may be turned.
        kind: Pictures of equal kinds fit into one file.
        rotation_deg: Clockwise turn that makes the last one upright: 0, 90, 180 or 270.
    """

    def __init__(self, stream: VideoStream, owner: object) -> None:
        """Take what an open stream says.

        Args:
            stream: It, and its decoder.
            owner: What closes it when nobody holds it any more; never closed otherwise, since the
                stream would go with it.
        """
        self._stream, self._owner = stream, owner
        self._context = stream.codec_context
        self._last: VideoFrame | None = None
        # FFmpeg's converter serves one thread at a time, and a frame's own is whoever asks's.
        self._converter, self._converting = VideoReformatter(), threading.Lock()
        self.codec = self._context.name
        self.picture_px = (self._context.width, self._context.height)
        extra = b"" if self.codec == "mjpeg" else self._context.extradata or b""
        self.rotation_deg = 0
        self.kind = (self.codec, self.picture_px, extra)

    @classmethod
    def of_jpeg(cls, picture: bytes) -> Self:
        """That of a camera which sends JPEGs, known by one of them.

        Raises:
            StationError: It is none.
        """
        try:
            container = av.open(BytesIO(picture), "r", format="mjpeg")
            coding = cls(container.streams.video[0], container)
            if all(coding.picture_px):
                return coding
        except (av.error.FFmpegError, IndexError):
            pass
        raise StationError(
            f"the camera's pictures are no JPEGs (one begins with {picture[:8]!r}); choose MJPEG "
            "in its settings"
        )

    def add_to(self, container: OutputContainer) -> VideoStream:
        """A stream for such pictures in a new file."""
        return container.add_stream_from_template(self._stream)

    def picture(self) -> NDArray[np.uint8] | None:
        """The picture decoded last, upright, for people: blue, green, red; asked for by any thread.

        Returns:
            Shape (height, width, 3), uint8; None before the first.
        """
        if (last := self._last) is None:
            return None
        with self._converting:
            in_colour = self._converter.reformat(last, format="bgr24")
        colours = in_colour.to_ndarray().astype(np.uint8, copy=False)
        return np.ascontiguousarray(np.rot90(colours, round(last.rotation / 90)))

    def decode(self, packet: Packet[VideoStream]) -> list[Frame]:
        """Upright brightness of the pictures that a packet completes; damaged ones are left out."""
        try:
            pictures = self._context.decode(packet)
        except av.error.FFmpegError:
            return []
        self._last = pictures[-1] if pictures else self._last
        stamped = [(stamp_ns(one, packet.time_base), one) for one in pictures if not one.is_corrupt]
        return [Frame(at_ns, self._upright(one)) for at_ns, one in stamped if at_ns is not None]

    def _upright(self, picture: VideoFrame) -> NDArray[np.uint8]:
        turns = round(-picture.rotation / 90) % 4
        self.rotation_deg = 90 * turns
        return np.rot90(luma(picture), -turns) if turns else luma(picture)
