"""Sightings → Crossing: the instant at which a body point passes a marker's plane (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    sightings: tuple[Sighting, ...]
    flags: tuple[str, ...]
