"""A clip that is still being filmed: who passes is timed at once, in the pictures it will hold.

What is timed is what a replay of the clip's file times: the same boxes of the same pictures at the
timestamps of the file, cut as `station.vision.recut` cuts them. It decides when a crossing has all
the pictures that it needs, and which runs are beyond doubt before the clip is over; the others wait
for it. It detects nobody, and writes nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from hardware.camera import Shot, StampedBy
from hardware.container import StationClock
from hardware.recorder import SIGMA_DIGITS, Cut, InFile
from hardware.units import NS
from station.camera.events import FilmedRun
from station.film.replay import runs_of
from station.flags import Flag
from station.frame_clock import Timeline
from station.run import Run
from station.vision.clip import Clip
from station.vision.corridor import Corridor
from station.vision.follow import Follower, Sighted, Trail
from station.vision.passages import (
    ANCHOR_FRAMES,
    RING_BYTES,
    Boxes,
    Passages,
    anchors_of,
    cut_about,
    marker_boxes,
    sighted,
)
from station.vision.recut import PLACED_M, TIMED_M, recut, window_s
from station.vision.time_clip import time_clip
from station.vision.watch import Passing, same_body

TWIN_S = 0.3  # two passings so close may be one body
KEPT_S = 5.0  # of pictures: the slowest runner's, and what it may take until he is noticed


class Pictures:
    """The marker boxes of a camera's first pictures and of its last."""

    def __init__(self, corridor: Corridor) -> None:
        """Begin with none.

        Args:
            corridor: Where to cut.
        """
        self.corridor = corridor
        self.opening: list[Boxes] = []
        self.recent: deque[tuple[int, Boxes]] = deque()

    def begin(self, *, goes_on: bool) -> None:
        """Take pictures of a camera just opened, of the same kind as before or of another."""
        self.recent.clear()
        if not goes_on:
            self.opening = []

    def add(self, pts_ns: int, luma: NDArray[np.uint8]) -> None:
        """Keep what is needed of a picture, and forget the oldest."""
        boxes = marker_boxes(self.corridor, luma)
        if len(self.opening) < ANCHOR_FRAMES:
            self.opening.append(boxes)
        self.recent.append((pts_ns, boxes))
        most = RING_BYTES // sum(box.nbytes for box in boxes.values())
        while self.recent[0][0] < pts_ns - KEPT_S * NS or len(self.recent) > most:
            self.recent.popleft()


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a clip will be, and since when it goes."""

    path: Path
    recorded: datetime


class _TooEarly(Exception):  # noqa: N818 - it is no error
    """A picture that a cut needs has not come."""


class OpenClip:
    """A clip from the first passing on, until it is written.

    Attributes:
        from_ns: As it was cut from the ring.
        begun_ns: When its file begins, with the keyframe before; by the camera's clock.
        kept: Where it will be.
        stamped_by: Whose clock stamped its pictures.
        told: Its runs that have been told.
        crossed: Who passed the only marker that the camera sees, as told.
        clock: How its file goes with station time, as it was when one of these was first told.
        sigma_s: What its clock leaves unknown, one sd; as it was known when a run was first told.
    """

    def __init__(
        self,
        from_ns: int,
        cut: Cut,
        timeline: Timeline,
        kept: Kept,
        *,
        stamped_by: StampedBy,
        zone: Zone,
        speeds_mps: tuple[float, float],
        pictures: Pictures,
        rotation_deg: int,
        trail: Trail,
    ) -> None:
        """Begin with nobody.

        Args:
            from_ns: When it begins.
            cut: What there is of it.
            timeline: When those pictures were taken.
            kept: Where it will be.
            stamped_by: Whose clock stamped them.
            zone: The calibration.
            speeds_mps: Slowest and fastest speed that counts.
            pictures: What is remembered of the camera's pictures; it goes on to be filled.
            rotation_deg: Clockwise turn that made them upright.
            trail: What moves where, by the camera's timestamps in seconds; likewise.
        """
        self.from_ns, self.kept = from_ns, kept
        self.stamped_by = stamped_by
        self.told: list[FilmedRun] = []
        self.crossed: list[Sighted] = []
        self.clock: StationClock | None = None
        self.sigma_s = 0.0
        self._told = 0
        self._zone, self._speeds_mps = zone, speeds_mps
        self._pictures, self._rotation_deg = pictures, rotation_deg
        self._anchors = anchors_of(pictures.opening, pictures.corridor)
        self._final_ns: dict[int, int] = {}
        self._in_file = InFile(cut, None if timeline.final_ns is None else timeline.final_ns[0])
        self.begun_ns = cut.begun_ns(timeline.final_ns)
        self.settle(cut.shots, timeline)
        first_ns = cut.shots[0].pts_ns
        self._origin_s = first_ns / NS - self._at_s(first_ns)
        self._follower = Follower(trail.since(self._origin_s), zone.fly_m, speeds_mps)
        self._waiting: list[Passing] = []
        self._placed: dict[Passing, Passing] = {}
        self._timed: list[Passing] = []

    def camera_ns(self, on_file_s: float) -> float:
        """What the camera's clock said at an instant of the file."""
        return self.begun_ns + (on_file_s - self._in_file.first_ns * 1e-9) * NS

    def settled(self, shots: Sequence[Shot], timeline: Timeline) -> Timeline:
        """When all its pictures were taken, once they have come.

        What was told of it goes by a clock that was set, if it was: all of it is doubted.
        """
        self.settle(shots, timeline)
        if timeline.set_s:
            self.sigma_s = max(self.sigma_s, round(timeline.sigma_s, SIGMA_DIGITS))
        final_ns = tuple(self._final_ns[shot.pts_ns] for shot in shots) if self._final_ns else None
        return replace(timeline, final_ns=final_ns, sigma_s=self.sigma_s)

    def settle(self, shots: Sequence[Shot], timeline: Timeline) -> None:
        """Take what is known now of when its pictures were taken; what was known before stays.

        Args:
            shots: Its pictures so far.
            timeline: Theirs.
        """
        if not self._told and self.clock is None:
            self.sigma_s = round(timeline.sigma_s, SIGMA_DIGITS)
        later_ns, last_ns = 0, 0
        for shot, final_ns in zip(shots, timeline.final_ns or (), strict=False):
            known_ns = self._final_ns.get(shot.pts_ns)
            if known_ns is None:
                known_ns = self._final_ns[shot.pts_ns] = max(final_ns + later_ns, last_ns + 1)
            later_ns, last_ns = known_ns - final_ns, known_ns

    def see(self, passing: Passing) -> bool:
        """Take somebody who was seen at a marker.

        Args:
            passing: By the camera's timestamps in seconds.

        Returns:
            Whether he is news.
        """
        one = replace(passing, instant_s=passing.instant_s - self._origin_s)
        if any(same_body(other, one) for other in (*self._waiting, *self._timed)):
            return False
        self._waiting.append(one)
        return True

    @property
    def is_due(self) -> bool:
        """Whether somebody can be timed who could not be before."""
        if not self._waiting:
            return False
        now_s = self._at_s(self._pictures.recent[-1][0])
        return any(self._complete_s(one) <= now_s for one in self._waiting)

    def time(self) -> list[Run]:
        """Time whoever can be.

        Returns:
            The runs that are beyond doubt and were not told before, in order.
        """
        stamped = ((self._at_s(pts_ns), boxes) for pts_ns, boxes in self._pictures.recent)
        recent = [one for one in stamped if one[0] >= 0.0]
        now_s = recent[-1][0]

        def cut(passing: Passing, past_m: float) -> Clip:
            if window_s(passing, past_m, 0.0)[1] > now_s:
                raise _TooEarly
            return cut_about(
                passing,
                past_m,
                recent,
                self._pictures.corridor,
                self._anchors[passing.marker],
                rotation_deg=self._rotation_deg,
            )

        for seen in [one for one in self._waiting if self._complete_s(one) <= now_s]:
            try:
                if seen not in self._placed:
                    placed = recut(cut, self._zone, seen)
                    if placed is None:
                        self._waiting.remove(seen)
                        continue
                    self._placed[seen] = placed
                clip = cut(self._placed[seen], TIMED_M)
            except _TooEarly:
                continue
            self._waiting.remove(seen)
            bodies = time_clip(clip, self._zone, self._placed[seen])
            for body in sighted(bodies, seen.strength, self._speeds_mps):
                self._timed.append(seen)
                self._follower.add(body)
        return self._runs()

    def newly_crossed(self, timeline: Timeline) -> list[Sighted]:
        """Who passed the only marker that the camera sees, beyond doubt and not told before.

        Args:
            timeline: When the clip's pictures were taken.
        """
        if len(self._zone.markers) == 2:
            return []
        _, alone = self._follower.passages()
        untold = sorted(
            (one for one in alone if one not in self.crossed),
            key=lambda one: one.best.instant_s,
        )
        new = list(takewhile(lambda one: may_be_told(one, self._waiting, self.crossed), untold))
        if new and self.clock is None:
            begins_at_ns = timeline.at_ns(self.begun_ns)
            self.clock = StationClock(self.stamped_by, begins_at_ns, timeline.rate)
        self.crossed += new
        return new

    def on_file_s(self, since_first_s: float) -> float:
        """An instant of the file, from seconds since its first picture."""
        return self._in_file.first_ns * 1e-9 + since_first_s

    def _complete_s(self, passing: Passing) -> float:
        """When the next step of timing it may have all its pictures."""
        placed = self._placed.get(passing)
        if placed is not None:
            return window_s(placed, TIMED_M, 0.0)[1]
        return window_s(passing, PLACED_M, 0.0)[1]

    def _runs(self) -> list[Run]:
        found = Passages(*self._follower.passages())
        forward = [pair for pair in found.pairs if pair[0].best.marker == 2]
        begun = self._told
        while self._told < len(forward) and self._is_sure(*forward[self._told], found):
            self._told += 1
        if self._told == begun:
            return []
        timed, _ = runs_of(
            found,
            self._zone,
            on_file=self.on_file_s,
            clock_sigma_s=self.sigma_s,
        )
        return [one.run for one in timed[begun : self._told]]

    def _is_sure(self, first: Sighted, last: Sighted, found: Passages) -> bool:
        """Whether a replay of the whole clip will say the same, as far as can be known now."""
        return not (
            first.abreast
            or last.abreast
            or any(
                one.best.marker == 2 and one.best.instant_s < first.best.instant_s
                for one in found.alone
            )
            or any(Flag.REPEATED_FRAMES in one.best.flags for one in (first, last))
            or any(one.instant_s < last.best.instant_s for one in self._waiting)
        )

    def _at_s(self, pts_ns: int) -> float:
        """Seconds from the file's first picture to a picture."""
        final_ns = self._final_ns.get(pts_ns, pts_ns)
        return (self._in_file.ns(pts_ns, final_ns) - self._in_file.first_ns) * 1e-9


def may_be_told(one: Sighted, waiting: Iterable[Passing], told: Iterable[Sighted]) -> bool:
    """Whether who passed the only marker that a camera sees is told before the clip is over.

    Who is told is paired at once, first in, first out, so nobody is told before those ahead of him.

    Args:
        one: Who passed.
        waiting: Who was seen there, and is not timed yet.
        told: Who was told before.
    """
    at_s = one.best.instant_s
    return not (
        one.abreast
        or Flag.REPEATED_FRAMES in one.best.flags
        or any(other.instant_s < at_s + TWIN_S for other in waiting)
        or any(abs(other.best.instant_s - at_s) < TWIN_S for other in told)
    )
