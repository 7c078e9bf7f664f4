"""Sightings → Crossing: the instant at which a body point passes a marker's plane (pure).

The body point moves evenly, but for a little acceleration and a ripple at the rhythm of the
steps. All three are fitted at once, with the ripple as a random function of known rhythm and
size, so the instant comes with the uncertainty that ripple, noise and gaps leave. It looks at no
pixel and decides nothing about which sightings belong to which runner.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hardware.counted import counted
from hardware.errors import StationError
from station.silhouette import Silhouette

Array = NDArray[np.float64]

BodyPoint = Literal["head", "torso"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One body point seen in one frame.

    Attributes:
        instant_s: Real seconds since the recording's first timestamp, rolling shutter undone.
        u_px: Column of the body point in the upright picture (pixel centres are integers).
        v_px: Row of the body point.
        x_m: Metres from Marker 2 along the run (0 at Marker 2, zone length at Marker 3).
        used: Whether the fit used it, or set it aside as an outlier.
    """

    instant_s: float
    u_px: float
    v_px: float
    x_m: float
    used: bool


@dataclass(frozen=True, slots=True)
class Crossing:
    """A body point at a marker, with what it owes to noise and what to shared causes.

    Attributes:
        marker: 2 or 3.
        instant_s: Real seconds since the recording's first timestamp.
        velocity_mps: Speed along the zone there; positive from Marker 2 to Marker 3.
        noise_s: One standard deviation of what is this crossing's alone.
        d_lane_s_per_m: Shift of the instant per metre that the runner is farther from the camera.
        d_pose_s: Shift of the instant per standard deviation of each (whitened) pose parameter.
        point: Which body point crossed.
        u_px: Column of the body point at the instant.
        v_px: Row of the body point at the instant.
        height_m: How high above the ground the body point was.
        feet_m: How far beyond the lane's centre line the feet touched the ground.
        feet_sd_m: One standard deviation of it: more than a lane where the camera is low.
        silhouette: What of it was seen.
        sightings: What the instant was fitted to, in time order.
        flags: Doubts about this crossing.
    """

    marker: int
    instant_s: float
    velocity_mps: float
    noise_s: float
    d_lane_s_per_m: float
    d_pose_s: tuple[float, ...]
    point: BodyPoint
    u_px: float
    v_px: float
    height_m: float
    feet_m: float
    feet_sd_m: float
    silhouette: Silhouette
    sightings: tuple[Sighting, ...]
    flags: tuple[str, ...]


FIT_M = 2.0  # sightings this far on either side of the marker count
RIPPLE_M = 0.008  # scatter of a trunk about even motion within a step (12 mm peak, ACCURACY.md)
SPRINT_MPS, LARGEST_RIPPLE_M = 8.6, 0.03  # joggers and walkers on film swing so far
RHYTHM_SPREAD = 0.12  # relative: a runner's step rate is known from his speed to about this
ACCELERATION_SD_MPS2 = 1.0
LEAST_NOISE_M = 0.002
STUDENT_FREEDOM = 4.0  # of the noise: sightings through a passer-by's arm are no Gaussian


@dataclass(frozen=True, slots=True)
class Fit:
    """Where the body point was when.

    Attributes:
        instant_s: When it was at the marker.
        velocity_mps: Its even speed there.
        noise_s: One standard deviation of `instant_s`.
        scatter_m: Standard deviation of a sighting about the fit.
        weight: Trust in each sighting, about 1 for good ones, near 0 for outliers.
    """

    instant_s: float
    velocity_mps: float
    noise_s: float
    scatter_m: float
    weight: Array


def step_rate_hz(speed_mps: float) -> float:
    """Usual steps per second at a speed: 1.9 walking at 1.4 m/s, 4.3 sprinting at 8.6 m/s."""
    return 1.3 + 0.35 * abs(speed_mps)


def ripple_sd_m(speed_mps: float) -> float:
    """Usual scatter about even motion within a step: the slower the steps, the larger."""
    slowness = max(1.0, SPRINT_MPS / max(abs(speed_mps), 0.1))
    return min(RIPPLE_M * float(slowness**1.5), LARGEST_RIPPLE_M)


