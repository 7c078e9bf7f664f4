"""A ring of compressed packets around now, and a passage of it as a file.

It decides what is forgotten, where a clip has to begin so that it can be decoded, and how its
timestamps get into the file unchanged. It decodes nothing, encodes nothing, and knows no runner.

A clip begins with the first pictures that the camera ever gave, put just before the others:
against them alone a camera that was bumped meanwhile can be told from one that was not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from hardware.camera import Shot
from hardware.coding import Coding, Kind
from hardware.container import BEGINS_TAG, CLOCK_SIGMA_TAG, CLOCK_TAG, RATE_TAG, SPEEDS_TAG
from hardware.errors import StationError
from hardware.files import drafted
from hardware.packets import ticks_ns
from hardware.units import NS

MOST_BYTES = 200_000_000
MOST_NS = 60 * NS  # a jog through the longest zone and a keyframe interval fit in twice
SIGMA_DIGITS = 6  # of a clock's uncertainty in seconds, in a clip's tags
APART_NS = NS // 2  # from the opening to the rest: nobody takes them for one movement


@dataclass(frozen=True, slots=True)
class Cut:
    """Packets that make a clip, in the order of decoding.

    Attributes:
        coding: Theirs.
        opening: The camera's first pictures, from a keyframe on; empty where `shots` has them.
        shots: The passage, from a keyframe on.
    """

    coding: Coding
    opening: tuple[Shot, ...]
    shots: tuple[Shot, ...]

    @property
    def first_ns(self) -> int:
        """What the camera's clock would have said at the clip's first picture."""
        if not self.opening:
            return self.shots[0].pts_ns
        return self.opening[0].pts_ns + self.opening_shift_ns

    def begun_ns(self, at_ns: Sequence[int] | None) -> int:
        """The same by the timestamps that are written.

        Args:
            at_ns: Those of `shots`, None where they are their own.
        """
        return self.first_ns if self.opening or at_ns is None else at_ns[0]

    @property
    def opening_shift_ns(self) -> int:
        """How much later the opening is put than it was."""
        last_ns = max(shot.pts_ns for shot in self.opening)
        return min(shot.pts_ns for shot in self.shots) - APART_NS - last_ns


class Ring:
    """The last packets of a camera, and its first."""

    def __init__(self, opening: int, most_bytes: int = MOST_BYTES) -> None:
        """Begin empty.

        Args:
            opening: How many of the first packets are kept for good.
            most_bytes: What all packets may take together.
        """
        self._wanted, self._most_bytes = opening, most_bytes
        self._coding: Coding | None = None
        self._opening_kind: Kind | None = None
        self._opening: list[Shot] = []
        self._shots: deque[Shot] = deque()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """What its packets take."""
        return self._bytes + sum(shot.packet.size for shot in self._opening)

    @property
    def last_ns(self) -> int:
        """Timestamp of the newest packet."""
        return self._shots[-1].pts_ns

    def begin(self, coding: Coding) -> bool:
        """Take packets of a camera just opened; returns whether its first pictures still count."""
        goes_on = self._opening_kind in (None, coding.kind)
        if not goes_on:
            self._opening = []
        self._coding, self._opening_kind = coding, coding.kind
        self._shots.clear()
        self._bytes = 0
        return goes_on

    def end(self) -> None:
        """The camera is gone: let go of all but its first pictures."""
        self._coding = None
        self._shots.clear()
        self._bytes = 0

    def add(self, shot: Shot) -> None:
        """Keep a packet, and forget the oldest that are too many."""
        if not self._shots and not shot.packet.is_keyframe:
            return
        if len(self._opening) < self._wanted:
            self._opening.append(shot)
        self._shots.append(shot)
        self._bytes += shot.packet.size
        while self._too_much():
            self._bytes -= self._shots.popleft().packet.size
            while self._shots and not self._shots[0].packet.is_keyframe:
                self._bytes -= self._shots.popleft().packet.size

    def cut(self, from_ns: int, to_ns: int) -> Cut | None:
        """The packets of a span, from the keyframe before it on; None where there are none."""
        shots = list(self._shots)
        keys = [n for n, shot in enumerate(shots) if shot.packet.is_keyframe]
        begins = [n for n in keys if shots[n].pts_ns <= from_ns] or keys[:1]
        wanted = [n for n, shot in enumerate(shots) if shot.pts_ns <= to_ns]
        if not begins or not wanted or wanted[-1] < begins[-1] or self._coding is None:
            return None
        taken = tuple(shots[begins[-1] : wanted[-1] + 1])
        opening = tuple(self._opening)
        at = next((n for n, shot in enumerate(shots) if shot is opening[0]), None)
        if at is not None and taken[0].pts_ns < opening[-1].pts_ns + 2 * APART_NS:
            return Cut(self._coding, (), tuple(shots[at : wanted[-1] + 1]))
        return Cut(self._coding, opening, taken)

    def _too_much(self) -> bool:
        if not self._shots:
            return False
        long_ns = self._shots[-1].pts_ns - self._shots[0].pts_ns
        return self.size_bytes > self._most_bytes or long_ns > MOST_NS


class InFile:
    """When a clip's file says that pictures were taken, known before all of them have come.

    Attributes:
        first_ns: The first one's timestamp.
    """

    def __init__(self, cut: Cut, first_at_ns: int | None = None) -> None:
        """Take how it begins.

        Args:
            cut: Its first packets, or all of them.
            first_at_ns: Timestamp of `cut.shots[0]` to write instead of its own, where that is not
                final.
        """
        begins, later_ns = cut.opening, 0
        if begins:
            later_ns = cut.opening_shift_ns
        else:
            begins = cut.shots
            if first_at_ns is not None:
                later_ns = first_at_ns - begins[0].pts_ns
        self._base: Fraction = begins[0].packet.time_base
        self._begun = 0
        self._begun = self.ticks(begins[0], later_ns)[1]
        self.first_ns = 0
        self.first_ns = min(self.ns(shot.pts_ns, shot.pts_ns + later_ns) for shot in begins)

    def ticks(self, shot: Shot, later_ns: int) -> tuple[int, int]:
        """Timestamps of presentation and of decoding of a packet that is put later."""
        later = self._ticks(later_ns) - self._begun
        dts = shot.ticks if shot.packet.dts is None else shot.packet.dts
        return shot.ticks + later, dts + later

    def ns(self, pts_ns: int, at_ns: int) -> int:
        """The timestamp of a picture.

        Args:
            pts_ns: The camera's.
            at_ns: The final one.
        """
        ticks = self._ticks(pts_ns) + self._ticks(at_ns - pts_ns) - self._begun
        return ticks_ns(ticks, self._base)

    def _ticks(self, ns: int) -> int:
        return round(ns / (self._base * NS))


def write_clip(
    path: Path,
    cut: Cut,
    *,
    recorded_utc: str,
    clock: str,
    clock_sigma_s: float,
    at_ns: Sequence[int] | None = None,
    begins_at_ns: int | None = None,
    clock_rate: float = 1.0,
    speeds_mps: tuple[float, float] | None = None,
) -> None:
    """Write a clip as an MP4 file; its packets are those of the camera, byte for byte.

    Args:
        path: The file.
        cut: What is in it.
        recorded_utc: When its first picture was taken, ISO 8601.
        clock: Whose clock stamped the pictures, as `hardware.camera.StampedBy`.
        clock_sigma_s: What that clock leaves unknown of the time between two of them, one sd.
        at_ns: Timestamps of `cut.shots` to write instead of their own, where those are not final.
        begins_at_ns: Station time of its first picture, where that is to be kept.
        clock_rate: Seconds of station time per second of timestamps.
        speeds_mps: Slowest and fastest that counts as a run, where anybody is to be timed.

    Raises:
        StationError: It cannot be written.
    """
    tags = {
        "creation_time": recorded_utc,
        CLOCK_TAG: clock,
        CLOCK_SIGMA_TAG: f"{clock_sigma_s:.{SIGMA_DIGITS}f}",
    }
    if begins_at_ns is not None:
        tags |= {BEGINS_TAG: str(begins_at_ns), RATE_TAG: repr(clock_rate)}
    if speeds_mps is not None:
        tags[SPEEDS_TAG] = f"{speeds_mps[0]!r}:{speeds_mps[1]!r}"
    packets = _packets(cut, at_ns)
    with drafted(path) as draft:
        try:
            _mux(draft, cut.coding, packets, tags)
        except (av.error.FFmpegError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise StationError(
                f"cannot write {path} ({why}); make room on the disk, or choose another format "
                "in the camera's settings, as H.264"
            ) from None


def _mux(
    path: Path, coding: Coding, packets: Sequence[Packet[Stream]], tags: dict[str, str]
) -> None:
    base = packets[0].time_base
    options = {
        "movflags": "use_metadata_tags",
        "movie_timescale": str(base.denominator),  # or the whole clip is put on a millisecond
    }
    with av.open(str(path), "w", format="mp4", options=options) as container:
        container.metadata.update(tags)
        stream = coding.add_to(container)
        stream.time_base = base
        for packet in packets:
            packet.stream = stream
            container.mux(packet)


def _packets(cut: Cut, at_ns: Sequence[int] | None) -> list[Packet[Stream]]:
    """Copies that may be stamped anew; timestamps of decoding always increase."""
    in_file = InFile(cut, None if at_ns is None else at_ns[0])
    copies: list[Packet[Stream]] = []
    for n, shot in enumerate((*cut.opening, *cut.shots), start=-len(cut.opening)):
        later_ns = cut.opening_shift_ns if n < 0 else 0 if at_ns is None else at_ns[n] - shot.pts_ns
        pts, dts = in_file.ticks(shot, later_ns)
        if copies:
            dts = max(dts, (copies[-1].dts or 0) + 1)
        copies.append(_copy(shot.packet, pts, dts))
    return copies


def _copy(original: Packet[VideoStream], pts: int, dts: int) -> Packet[Stream]:
    packet = Packet(bytes(original))
    packet.pts, packet.dts, packet.time_base = pts, dts, original.time_base
    packet.is_keyframe = original.is_keyframe
    return packet
