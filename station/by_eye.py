"""A run whose crossing somebody read in its recording by eye (pure).

It decides what the run is then, and how well an eye reads a crossing. It looks at no picture, and
never decides whether the eye or the station was right: both readings are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot, sqrt

from hardware.errors import StationError
from station.crossing import Crossing
from station.flags import Flag
from station.run import OF_NUMBERS, POINT_SD_M, Run, doubts_of, length_sd_of, velocity_sigma_mps

SETTLED = {Flag.FEW_FRAMES, Flag.NO_FRAMES_PAST_LINE, Flag.OBSCURED, Flag.TORSO}
"""Doubts about a crossing that an eye settles; others are the recording's or the calibration's."""


@dataclass(frozen=True, slots=True)
class Read:
    """A crossing as the station read it, and the coach.

    Attributes:
        crossing: What was fitted.
        px_per_m: Pixels of the recording for each metre along the lane there.
        interval_s: Real seconds between two pictures.
        line_s: Where the coach put the line, on the crossing's clock; None where they put none.
    """

    crossing: Crossing
    px_per_m: float
    interval_s: float
    line_s: float | None = None

    @property
    def moved_s(self) -> float:
        """How much later the line is than the station's reading."""
        return 0.0 if self.line_s is None else self.line_s - self.crossing.instant_s

    @property
    def eye_sigma_s(self) -> float:
        """How well an eye reads it, one standard deviation.

        No finer than a pixel; and a picture's instant is the middle of its exposure, so that an
        edge of its blur is off by up to half of that, which is no longer than the time between
        two pictures. Each is taken to be as likely anywhere within: a standard deviation is the
        half-width over the root of 3.
        """
        pixel_s = 1 / (self.px_per_m * abs(self.crossing.velocity_mps))
        return hypot(pixel_s, self.interval_s / 2) / sqrt(3)

    @property
    def doubts(self) -> set[str]:
        """What is doubted of it that an eye would settle."""
        if self.line_s is not None:
            return set()
        torso = {Flag.TORSO} if self.crossing.point == "torso" else set()
        return {*self.crossing.flags, *torso} & SETTLED


def by_eye(run: Run, at2: Read, at3: Read) -> Run:
    """The run with the coach's line in place of the station's reading.

    Where one line alone was put, the other marker's instant stands as it was counted. The same
    point of the body is meant at both markers; how far an eye differs about that is taken for
    how far a torso's middle wanders. What cones, clocks and the lane leave unknown is left so.

    Args:
        run: As the station timed it.
        at2: Its crossing of Marker 2.
        at3: Its crossing of Marker 3.

    Returns:
        The run; its two instants in the recording stay as they were counted.

    Raises:
        StationError: Marker 3 would come first.
    """
    fly_s = run.fly_s + at3.moved_s - at2.moved_s
    if fly_s <= 0:
        raise StationError(
            f"Marker 3 would be crossed {-fly_s:.3f} s before Marker 2; move the line back"
        )
    velocity_mps = run.velocity_mps * run.fly_s / fly_s
    put = [at for at in (at2, at3) if at.line_s is not None]
    rest_s2 = run.repeat_sigma_s**2 - sum(at.crossing.noise_s**2 for at in put)
    point_s = POINT_SD_M["torso"] / velocity_mps
    repeat_s = hypot(sqrt(max(rest_s2, 0.0)), point_s, *(at.eye_sigma_s for at in put))
    sigma_s = hypot(repeat_s, run.lane_sigma_s)
    flags = {*run.flags} - SETTLED - OF_NUMBERS | doubts_of(velocity_mps, repeat_s)
    flags |= {Flag.READ_BY_HAND} | at2.doubts | at3.doubts
    return replace(
        run,
        fly_s=fly_s,
        fly_sigma_s=sigma_s,
        repeat_sigma_s=repeat_s,
        velocity_mps=velocity_mps,
        velocity_sigma_mps=velocity_sigma_mps(velocity_mps, fly_s, sigma_s, length_sd_of(run)),
        pace_ratio=None if run.pace_400_mps is None else velocity_mps / run.pace_400_mps,
        flags=tuple(sorted(flags)),
    )
