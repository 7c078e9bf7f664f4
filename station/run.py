"""Crossings → Run: fly time, velocity and the two parts of the ±, on paper only (pure).

It decides nothing about pixels and knows no clock: it gets two crossings and combines them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import hypot, sqrt
from typing import Literal, Protocol

from station.crossing import Crossing
from station.flags import Flag
from station.lane import OURS, Lane
from station.pace import pace_400_mps
from station.silhouette import match

Direction = Literal["left-to-right", "right-to-left"]


@dataclass(frozen=True, slots=True)
class Run:
    """One complete passage from Marker 2 to Marker 3. The fields are the JSON's keys.

    Attributes:
        marker2_s: Crossing of Marker 2, seconds on the recording's own timestamps.
        marker3_s: Crossing of Marker 3, seconds on the recording's own timestamps.
        fly_s: Fly time in real seconds (differs from the difference above in slow motion).
        fly_sigma_s: One standard deviation of `fly_s`: both parts below together.
        repeat_sigma_s: The part that changes between runs of a runner who holds his line.
        lane_sigma_s: The part that his unknown lateral position adds.
        velocity_mps: Zone length divided by fly time.
        velocity_sigma_mps: One standard deviation of `velocity_mps`: of the time, and of the
            zone's length as far as it is said how that was measured.
        direction: Which way the run went in the picture; None where there is none.
        pace_400_mps: The athlete's 400 m pace, None without a 400 m time.
        pace_ratio: velocity / 400 m pace, None without a 400 m time.
        athlete: Name, None where not given.
        flags: Doubts and remarks, from `station.flags`.
    """

    marker2_s: float
    marker3_s: float
    fly_s: float
    fly_sigma_s: float
    repeat_sigma_s: float
    lane_sigma_s: float
    velocity_mps: float
    velocity_sigma_mps: float
    direction: Direction | None
    pace_400_mps: float | None
    pace_ratio: float | None
    athlete: str | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A passage at a run's speed that is no run: one marker only, or the wrong way.

    Attributes:
        marker2_s: Crossing of Marker 2 on the recording's timestamps, None if not seen.
        marker3_s: Crossing of Marker 3 on the recording's timestamps, None if not seen.
        velocity_mps: Speed at the marker seen (the mean, where both were); None where a gate saw
            the runner, which cannot tell.
        direction: Which way the runner went in the picture; None where there is none.
        reason: Why it is no run.
        flags: Doubts and remarks; a reverse passage carries "reverse" here too.
    """

    marker2_s: float | None
    marker3_s: float | None
    velocity_mps: float | None
    direction: Direction | None
    reason: Literal["marker2-only", "marker3-only", "reverse", "restarted"]
    flags: tuple[str, ...]


class Findings(Protocol):
    """What a recording gave, of whatever kind it is.

    Attributes:
        recording: Name of the file.
        fly_m: Length of the Fly Zone.
        frames: Frames in the file, None where it has none.
        duration_s: Length of the recording.
        runs: Complete runs, in order.
        incomplete: Passages that are no runs.
        warnings: What was odd about the recording.
    """

    @property
    def recording(self) -> str: ...  # noqa: D102
    @property
    def fly_m(self) -> float: ...  # noqa: D102
    @property
    def frames(self) -> int | None: ...  # noqa: D102
    @property
    def duration_s(self) -> float: ...  # noqa: D102
    @property
    def runs(self) -> tuple[Run, ...]: ...  # noqa: D102
    @property
    def incomplete(self) -> tuple[Incomplete, ...]: ...  # noqa: D102
    @property
    def warnings(self) -> tuple[str, ...]: ...  # noqa: D102


