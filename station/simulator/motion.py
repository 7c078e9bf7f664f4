"""Where a body is at any instant: exact functions of time, and exact crossings of a line.

It decides how a reference point moves along the lane: a mean course with a ripple within each step.
It knows no picture and no limbs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Motion:
    """A course along the lane: constant acceleration, and a ripple at the frequency of the steps.

    Attributes:
        x0_m: World x at `t0_s` (without ripple).
        y_m: Lateral position, constant.
        t0_s: The instant of `x0_m`, in real seconds.
        speed_mps: Speed at `t0_s`; 0 stands still.
        accel_mps2: Change of speed.
        heading: +1 to the right in the picture, -1 to the left.
        step_hz: Steps per second.
        phase: Steps already made at `t0_s`.
        ripple_m: Amplitude of the position's ripple at the step frequency (4.2 to 4.5 Hz at top
            speed: the body brakes as a foot lands and is pushed on before it leaves).
        limp_m: Amplitude of the ripple at the stride frequency: no two legs are alike.
        sway_m: Amplitude of the slow sway of somebody who stands.
    """

    x0_m: float
    y_m: float
    t0_s: float
    speed_mps: float
    heading: int
    step_hz: float
    phase: float = 0.0
    accel_mps2: float = 0.0
    ripple_m: float = 0.0
    limp_m: float = 0.0
    sway_m: float = 0.0

    def steps(self, t_s: Floats) -> Floats:
        """Count steps; the left foot is in the middle of its stance at even numbers."""
        return self.phase + self.step_hz * (t_s - self.t0_s)

    def instant_of(self, steps: Floats) -> Floats:
        """Invert `steps`."""
        return self.t0_s + (steps - self.phase) / max(self.step_hz, 1e-3)

    def mean_x_m(self, t_s: Floats) -> Floats:
        """World x without ripple and sway."""
        tau_s = t_s - self.t0_s
        return self.x0_m + self.heading * (self.speed_mps + self.accel_mps2 / 2 * tau_s) * tau_s

    def x_m(self, t_s: Floats) -> Floats:
        """World x of the body's reference point, exact."""
        steps = self.steps(t_s)
        ripple_m = -self.ripple_m * np.sin(2 * math.pi * steps)
        ripple_m = ripple_m + self.limp_m * np.sin(math.pi * steps)
        if self.sway_m:
            ripple_m = ripple_m + self.sway_m * (np.sin(1.7 * t_s) + np.sin(0.61 * t_s + 1.0)) / 2
        course: Floats = self.mean_x_m(t_s) + self.heading * ripple_m
        return course

    def crossing_s(self, line_m: float) -> float:
        """Find the instant at which the reference point passes `line_m`, to a nanosecond.

        The speed along the course must not change its sign; the ripple never does that.
        """
        reach_s = abs(line_m - self.x0_m) / self.speed_mps
        low_s = high_s = self.t0_s
        away = self.heading * (line_m - self.x0_m)
        if away > 0:
            high_s += 2.5 * reach_s + 1.0
        else:
            low_s -= 2.5 * reach_s + 1.0
        low_s, high_s = low_s - 0.2, high_s + 0.2
        for _ in range(60):
            middle_s = (low_s + high_s) / 2
            if self.heading * (float(self.x_m(np.array(middle_s))) - line_m) < 0:
                low_s = middle_s
            else:
                high_s = middle_s
        return (low_s + high_s) / 2
