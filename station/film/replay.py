"""A saved video → runs: reads, watches, cuts clips, times them, and joins crossings to runs.

Nothing is decided in here that a live camera would decide otherwise: the same watch, the same
clips, the same timer. It draws and prints nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from math import hypot
from pathlib import Path

from calibration.geometry import Zone
from calibration.length import length_sd
from calibration.profile import Profile
from hardware.container import StationClock
from hardware.errors import StationError
from hardware.video import VideoFile, open_video
from station.crossing import Crossing
from station.flags import Flag
from station.lane import lane_of
from station.pace import pace_400_mps
from station.run import (
    WIDE_S,
    Direction,
    Incomplete,
    Run,
    length_sd_of,
    run_of,
    same_point,
    velocity_sigma_mps,
)
from station.speeds import RUN_MPS
from station.vision.corridor import corridor_of
from station.vision.follow import Sighted
from station.vision.passages import ANCHOR_FRAMES, Passages, Stretch, marker_boxes
from station.vision.spans import spans_worth_decoding

COMPANY_S = 1.0
REPEATED = (
    "pictures are shown more than once: if this is slow motion made by repetition, its times are "
    "too long; give --capture-fps"
)


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
        recorded_utc: When it was recorded, as the file says; None where it does not.
        recorded_at_end: Whether it ended then, as far as its maker is known; else it began.
        alone: Crossings that belong to no passage of both markers: all, where a camera sees one.
        station_clock: How its timestamps went with station time, of a clip of ours; else None.
        clock_sigma_s: What they leave unknown of a time as long as it, one sd.
        speeds_mps: Slowest and fastest that counted as a run.
        capture_fps: Rate at which it was filmed, where that was said.
        second: What Marker 3's recording gave by itself, where a camera of its own filmed it.
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
    recorded_utc: str | None = None
    recorded_at_end: bool = False
    alone: tuple[Sighted, ...] = ()
    station_clock: StationClock | None = None
    clock_sigma_s: float = 0.0
    speeds_mps: tuple[float, float] = RUN_MPS
    capture_fps: float | None = None
    second: Replay | None = None

    @property
    def runs(self) -> tuple[Run, ...]:
        """The complete runs alone."""
        return tuple(timed.run for timed in self.timed)

    @property
    def length_s(self) -> float:
        """Real seconds from the first picture to the end of the last."""
        return self.duration_s * self.time_scale

    def since_first_s(self, on_file_s: float) -> float:
        """Real seconds from the first picture to an instant of the file."""
        return (on_file_s - self.first_pts_s) * self.time_scale

    def on_file_s(self, since_first_s: float) -> float:
        """An instant of the file, from real seconds since the first picture."""
        return self.first_pts_s + since_first_s / self.time_scale

    def clock_s(self, since_first_s: float) -> float:
        """What the recording's clock says, in real seconds, so long after the first picture."""
        return self.first_pts_s * self.time_scale + since_first_s