TYPICAL_MPS = (5.0, 12.5)  # a fly outside it is queried (ACCURACY.md, "Runners")
WIDE_S = 0.010  # a repeat sigma beyond it is a doubt (ACCURACY.md, "What a coach needs")
OF_NUMBERS = {Flag.UNUSUAL_SPEED, Flag.WIDE_INTERVAL}  # doubts that time and velocity raise
POINT_SD_M = {"head": 0.003, "torso": 0.02}  # how far its middle wanders with the view
MISFIT_SD_M = 0.03  # and with how differently it was seen
FIRST_BREAK_SD_M = 0.2  # how differently far an arm leads at the two gates
# Of 3000 simulated sprinters whose arms reach the beam with the torso, 1.0 and 1.1 m high:
ARM_SD_M = 0.01  # what arms make of it where both breaks are alike and no deeper than a chest;
ARM_SHARE = 0.8  # of what the breaks differ by;
CHEST_M, ARMS_SHARE = 0.28, 0.5  # and of what both are deeper than a chest
COLD_S = 0.003  # a clock that leaves more unknown wants to be compared for longer
LEVEL_M = 0.25  # points that lie farther apart in height are not the same
HEIGHT_SPREAD_M = 0.10  # between the heights at which one point is seen at the two markers
UNLIKE = 0.6  # misfit from which two silhouettes show different things
HEAD_BEFORE_TORSO_M = 0.10  # how differently the two points lie from runner to runner


@dataclass(frozen=True, slots=True)
class Interval:
    """The same body point at both markers, and the two parts of the uncertainty between.

    Attributes:
        first_s: When it passed the first marker, real seconds.
        last_s: When it passed the other.
        repeat_sigma_s: Noise, fit and cones.
        lane_sigma_s: The runner's unknown lateral position.
    """

    first_s: float
    last_s: float
    repeat_sigma_s: float
    lane_sigma_s: float

    @property
    def took_s(self) -> float:
        """From one marker to the other."""
        return self.last_s - self.first_s

    @property
    def sigma_s(self) -> float:
        """Both parts together."""
        return hypot(self.repeat_sigma_s, self.lane_sigma_s)


def interval(first: Crossing, last: Crossing, lane_sd_m: float, lane: Lane = OURS) -> Interval:
    """Lay two crossings over each other; what they share does not add as squares, it cancels.

    Args:
        first: The crossing of the marker passed first.
        last: The crossing of the other marker.
        lane_sd_m: Standard deviation of the runner's lateral position, the same at both.
        lane: Which lane he was in.

    Returns:
        Both instants of one body point, and the uncertainty of their difference.
    """
    speed_mps = abs(first.velocity_mps + last.velocity_mps) / 2
    laid = match(first.silhouette, last.silhouette)
    if first.point == last.point and laid.misfit < UNLIKE:
        ahead_m = laid.ahead_m
        point_m = POINT_SD_M[first.point] + MISFIT_SD_M * laid.misfit
        point_m += max(0.0, abs(first.height_m - last.height_m) - HEIGHT_SPREAD_M)
    else:
        ahead_m, point_m = 0.0, HEAD_BEFORE_TORSO_M
    pose = sum((b - a) ** 2 for a, b in zip(first.d_pose_s, last.d_pose_s, strict=True))
    repeat = first.noise_s**2 + last.noise_s**2 + pose + (point_m / speed_mps) ** 2
    return Interval(
        # Half of what the point lies off is put right at either marker.
        first.instant_s + 0.5 * ahead_m / first.velocity_mps + first.d_lane_s_per_m * lane.aside_m,
        last.instant_s - 0.5 * ahead_m / last.velocity_mps + last.d_lane_s_per_m * lane.aside_m,
        sqrt(repeat),
        abs(last.d_lane_s_per_m - first.d_lane_s_per_m) * hypot(lane_sd_m, lane.sd_m),
    )


