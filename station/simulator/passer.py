"""A body that passes a beam: when torso, arms and thighs break it, exact to a nanosecond.

It decides a body's proportions in the plane of the run and how its limbs swing. The beam lies
across the lane and so is a point in that plane. It knows no gates, no clocks and no bytes.

How often an arm comes first is not set but follows from the geometry: at a beam 1.0 m high in one
crossing of seven, as in the 14 false signals of 100 sprints past single beams that Earp and Newton
saw (2012, doi 10.1519/JSC.0b013e3182474436); at 1.1 m, the height of elbows, nearly three times as
often, and mostly the arm is still there as the torso comes. Cronin and Templeton (2008, doi
10.1519/JSC.0b013e31815fa3d3) quote up to 80 ms from a swinging arm, and legs that break a beam at
the hip first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from station.simulator.motion import Floats, Motion

REACH_M = 1.0
"""No part is farther than that from the front of the torso."""
GRID_M = 0.003
"""A part that is in the beam for less of the body's way (0.3 ms at 10 m/s) goes unseen."""
THIGH_OF_HEIGHT, UPPER_ARM_OF_HEIGHT, FOREARM_OF_HEIGHT = 0.245, 0.186, 0.146
HIP_OF_HEIGHT, SHOULDER_OF_HEIGHT = 0.53, 0.818
"""Lengths as parts of the standing height: Drillis and Contini (1966)."""
THIGH_M = 0.065
"""Radius."""
FIST_M = 0.07
"""A half closed hand goes on so far beyond the wrist."""


@dataclass(frozen=True)
class Passer:
    """Somebody who goes through the beams.

    Attributes:
        motion: Course of the front of the torso at the beam's height.
        height_m: Standing height.
        depth_m: Of the torso along the run.
        arm_deg: Amplitude of the upper arm's swing, once a stride, one arm against the other.
        elbow_deg: Bend of the elbow on average.
        opening_deg: The elbow is so much more open behind, more bent in front.
        pump_deg: And so much more bent on the way forward, more open on the way back.
        thigh_deg: Highest lift of the thigh in front.
        limb_m: Radius of forearm and upper arm.
    """

    motion: Motion
    height_m: float
    depth_m: float
    arm_deg: float
    elbow_deg: float
    opening_deg: float
    pump_deg: float
    thigh_deg: float
    limb_m: float

    def torso_s(self, line_m: float) -> float:
        """The instant at which the front of the torso reaches a line: the truth."""
        return self.motion.crossing_s(line_m)

    def breaks_s(self, line_m: float, beam_m: float) -> list[tuple[float, float]]:
        """When a beam at `line_m` along the lane, `beam_m` high, is broken, by whatever part.

        Returns:
            Spans in seconds, in order and apart.
        """
        ahead_m = self.motion.heading * REACH_M
        since_s = self.motion.crossing_s(line_m - ahead_m)
        until_s = self.motion.crossing_s(line_m + ahead_m)
        grid_s = np.linspace(since_s, until_s, round(2 * REACH_M / GRID_M))
        free = self._gap_m(grid_s, line_m, beam_m) > 0
        turns = np.flatnonzero(free[1:] != free[:-1])
        low_s, high_s = grid_s[turns], grid_s[turns + 1]
        for _ in range(24):
            middle_s = (low_s + high_s) / 2
            before = (self._gap_m(middle_s, line_m, beam_m) > 0) == free[turns]
            low_s, high_s = np.where(before, middle_s, low_s), np.where(before, high_s, middle_s)
        edges_s = (low_s + high_s) / 2
        return [(float(a), float(b)) for a, b in zip(edges_s[::2], edges_s[1::2], strict=True)]

    def _gap_m(self, t_s: Floats, line_m: float, beam_m: float) -> Floats:
        """From the beam to the nearest part; negative inside of one."""
        motion = self.motion
        forward_m = motion.heading * (line_m - motion.x_m(t_s))
        gap_m = np.abs(forward_m + self.depth_m / 2) - self.depth_m / 2
        stride_rad = math.pi * motion.steps(t_s)
        swing, way = np.sin(stride_rad), np.cos(stride_rad)
        shoulder_m = (-0.55 * self.depth_m, SHOULDER_OF_HEIGHT * self.height_m)
        hip_m = (-0.5 * self.depth_m, HIP_OF_HEIGHT * self.height_m)
        for side in (1.0, -1.0):
            upper = np.radians(self.arm_deg * side * swing)
            bent_deg = self.opening_deg * swing + self.pump_deg * way
            bend = np.radians(self.elbow_deg + side * bent_deg)
            arm = _bar(shoulder_m, upper, UPPER_ARM_OF_HEIGHT * self.height_m)
            hand = _bar(arm[1], upper + bend, FOREARM_OF_HEIGHT * self.height_m + FIST_M)
            lift = np.radians(self.thigh_deg * (0.45 - 0.55 * side * swing))
            thigh = _bar(hip_m, lift, THIGH_OF_HEIGHT * self.height_m)
            for bar, radius_m in ((arm, self.limb_m), (hand, self.limb_m), (thigh, THIGH_M)):
                gap_m = np.minimum(gap_m, _distance_m(bar, forward_m, beam_m) - radius_m)
        found: Floats = gap_m
        return found