def replay(
    path: Path,
    zone: Zone,
    *,
    pace_400_s: float | None = None,
    athlete: str | None = None,
    speeds_mps: tuple[float, float] | None = None,
    capture_fps: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Replay:
    """Time every run in a saved video.

    Args:
        path: The video.
        zone: Its calibration.
        pace_400_s: The athlete's 400 m time, where it is to be compared.
        athlete: Name, where there is one.
        speeds_mps: Slowest and fastest speed that counts as a run; by default as when it was
            recorded, where it is a clip of ours.
        capture_fps: Overrides the capture rate that the file states.
        progress: Called with the share done, 0 to 1.

    Returns:
        The runs and what else was seen.

    Raises:
        StationError: The video cannot be read, or is of another size than the calibration.
    """
    with open_video(path) as video:
        _check_size(video, zone)
        scale = video.time_scale if capture_fps is None else video.time_scale_at(capture_fps)
        speeds_mps = speeds_mps or video.speeds_mps or RUN_MPS
        passages = _watched(video, zone, speeds_mps, scale, progress or (lambda _: None))

        timed, incomplete = runs_of(
            passages,
            zone,
            on_file=lambda instant_s: video.first_pts_ns * 1e-9 + instant_s / scale,
            clock_sigma_s=video.clock_sigma_s,
            pace_400_s=pace_400_s,
            athlete=athlete,
        )
        warnings = list(video.warnings)
        if scale == 1.0 and any(Flag.REPEATED_FRAMES in one.run.flags for one in timed):
            warnings.append(REPEATED)
            timed = [_doubt_rate(one) for one in timed]
        return Replay(
            recording=path.name,
            fly_m=zone.fly_m,
            frames=video.frame_count,
            duration_s=video.duration_s,
            timed=tuple(timed),
            incomplete=tuple(incomplete),
            warnings=tuple(warnings),
            time_scale=scale,
            first_pts_s=video.first_pts_ns * 1e-9,
            recorded_utc=video.recorded_utc,
            recorded_at_end=video.recorded_at_end,
            alone=tuple(passages.alone),
            station_clock=video.station_clock,
            clock_sigma_s=video.clock_sigma_s,
            speeds_mps=speeds_mps,
            capture_fps=capture_fps,
        )


def runs_of(
    passages: Passages,
    zone: Zone,
    *,
    on_file: Callable[[float], float],
    clock_sigma_s: float = 0.0,
    pace_400_s: float | None = None,
    athlete: str | None = None,
) -> tuple[list[Timed], list[Incomplete]]:
    """Make runs of passages.

    Args:
        passages: Who went by.
        zone: The calibration.
        on_file: Turns a crossing's instant into the recording's time.
        clock_sigma_s: What the recording's clock leaves unknown of a time, one sd.
        pace_400_s: The athlete's 400 m time, where it is to be compared.
        athlete: Name, where there is one.

    Returns:
        The runs, in order, and the passages that are none.
    """
    timed, incomplete = [], [lone_passage(one.best, zone, on_file) for one in passages.alone]
    for first, last in passages.pairs:
        a, b = same_point(first.crossings, last.crossings)
        if a.marker == 3:
            incomplete.append(_reverse(a, b, zone, on_file))
            continue
        lane = lane_of(
            a,
            b,
            lane_width_m=zone.profile.lane_width_m,
            distance_m=zone.distance_m,
            company=_company(first, last, passages) or Flag.LANE_UNKNOWN in (*a.flags, *b.flags),
        )
        run = run_of(
            a,
            b,
            fly_m=zone.fly_m,
            lane_sd_m=zone.profile.lane_sd_m,
            direction=_direction(a, zone),
            on_file=on_file,
            pace_mps=None if pace_400_s is None else pace_400_mps(pace_400_s),
            athlete=athlete,
            lane=lane,
            length_sd=length_sd(zone.profile.fly_by),
            flags=doubts_of(zone.profile),
        )
        timed.append(Timed(clocked(run, clock_sigma_s), a, b))
    return timed, incomplete


def doubts_of(profile: Profile) -> set[Flag]:
    """What a calibration says against itself."""
    doubted = {Flag.CONES_UNCONFIRMED: profile.unconfirmed, Flag.CAMERA_MOVED: profile.moved}
    return {flag for flag, holds in doubted.items() if holds}


def clocked(run: Run, clock_sigma_s: float) -> Run:
    """A run whose recording's clock is uncertain.

    Args:
        run: As timed by that clock.
        clock_sigma_s: What it leaves unknown of a time as long as the recording, one sd.
    """
    if clock_sigma_s == 0:
        return run
    repeat_s = hypot(run.repeat_sigma_s, clock_sigma_s)
    fly_s = hypot(run.fly_sigma_s, clock_sigma_s)
    flags = {*run.flags, Flag.WIDE_INTERVAL} if repeat_s > WIDE_S else {*run.flags}
    return replace(
        run,
        repeat_sigma_s=repeat_s,
        fly_sigma_s=fly_s,
        velocity_sigma_mps=velocity_sigma_mps(
            run.velocity_mps, run.fly_s, fly_s, length_sd_of(run)
        ),
        flags=tuple(sorted(flags)),
    )


def _watched(
    video: VideoFile,
    zone: Zone,
    speeds_mps: tuple[float, float],
    scale: float,
    progress: Callable[[float], None],
) -> Passages:
    """Decode what is worth it, and time who passes."""
    corridor = corridor_of(zone)
    from_s = zone.profile.from_s
    from_ns = None if from_s is None else round(from_s * 1e9)
    spans = spans_worth_decoding(video, zone, speeds_mps, scale)
    if spans is not None and from_ns is not None:
        spans = [(max(start_ns, from_ns), end) for start_ns, end in spans if end > from_ns]
    # What a full decode begins with, wherever the first span does.
    begun = () if spans is None else islice(video.frames(from_ns), ANCHOR_FRAMES)
    opening = [marker_boxes(corridor, frame.luma) for frame in begun]
    found = Passages()
    first_ns, length_s = video.first_pts_ns, max(video.duration_s, 1e-9)
    for start_ns, end_ns in [(from_ns, None)] if spans is None else spans:
        stretch = Stretch(
            zone, corridor, speeds_mps, opening=opening, rotation_deg=video.rotation_deg
        )
        for frame in video.frames(start_ns, end_ns):
            since_s = (frame.pts_ns - first_ns) * 1e-9
            stretch.feed(since_s * scale, frame.luma)
            progress(since_s / length_s)
        part = stretch.finish()
        found.pairs.extend(part.pairs)
        found.alone.extend(part.alone)
    return found


def _doubt_rate(timed: Timed) -> Timed:
    """The same run with a question about its capture rate, where its pictures repeat."""
    flags = timed.run.flags
    if Flag.REPEATED_FRAMES in flags:
        flags = tuple(sorted({*flags, Flag.CAPTURE_RATE_UNKNOWN}))
    return replace(timed, run=replace(timed.run, flags=flags))


def _company(first: Sighted, last: Sighted, passages: Passages) -> bool:
    """Whether somebody else crossed a marker while this run was on."""
    others = [one for pair in passages.pairs for one in pair] + passages.alone
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


def lone_passage(crossing: Crossing, zone: Zone, on_file: Callable[[float], float]) -> Incomplete:
    """What a crossing that belongs to no run is told as."""
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
