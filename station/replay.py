"""A saved video → runs: reads, watches, cuts clips, times them, and joins crossings to runs.

Nothing is decided in here that a live camera would decide otherwise: the same watch, the same
clips, the same timer. It draws and prints nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from hardware.errors import StationError
from hardware.readings import Frame
from hardware.video import VideoFile, open_video
from station.crossing import Crossing
from station.flags import Flag
from station.lane import lane_of
from station.pace import pace_400_mps
from station.run import Direction, Incomplete, Run, run_of, same_point
from station.vision.clip import Clip
from station.vision.corridor import AROUND_MARKER_M, Corridor, corridor_of
from station.vision.follow import Follower, Sighted, Trail
from station.vision.recut import time_recut
from station.vision.spans import spans_worth_decoding
from station.vision.watch import Passing, Watch

ANCHOR_FRAMES = 15
COMPANY_S = 1.0
Boxes = dict[int, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Timed:
    """A run with the two crossings that it was made of."""

    run: Run
    marker2: Crossing
    marker3: Crossing


@dataclass(frozen=True, slots=True)
class Replay:
    """What a recording gave.

    Attributes:
        recording: Name of the file.
        fly_m: Length of the Fly Zone.
        frames: Frames in the file.
        duration_s: Length of the file by its own timestamps.
        timed: Complete runs, in order.
        incomplete: Passages that are no runs.
        warnings: What was odd about the recording.
        time_scale: Real seconds per second of the file.
        first_pts_s: The file's time at `Crossing.instant_s` 0.
    """

    recording: str
    fly_m: float
    frames: int
    duration_s: float
    timed: tuple[Timed, ...]
    incomplete: tuple[Incomplete, ...]
    warnings: tuple[str, ...]
    time_scale: float
    first_pts_s: float

    @property
    def runs(self) -> tuple[Run, ...]:
        """The complete runs alone."""
        return tuple(timed.run for timed in self.timed)


def replay(
    path: Path,
    zone: Zone,
    *,
    pace_400_s: float | None = None,
    athlete: str | None = None,
    speeds_mps: tuple[float, float] = (3.0, 13.0),
    capture_fps: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Replay:
    """Time every run in a saved video.

    Args:
        path: The video.
        zone: Its calibration.
        pace_400_s: The athlete's 400 m time, where it is to be compared.
        athlete: Name, where there is one.
        speeds_mps: Slowest and fastest speed that counts as a run.
        capture_fps: Overrides the capture rate that the file states.
        progress: Called with the share done, 0 to 1.

    Returns:
        The runs and what else was seen.

    Raises:
        StationError: The video cannot be read, or is of another size than the calibration.
    """
    with open_video(path) as video:
        _check_size(video, zone)
        scale = video.time_scale if capture_fps is None else video.frame_rate_hz / capture_fps
        origin_ns = video.first_pts_ns
        spans = spans_worth_decoding(video, zone, speeds_mps, scale)
        # What a full decode begins with, wherever the first span does.
        begun = () if spans is None else islice(video.frames(), ANCHOR_FRAMES)
        opening = [_boxes(corridor_of(zone), frame) for frame in begun]
        pairs: list[tuple[Sighted, Sighted]] = []
        alone: list[Sighted] = []
        for span in [None] if spans is None else spans:
            timing = _Timing(zone, speeds_mps, opening)
            for frame in video.frames() if span is None else video.frames(*span):
                timing.feed((frame.pts_ns - origin_ns) * 1e-9 * scale, frame)
                if progress is not None:
                    progress((frame.pts_ns - origin_ns) * 1e-9 / max(video.duration_s, 1e-9))
            span_pairs, span_alone = timing.finish()
            pairs += span_pairs
            alone += span_alone

        def on_file(instant_s: float) -> float:
            return origin_ns * 1e-9 + instant_s / scale

        pace = None if pace_400_s is None else pace_400_mps(pace_400_s)
        timed, incomplete = [], [_lone(one, zone, on_file) for one in alone]
        for first, last in pairs:
            a, b = same_point(first.crossings, last.crossings)
            company = _company(first, last, pairs, alone)
            if a.marker == 3:
                incomplete.append(_reverse(a, b, zone, on_file))
                continue
            run = run_of(
                a,
                b,
                fly_m=zone.fly_m,
                lane_sd_m=zone.profile.lane_sd_m,
                direction=_direction(a, zone),
                on_file=on_file,
                pace_mps=pace,
                athlete=athlete,
                lane=lane_of(
                    a,
                    b,
                    lane_width_m=zone.profile.lane_width_m,
                    distance_m=zone.distance_m,
                    company=company,
                ),
            )
            timed.append(Timed(run, a, b))
        return Replay(
            recording=path.name,
            fly_m=zone.fly_m,
            frames=video.frame_count,
            duration_s=video.duration_s,
            timed=tuple(timed),
            incomplete=tuple(incomplete),
            warnings=tuple(video.warnings),
            time_scale=scale,
            first_pts_s=origin_ns * 1e-9,
        )


class _Timing:
    """One unbroken stretch of frames on its way to passages."""

    def __init__(self, zone: Zone, speeds_mps: tuple[float, float], opening: list[Boxes]) -> None:
        self._zone, self._speeds_mps = zone, speeds_mps
        self._corridor = corridor_of(zone)
        self._watch = Watch(self._corridor, speeds_mps, zone.fly_m)
        self._trail = Trail(self._corridor.x_m, self._watch.delay_s + zone.fly_m / speeds_mps[0])
        self._follower = Follower(self._trail, zone.fly_m, speeds_mps)
        self._opening = opening
        self._ring: deque[tuple[float, Boxes]] = deque()

    def feed(self, instant_s: float, frame: Frame) -> None:
        boxes = _boxes(self._corridor, frame)
        self._ring.append((instant_s, boxes))
        if len(self._opening) < ANCHOR_FRAMES:
            self._opening.append(boxes)
        settled = self._watch.feed(instant_s, frame.luma)
        if settled is not None:
            self._trail.add(settled.instants_s, settled.profile)
            self._time(settled.passings)
        oldest = instant_s - self._watch.delay_s - 1.3 * AROUND_MARKER_M / self._speeds_mps[0]
        while self._ring[0][0] < oldest:
            self._ring.popleft()

    def finish(self) -> tuple[list[tuple[Sighted, Sighted]], list[Sighted]]:
        settled = self._watch.finish()
        if settled is not None:
            self._trail.add(settled.instants_s, settled.profile)
            self._time(settled.passings)
        return self._follower.passages()

    def _time(self, passings: Iterable[Passing]) -> None:
        slow, fast = self._speeds_mps
        for passing in passings:
            crossings = tuple(
                crossing
                for crossing in time_recut(self._cut, self._zone, passing)
                if slow <= abs(crossing.velocity_mps) <= fast
            )
            if crossings:
                self._follower.add(Sighted(crossings, passing.strength))

    def _cut(self, passing: Passing) -> Clip:
        reach_s = AROUND_MARKER_M / abs(passing.velocity_mps)
        near = [
            (t, boxes[passing.marker])
            for t, boxes in self._ring
            if abs(t - passing.instant_s) <= reach_s
        ]
        return Clip(
            np.array([t for t, _ in near]),
            np.array([luma for _, luma in near]),
            self._corridor.markers[passing.marker],
            anchor=np.median([boxes[passing.marker] for boxes in self._opening], axis=0),
        )


def _boxes(corridor: Corridor, frame: Frame) -> Boxes:
    return {marker: box.cut(frame.luma).copy() for marker, box in corridor.markers.items()}


def _company(
    first: Sighted, last: Sighted, pairs: list[tuple[Sighted, Sighted]], alone: list[Sighted]
) -> bool:
    """Whether somebody else crossed a marker while this run was on."""
    others = [one for pair in pairs for one in pair] + alone
    return any(
        first.best.instant_s - COMPANY_S < one.best.instant_s < last.best.instant_s + COMPANY_S
        for one in others
        if one is not first and one is not last
    )


def _check_size(video: VideoFile, zone: Zone) -> None:
    width, height = zone.profile.picture_px
    if (video.width_px, video.height_px) != (width, height):
        raise StationError(
            f"the calibration is for pictures of {width}x{height}, but {video.path.name} has "
            f"{video.width_px}x{video.height_px}; run 'station calibrate' on this video"
        )


def _direction(crossing: Crossing, zone: Zone) -> Direction:
    rightwards = (crossing.velocity_mps > 0) != zone.mirrored
    return "left-to-right" if rightwards else "right-to-left"


def _lone(one: Sighted, zone: Zone, on_file: Callable[[float], float]) -> Incomplete:
    crossing = one.best
    at_s = on_file(crossing.instant_s)
    flags = set(crossing.flags) | ({Flag.REVERSE} if crossing.velocity_mps < 0 else set())
    return Incomplete(
        marker2_s=at_s if crossing.marker == 2 else None,
        marker3_s=at_s if crossing.marker == 3 else None,
        velocity_mps=abs(crossing.velocity_mps),
        direction=_direction(crossing, zone),
        reason="marker2-only" if crossing.marker == 2 else "marker3-only",
        flags=tuple(sorted(flags)),
    )


def _reverse(
    at3: Crossing, at2: Crossing, zone: Zone, on_file: Callable[[float], float]
) -> Incomplete:
    return Incomplete(
        marker2_s=on_file(at2.instant_s),
        marker3_s=on_file(at3.instant_s),
        velocity_mps=zone.fly_m / (at2.instant_s - at3.instant_s),
        direction=_direction(at3, zone),
        reason="reverse",
        flags=tuple(sorted({*at3.flags, *at2.flags, Flag.REVERSE})),
    )