def fit_crossing(instants_s: Array, x_m: Array, at_m: float) -> Fit:
    """Find when a body point was at a marker.

    Args:
        instants_s: When it was seen, shape (sightings,), increasing.
        x_m: Where it was seen, shape (sightings,).
        at_m: Where the marker is.

    Returns:
        The fit.

    Raises:
        StationError: Fewer than three sightings, or no motion.
    """
    if len(instants_s) < 3:
        raise StationError(
            f"{counted(len(instants_s), 'sighting')} near the marker: too few to time it"
        )
    middle_s = float(np.mean(instants_s))
    t = instants_s - middle_s
    weight = np.ones_like(t)
    scatter = 0.02
    slope, offset = _robust_line(t, x_m)
    omega = 2 * np.pi * step_rate_hz(slope)
    solve = _Motion(t, x_m, omega, ripple_sd_m(slope))
    for _ in range(12):
        residual = solve.residuals(weight, scatter)
        inner = weight > 0.3
        spread = 1.25 * float(np.sqrt(np.mean(residual[inner] ** 2))) if inner.any() else scatter
        scatter = max(LEAST_NOISE_M, 0.5 * (scatter + spread))
        weight = (STUDENT_FREEDOM + 1) / (STUDENT_FREEDOM + (residual / scatter) ** 2)
        weight = np.minimum(weight, 1.0)
    solve.residuals(weight, scatter)
    instant = (at_m - offset) / slope if slope else 0.0
    velocity = slope
    for _ in range(20):
        position, ahead = solve.at(np.array([instant, instant + 1e-3]))
        velocity = float(ahead - position) / 1e-3
        if abs(velocity) < 0.1:
            raise StationError("nothing moves past the marker")
        step = float(at_m - position) / velocity
        instant += float(np.clip(step, -0.2, 0.2))
        if abs(step) < 1e-9:
            break
    even = solve.even_speed(instant)
    return Fit(instant + middle_s, even, solve.sd_m(instant) / abs(even), scatter, weight)


class _Motion:
    """Even motion, a little acceleration and a ripple, conditioned on sightings."""

    def __init__(self, t: Array, x: Array, omega: float, ripple_m: float) -> None:
        self.t, self.x, self.omega, self.ripple_m = t, x, omega, ripple_m
        self.ripple, self.design = self._ripple(t, t), _design(t)

    def residuals(self, weight: Array, scatter: float) -> Array:
        """What trust in each sighting, and their noise, leave of them."""
        noise = scatter**2 / np.maximum(weight, 1e-6)
        self.inverse = np.linalg.inv(self.ripple + np.diag(noise))
        self.gain = self.inverse @ self.design
        prior = np.diag([0.0, 0.0, 1 / ACCELERATION_SD_MPS2**2])
        self.spread = np.linalg.inv(self.design.T @ self.gain + prior)
        self.even = self.spread @ (self.gain.T @ self.x)
        self.rest = self.inverse @ (self.x - self.design @ self.even)
        left: Array = noise * self.rest
        return left

    def _ripple(self, a: Array, b: Array) -> Array:
        lag = self.omega * (a[:, None] - b[None, :])
        return self.ripple_m**2 * np.cos(lag) * np.exp(-0.5 * (RHYTHM_SPREAD * lag) ** 2)

    def at(self, t: Array) -> Array:
        """Position at instants t."""
        position: Array = _design(t) @ self.even + self._ripple(t, self.t) @ self.rest
        return position

    def sd_m(self, t: float) -> float:
        """Standard deviation of the position at an instant."""
        instant = np.array([t])
        cross = self._ripple(instant, self.t)[0]
        lever = _design(instant)[0] - cross @ self.gain
        unseen = self.ripple_m**2 - cross @ self.inverse @ cross
        return sqrt(float(unseen + lever @ self.spread @ lever))

    def even_speed(self, t: float) -> float:
        return float(self.even[1] + self.even[2] * t)


def _design(t: Array) -> Array:
    return np.stack([np.ones_like(t), t, 0.5 * t * t], axis=1)


def _robust_line(t: Array, x: Array) -> tuple[float, float]:
    """Median slope over pairs, and the median offset (Theil and Sen)."""
    i, j = np.triu_indices(len(t), 1)
    slope = float(np.median((x[j] - x[i]) / (t[j] - t[i])))
    return slope, float(np.median(x - slope * t))
