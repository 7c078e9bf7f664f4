"""What a recording's packets say without decoding one: when, how big, which are keyframes.

It decides which packets will yield a picture, where decoding has to begin for a given instant,
and how to get there whatever the container's own seek does. It decodes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hardware.units import NS

BACK_OFF = (0, 1, 3, 7)
"""How many keyframes earlier to begin, try after try.

One suffices, but with gradual refresh (a "keyframe" after which pictures only become right)."""


def stamp_ns(stamped: Packet[VideoStream] | VideoFrame, time_base: Fraction) -> int | None:
    """Presentation time in nanoseconds, correctly rounded; the decoding time for want of one.

    Args:
        stamped: A packet or a frame.
        time_base: Seconds per tick.

    Returns:
        The timestamp as the file has it (nothing subtracted), None where it has none.
    """
    ticks = stamped.pts if stamped.pts is not None else stamped.dts
    return None if ticks is None else ticks_ns(ticks, time_base)


def ticks_ns(ticks: int, time_base: Fraction) -> int:
    """Ticks in nanoseconds, correctly rounded."""
    return (2 * ticks * time_base.numerator * NS + time_base.denominator) // (
        2 * time_base.denominator
    )


@dataclass(frozen=True, slots=True)
class PacketIndex:
    """Every packet of the video stream, in the order of the file.

    Attributes:
        pts_ns: Presentation timestamps, shape (n,), int64; in decoding order, so not sorted.
        size_bytes: Compressed sizes, shape (n,), int64.
        keyframe: Where a decoder can begin, shape (n,), bool; with `decoding_order` only the first,
            as no later packet's picture can be told.
        shown: Which packets yield a picture, shape (n,), bool: not those that an edit list hides,
            nor those that are damaged or lean on a keyframe from before the file's beginning.
        decoding_order: The container knows decoding times only (H.264 with B-frames in AVI): its
            timestamps belong to the pictures in the order in which the decoder returns them.
        damaged_end: The last packet is incomplete, or reading ended in an error.
    """

    pts_ns: NDArray[np.int64]
    size_bytes: NDArray[np.int64]
    keyframe: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    decoding_order: bool
    damaged_end: bool

    def starts(self, start_ns: int) -> list[int]:
        """Where to begin decoding for `start_ns`: the nearest position first, the surest last."""
        keys = np.flatnonzero(self.keyframe & (self.pts_ns <= start_ns))
        keys = keys[np.argsort(self.pts_ns[keys], kind="stable")]
        return [int(keys[-1 - back]) for back in BACK_OFF if back < len(keys)] or [0]


def read_index(
    container: InputContainer, stream: VideoStream, packets: Iterable[Packet[VideoStream]]
) -> PacketIndex:
    """Reads the packets of a container from its beginning to its end.

    Returns:
        The index; empty where no packet of the stream has a timestamp.
    """
    rows: list[tuple[int, int, bool, bool]] = []
    time_base = stream.time_base
    assert time_base is not None
    damaged_end = False
    try:
        for packet in packets:
            at_ns = stamp_ns(packet, time_base)
            if packet.size and at_ns is not None:
                damaged_end = packet.is_corrupt
                hidden = packet.is_discard or packet.is_corrupt
                rows.append((at_ns, packet.size, packet.is_keyframe, hidden))
    except av.error.FFmpegError:
        damaged_end = True
    table = np.array(rows, np.int64).reshape(-1, 4)
    pts_ns, size_bytes = table[:, 0].copy(), table[:, 1].copy()
    keyframe, unseen = table[:, 2] > 0, table[:, 3] > 0
    decoding_order = (
        container.format.name == "avi"
        and stream.codec_context.has_b_frames
        and bool((np.diff(pts_ns) > 0).all())
    )
    if decoding_order:
        keyframe[1:] = False
    first_key_ns = min(pts_ns[keyframe], default=np.iinfo(np.int64).max)
    shown = ~unseen & (pts_ns >= first_key_ns)
    return PacketIndex(pts_ns, size_bytes, keyframe, shown, decoding_order, damaged_end)


def seek_to(
    container: InputContainer, stream: VideoStream, index: PacketIndex, position: int
) -> Iterator[Packet[VideoStream]] | None:
    """The packets from a position of the index on, by the container's own seek.

    Seeks land where they like: by decoding time in MP4, by what was read so far in fragmented
    MP4, roughly in a transport stream. So the packet that comes first is looked up in the index.

    Returns:
        The packets, or None where no seek lands at or before the position.
    """
    assert stream.time_base is not None
    for target in index.starts(int(index.pts_ns[position])):
        seconds = Fraction(int(index.pts_ns[target]), NS)
        try:
            container.seek(round(seconds / stream.time_base), stream=stream)
            packets = container.demux(stream)
            landed = next(packets)
        except (av.error.FFmpegError, StopIteration):
            continue
        found = np.flatnonzero(index.pts_ns == stamp_ns(landed, landed.time_base))
        if len(found) and found[0] <= position:
            return islice(chain([landed], packets), position - int(found[0]), None)
    return None