def same_point(first: Iterable[Crossing], last: Iterable[Crossing]) -> tuple[Crossing, Crossing]:
    """Of the body points followed at both markers, the pair that is timed best.

    Args:
        first: Crossings of one passing, at least one.
        last: Crossings of the other.

    Returns:
        One of each: of the same body point wherever that is the best.
    """
    pairs = [(a, b) for a in first for b in last]
    alike = [(a, b) for a, b in pairs if a.point == b.point and _level(a, b)]
    pairs = alike or pairs
    return min(pairs, key=lambda pair: interval(pair[0], pair[1], 0.0).repeat_sigma_s)


def _level(first: Crossing, last: Crossing) -> bool:
    return abs(first.height_m - last.height_m) < LEVEL_M


def velocity_sigma_mps(
    velocity_mps: float, fly_s: float, sigma_s: float, length_sd: float
) -> float:
    """What time and length together leave unknown of a velocity, one sd.

    Args:
        velocity_mps: The velocity.
        fly_s: The fly time.
        sigma_s: One standard deviation of it.
        length_sd: One standard deviation of the Fly Zone's length, by that length.
    """
    return velocity_mps * hypot(sigma_s / fly_s, length_sd)


class Measured(Protocol):
    """A time with its velocity."""

    @property
    def fly_s(self) -> float: ...  # noqa: D102
    @property
    def fly_sigma_s(self) -> float: ...  # noqa: D102
    @property
    def velocity_mps(self) -> float: ...  # noqa: D102
    @property
    def velocity_sigma_mps(self) -> float: ...  # noqa: D102


def length_sd_of(run: Measured) -> float:
    """What of a velocity's uncertainty is the length's: its standard deviation by the length."""
    in_velocity, in_time = run.velocity_sigma_mps / run.velocity_mps, run.fly_sigma_s / run.fly_s
    return sqrt(max(in_velocity**2 - in_time**2, 0.0))


def doubts_of(velocity_mps: float, repeat_sigma_s: float) -> set[Flag]:
    """The doubts that a run's own numbers raise: `OF_NUMBERS`, or fewer.

    Args:
        velocity_mps: Its velocity.
        repeat_sigma_s: The part of the time's uncertainty that changes between runs, one sd.
    """
    unusual = not TYPICAL_MPS[0] <= velocity_mps <= TYPICAL_MPS[1]
    raised = {Flag.UNUSUAL_SPEED} if unusual else set()
    return raised | {Flag.WIDE_INTERVAL} if repeat_sigma_s > WIDE_S else raised


def run_of(
    first: Crossing,
    last: Crossing,
    *,
    fly_m: float,
    lane_sd_m: float,
    direction: Direction,
    on_file: Callable[[float], float],
    pace_mps: float | None,
    athlete: str | None,
    lane: Lane = OURS,
    length_sd: float = 0.0,
    flags: Iterable[Flag] = (),
) -> Run:
    """Combine two crossings into a run.

    Args:
        first: The crossing of Marker 2.
        last: The crossing of Marker 3.
        fly_m: Length of the Fly Zone.
        lane_sd_m: Standard deviation of the runner's lateral position.
        direction: Which way the run went in the picture.
        on_file: Turns real seconds into seconds of the recording's own timestamps.
        pace_mps: The athlete's 400 m pace, None without a 400 m time.
        athlete: Name, None where not given.
        lane: Which lane the runner was in.
        length_sd: One standard deviation of the zone's length, by that length.
        flags: Doubts that the calibration raises.

    Returns:
        The run, with the doubts that its own numbers raise.
    """
    time = interval(first, last, lane_sd_m, lane)
    velocity_mps = fly_m / time.took_s
    doubts = {*first.flags, *last.flags, *flags}
    if lane.flag is not None:
        doubts.add(lane.flag)
    doubts |= doubts_of(velocity_mps, time.repeat_sigma_s)
    if "torso" in (first.point, last.point):
        doubts.add(Flag.TORSO)
    return Run(
        marker2_s=on_file(time.first_s),
        marker3_s=on_file(time.last_s),
        fly_s=time.took_s,
        fly_sigma_s=time.sigma_s,
        repeat_sigma_s=time.repeat_sigma_s,
        lane_sigma_s=time.lane_sigma_s,
        velocity_mps=velocity_mps,
        velocity_sigma_mps=velocity_sigma_mps(velocity_mps, time.took_s, time.sigma_s, length_sd),
        direction=direction,
        pace_400_mps=pace_mps,
        pace_ratio=None if pace_mps is None else velocity_mps / pace_mps,
        athlete=athlete,
        flags=tuple(sorted(doubts)),
    )


