"""A calibration as it is kept: what the coach saw and said, in TOML, and nothing derived.

It decides what a well-formed calibration is. It computes no geometry.
"""

from __future__ import annotations

from dataclasses import dataclass

Pixel = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the cones stand in the picture, and what is known about zone and camera.

    Attributes:
        fly_m: Length of the Fly Zone.
        picture_px: Width and height of the upright picture.
        marker2_px: Base of Marker 2's near and far cone (or of its only cone), near first.
        marker3_px: The same for Marker 3.
        lane_width_m: Between the near and the far cones.
        readout_ms: From the first row's exposure to the last row's (rolling shutter).
        lane_sd_m: Standard deviation of a runner's lateral position about the lane's centre.
        cone_sd_px: Standard deviation of a cone's pixel, per axis.
        camera_distance_m: Camera to the lane's centre line, where the coach measured it.
        camera_height_m: Lens above the ground, where the coach measured it.
    """

    fly_m: float
    picture_px: tuple[int, int]
    marker2_px: tuple[Pixel, ...]
    marker3_px: tuple[Pixel, ...]
    lane_width_m: float = 1.22
    readout_ms: float = 12.0
    lane_sd_m: float = 0.15
    cone_sd_px: float = 0.5
    camera_distance_m: float | None = None
    camera_height_m: float | None = None
