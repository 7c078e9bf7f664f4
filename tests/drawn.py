"""Drawn by numpy, seen by nobody else: zones, crossings and pictures that several tests share."""

from __future__ import annotations

from functools import cache

import numpy as np

from calibration.geometry import Zone, fit_zone
from calibration.profile import Profile
from station.crossing import Crossing
from station.silhouette import Silhouette
from station.simulator import Scene
from station.simulator.camera import camera_for
from station.simulator.truth import cones_px

GREY, DARK = 120.0, 50.0
BODY_M = (0.45, 1.75)
"""Width and height of a drawn body."""


@cache
def zone_of(scene: Scene, **profile) -> Zone:
    """The zone of a simulated scene, its cones exact."""
    marker2, marker3 = cones_px(scene, camera_for(scene))
    given = {"readout_ms": 0.0, "camera_height_m": scene.camera_height_m, **profile}
    return fit_zone(Profile(scene.fly_m, scene.size_px, marker2, marker3, **given))


def ellipse(half_rows, half_columns, row, column, shape, softness=1.0):
    """Cover of an ellipse, 0 to 1, its edge `softness` cells wide; cells may be spaced anyhow."""
    rows, columns = (np.asarray(axis, np.float64) for axis in shape)
    radius = np.hypot((rows[:, None] - row) / half_rows, (columns[None, :] - column) / half_columns)
    return np.clip(0.5 - (radius - 1) * min(half_rows, half_columns) / softness, 0, 1)


def head(ahead_m=0.0, height_m=1.65, half_m=(0.13, 0.10), cell_m=0.02, cut=None):
    """A head whose middle is thought to be `-ahead_m` from where it is; `cut` hides some of it."""
    heights = np.arange(height_m + 0.20, height_m - 0.20, -cell_m)
    along = np.arange(-0.30, 0.30 + cell_m / 2, cell_m)
    cover = ellipse(*half_m, height_m, ahead_m, (heights, along), softness=0.04)
    if cut is not None:
        cover *= ~cut(heights[:, None] - height_m, along[None, :] - ahead_m)
    return Silhouette(cover.astype(np.float32), heights, along)


def crossing(marker, instant_s, velocity_mps=8.6, **given):
    """A head at a marker, with nothing wrong about it."""
    usual = {
        "noise_s": 0.001,
        "d_lane_s_per_m": 0.0,
        "d_pose_s": (0.0, 0.0),
        "point": "head",
        "u_px": 0.0,
        "v_px": 0.0,
        "height_m": 1.65,
        "feet_m": 0.0,
        "feet_sd_m": 0.2,
        "silhouette": head(),
        "sightings": (),
        "flags": (),
    }
    return Crossing(marker, instant_s, velocity_mps, **usual | given)


def draw_body(picture, zone, x_m, level=DARK):
    """Stand an upright box in the lane, its edges true to a fraction of a pixel; in place."""
    half_m, tall_m = BODY_M[0] / 2, BODY_M[1]
    u, v = zone.to_pixel(np.array([x_m - half_m, x_m + half_m]), 0.0, np.array([0.0, tall_m]))
    if not np.isfinite([u, v]).all():
        return picture
    top, left = (int(np.clip(np.floor(w.min()), 0, None)) for w in (v, u))
    part = picture[top : max(0, int(v.max()) + 2), left : max(0, int(u.max()) + 2)]
    rows, columns = top + np.arange(part.shape[0]), left + np.arange(part.shape[1])
    across = np.clip(columns - u.min() + 0.5, 0, 1) * np.clip(u.max() - columns + 0.5, 0, 1)
    down = np.clip(rows - v.min() + 0.5, 0, 1) * np.clip(v.max() - rows + 0.5, 0, 1)
    part += down[:, None] * across[None, :] * (level - part)
    return picture


def to_luma(picture):
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)