@dataclass(frozen=True, slots=True)
class GateTime:
    """Fly time from two beams.

    Attributes:
        fly_s: From torso to torso.
        clock_sigma_s: What the clocks and the stamps leave unknown of it, one sd.
        broken2_s: For how long the torso broke the beam at Marker 2, None where unknown.
        broken3_s: For how long at Marker 3.
    """

    fly_s: float
    clock_sigma_s: float
    broken2_s: float | None
    broken3_s: float | None


def gate_run(
    marker2_s: float,
    time: GateTime,
    *,
    fly_m: float,
    pace_mps: float | None,
    athlete: str | None,
    flags: set[Flag],
    length_sd: float = 0.0,
) -> Run:
    """Make a run of what two beams saw; beams across the lane know no lateral position.

    Args:
        marker2_s: Crossing of Marker 2, seconds since the session's first reading.
        time: Time between the beams.
        fly_m: Length of the Fly Zone.
        pace_mps: The athlete's 400 m pace, None without a 400 m time.
        athlete: Name, None where not given.
        flags: Doubts that the session raises.
        length_sd: One standard deviation of the zone's length, by that length.

    Returns:
        The run, with the doubts that its own numbers raise.
    """
    velocity_mps = fly_m / time.fly_s
    body_s = _body_sigma_s(time, velocity_mps)
    sigma_s = hypot(time.clock_sigma_s, body_s)
    doubts = set(flags)
    if time.broken2_s is None or time.broken3_s is None:
        doubts.add(Flag.FIRST_BREAK)
    if time.clock_sigma_s > COLD_S:
        doubts.add(Flag.CLOCK_COLD)
    doubts |= doubts_of(velocity_mps, sigma_s)
    return Run(
        marker2_s=marker2_s,
        marker3_s=marker2_s + time.fly_s,
        fly_s=time.fly_s,
        fly_sigma_s=sigma_s,
        repeat_sigma_s=sigma_s,
        lane_sigma_s=0.0,
        velocity_mps=velocity_mps,
        velocity_sigma_mps=velocity_sigma_mps(velocity_mps, time.fly_s, sigma_s, length_sd),
        direction=None,
        pace_400_mps=pace_mps,
        pace_ratio=None if pace_mps is None else velocity_mps / pace_mps,
        athlete=athlete,
        flags=tuple(sorted(doubts)),
    )


def _body_sigma_s(time: GateTime, velocity_mps: float) -> float:
    """What is not known of where the torso began in the two beams."""
    if time.broken2_s is None or time.broken3_s is None:
        return FIRST_BREAK_SD_M / velocity_mps
    # An arm that is in a beam as the torso comes makes its break early, and longer.
    depths_m = time.broken2_s * velocity_mps, time.broken3_s * velocity_mps
    differ_m = abs(depths_m[1] - depths_m[0])
    beyond_m = max(0.0, min(depths_m) - CHEST_M)
    return hypot(ARM_SD_M, ARM_SHARE * differ_m, ARMS_SHARE * beyond_m) / velocity_mps


def ran_by(run: Run, name: str | None, time_400_s: float | None) -> Run:
    """The same run with who ran it, compared with the pace of their 400 m time."""
    pace_mps = None if time_400_s is None else pace_400_mps(time_400_s)
    ratio = None if pace_mps is None else run.velocity_mps / pace_mps
    return replace(run, athlete=name, pace_400_mps=pace_mps, pace_ratio=ratio)