Point = tuple[Floats | float, Floats | float]


def _bar(start: Point, angle_rad: Floats, length_m: float) -> tuple[Point, Point]:
    """A limb from a joint to the next: forward of hanging down by an angle."""
    forward_m = start[0] + length_m * np.sin(angle_rad)
    return start, (forward_m, start[1] - length_m * np.cos(angle_rad))


def _distance_m(bar: tuple[Point, Point], forward_m: Floats, up_m: float) -> Floats:
    """From a point to a limb's axis."""
    (x0, z0), (x1, z1) = bar
    dx, dz = x1 - x0, z1 - z0
    along = ((forward_m - x0) * dx + (up_m - z0) * dz) / (dx * dx + dz * dz)
    along = np.clip(along, 0.0, 1.0)
    distance: Floats = np.hypot(forward_m - x0 - along * dx, up_m - z0 - along * dz)
    return distance


def draw_passer(
    rng: np.random.Generator,
    *,
    at_s: float,
    line_m: float,
    speed_mps: float,
    heading: int = 1,
    steady: bool = False,
) -> Passer:
    """Draw somebody whose torso is at `line_m` at about `at_s`, walking, jogging or sprinting."""
    sprints = speed_mps > 5
    step_hz = speed_mps / rng.uniform(1.98, 2.15) if sprints else 1.2 + speed_mps / 3
    runs = speed_mps > 2.2
    motion = Motion(
        x0_m=line_m,
        y_m=0.0,
        t0_s=at_s,
        speed_mps=speed_mps,
        heading=heading,
        step_hz=float(np.clip(step_hz, 1.6, 4.7)),
        phase=float(rng.uniform(0, 2)),
        accel_mps2=0.0 if steady or not sprints else float(rng.uniform(-0.1, 0.1)),
        ripple_m=float(rng.uniform(0.006, 0.009)) * min(1.0, speed_mps / 8),
        limp_m=float(rng.uniform(0.0, 0.002)),
    )
    return Passer(
        motion=motion,
        height_m=float(rng.uniform(1.60, 1.92)),
        depth_m=float(rng.uniform(0.20, 0.32)),
        arm_deg=float(rng.uniform(38, 55) if runs else rng.uniform(14, 26)),
        elbow_deg=float(rng.uniform(80, 105) if runs else rng.uniform(10, 30)),
        opening_deg=float(rng.uniform(5, 30) if runs else rng.uniform(0, 10)),
        pump_deg=float(rng.uniform(10, 30) if runs else 0.0),
        thigh_deg=float(rng.uniform(52, 68) if sprints else rng.uniform(25, 45)),
        limb_m=float(rng.uniform(0.025, 0.045)),
    )
