"""Frames in, passages out: the watch, a ring of recent pictures, the timer and the follower.

What it remembers of pictures is bounded: the ring holds the marker boxes for as long as the watch
may take to report a passing. Who passed is kept until the end, some 20 kB a passing. What takes
longer than a picture is done in a thread, in order, since the decoder would wait meanwhile; what
passings are told as does not depend on when that is. It knows no file, no clock and no pace.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from station.crossing import Crossing
from station.vision.clip import Clip, median_of
from station.vision.corridor import AROUND_MARKER_M, Corridor, shrink
from station.vision.follow import Follower, Sighted, Trail
from station.vision.recut import EARLIER_M, time_recut, window_s
from station.vision.watch import Due, Passing, Watch

ANCHOR_FRAMES = 15
RING_BYTES = 150_000_000
Boxes = dict[int, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Passages:
    """Who went by, in order of time.

    Attributes:
        pairs: Both crossings of a passage, the earlier one first.
        alone: Crossings of one marker that belong to no passage.
    """

    pairs: list[tuple[Sighted, Sighted]] = field(default_factory=list)
    alone: list[Sighted] = field(default_factory=list)


def marker_boxes(corridor: Corridor, luma: NDArray[np.uint8]) -> Boxes:
    """Both markers' surroundings in a picture, as fine as the timing needs."""
    fine = corridor.fine
    return {
        marker: box.cut(luma).copy()
        if fine == 1
        else ((shrink(box.cut(luma), fine) + fine**2 // 2) // fine**2).astype(np.uint8)
        for marker, box in corridor.markers.items()
    }


def sighted(
    bodies: Sequence[tuple[Crossing, ...]], strength: float, speeds_mps: tuple[float, float]
) -> list[Sighted]:
    """The bodies of a passing that went at a run's speed."""
    slow, fast = speeds_mps
    running = (
        tuple(one for one in body if slow <= abs(one.velocity_mps) <= fast) for body in bodies
    )
    return [Sighted(crossings, strength, len(bodies) > 1) for crossings in running if crossings]


class Stretch:
    """One unbroken stretch of frames on its way to passages."""

    def __init__(
        self,
        zone: Zone,
        corridor: Corridor,
        speeds_mps: tuple[float, float],
        *,
        opening: list[Boxes],
        rotation_deg: int = 0,
    ) -> None:
        """Start on a stretch.

        Args:
            zone: The calibration.
            corridor: Where to look.
            speeds_mps: Slowest and fastest speed that counts.
            opening: Boxes of the recording's first frames: where the camera pointed when the
                cones were placed. Left empty, it is filled from this stretch.
            rotation_deg: Clockwise turn that made the pictures upright.
        """
        self._zone, self._corridor, self._speeds_mps = zone, corridor, speeds_mps
        self._opening, self._rotation_deg = opening, rotation_deg
        self._watch = Watch(corridor, speeds_mps, zone.fly_m)
        self._trail = Trail(corridor.x_m, self._watch.delay_s + zone.fly_m / speeds_mps[0])
        self._follower = Follower(self._trail, zone.fly_m, speeds_mps)
        self._anchors: dict[int, NDArray[np.float32]] = {}
        self._ring: deque[tuple[float, Boxes]] = deque()
        self._fed, self._each = -1, 1
        self._thread = ThreadPoolExecutor(1, "timing")
        self._settling: Future[None] | None = None
        self._keep_s = self._watch.delay_s + 1.3 * (AROUND_MARKER_M + EARLIER_M) / speeds_mps[0]

    def feed(self, instant_s: float, luma: NDArray[np.uint8]) -> None:
        """Take in one frame.

        Args:
            instant_s: Real seconds since the recording's first frame, increasing.
            luma: The whole upright picture.
        """
        self._fed += 1
        due = self._watch.look(instant_s, luma)  # first: it brings the rows to hand
        opening = len(self._opening) < ANCHOR_FRAMES
        if opening or self._fed % self._each == 0:
            boxes = marker_boxes(self._corridor, luma)
        if opening:
            self._opening.append(boxes)
        if self._fed % self._each == 0:
            self._ring.append((instant_s, boxes))
        self._begin(due)
        while self._ring[0][0] < instant_s - self._keep_s:
            self._ring.popleft()
        if len(self._ring) * sum(box.nbytes for box in self._ring[0][1].values()) > RING_BYTES:
            self._thin()

    def finish(self) -> Passages:
        """Settle what is left when there are no more frames."""
        with self._thread:
            self._begin(self._watch.finish())
            self._wait()
        return Passages(*self._follower.passages())

    def _begin(self, due: Due | None) -> None:
        """Have a stretch settled by what is known now, when the one before it is."""
        if due is not None:
            self._wait()
            self._settling = self._thread.submit(
                self._settle, due, tuple(self._ring), tuple(self._opening)
            )

    def _wait(self) -> None:
        if self._settling is not None:
            self._settling.result()

    def _settle(
        self, due: Due, recent: Sequence[tuple[float, Boxes]], opening: Sequence[Boxes]
    ) -> None:
        settled = self._watch.settle(due)
        self._trail.add(settled.instants_s, settled.profile)
        for passing in settled.passings:
            self._anchors = self._anchors or anchors_of(opening, self._corridor)
            cut = partial(self._cut, recent, self._anchors[passing.marker])
            bodies = time_recut(cut, self._zone, passing)
            for one in sighted(bodies, passing.strength, self._speeds_mps):
                self._follower.add(one)

    def _thin(self) -> None:
        """Keep every second frame from now on: a walker at 240 fps would fill the memory."""
        self._each *= 2
        self._ring = deque(list(self._ring)[::2])

    def _cut(
        self,
        recent: Sequence[tuple[float, Boxes]],
        anchor: NDArray[np.float32],
        passing: Passing,
        past_m: float,
    ) -> Clip:
        return cut_about(
            passing, past_m, recent, self._corridor, anchor, rotation_deg=self._rotation_deg
        )


def cut_about(
    passing: Passing,
    past_m: float,
    recent: Sequence[tuple[float, Boxes]],
    corridor: Corridor,
    anchor: NDArray[np.float32],
    *,
    rotation_deg: int,
) -> Clip:
    """The clip about a passing.

    Args:
        passing: Roughly when, and how fast.
        past_m: As for `station.vision.recut.window_s`.
        recent: Frames' instants and marker boxes, in order.
        corridor: Where those were cut.
        anchor: The marker's box when the cones were placed.
        rotation_deg: Clockwise turn that made the pictures upright.
    """
    marker = passing.marker
    from_s, to_s = window_s(passing, past_m, recent[0][0])
    near = [one for one in recent if from_s <= one[0] <= to_s]
    return Clip(
        np.array([instant_s for instant_s, _ in near]),
        np.array([boxes[marker] for _, boxes in near]),
        corridor.markers[marker],
        corridor.fine,
        anchor,
        rotation_deg,
    )


def anchors_of(opening: Sequence[Boxes], corridor: Corridor) -> dict[int, NDArray[np.float32]]:
    """What stood around each marker in the first frames."""
    return {
        marker: median_of(np.array([boxes[marker] for boxes in opening]))
        for marker in corridor.markers
    }
