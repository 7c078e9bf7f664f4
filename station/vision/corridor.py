"""Which pixels matter: the strip of the picture in which a runner in the lane can appear.

It decides rows, columns and resolutions from the zone's geometry. It never looks at a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone

Array = NDArray[np.float64]

TALLEST_M = 2.6  # a tall runner with an arm up, and room for a zone measured too long
TRUNK_FROM_M = 0.6  # below it are legs, and the shadows of low suns
BEYOND_M = 4.0  # what is watched beyond the markers
AROUND_MARKER_M = 3.4  # what is kept at full resolution on either side of a marker
FINEST_PX_PER_M = 45.0  # a head of nine pixels: more give no better middle (measured)
COARSE_CELLS_PER_M = 9.0  # a trunk is four cells wide: enough to see which way it goes


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels, half open: rows `top:bottom`, columns `left:right`."""

    top: int
    bottom: int
    left: int
    right: int

    def whole(self, step: int) -> Box:
        """The same with sides that are multiples of `step`."""
        return Box(
            self.top,
            self.bottom - (self.bottom - self.top) % step,
            self.left,
            self.right - (self.right - self.left) % step,
        )

    def cut(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The rectangle of a picture, as a view."""
        return luma[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, slots=True)
class Corridor:
    """The strip along the lane at a coarse resolution, and the full-resolution marker boxes.

    Attributes:
        box: The strip, from the lowest trunk up; its sides are multiples of `step`.
        step: Pixels per coarse cell, both ways.
        x_m: Metres from Marker 2 of each coarse column, shape (columns,).
        trunk: Which coarse cells can show a trunk or head, shape (rows, columns), bool.
        rows_per_m: Coarse rows per metre of height, shape (columns,).
        markers: Boxes around the markers that the camera sees; their sides are multiples of `fine`.
        fine: Pixels per row and column that the timing needs: 1 unless the runner is large.
    """

    box: Box
    step: int
    x_m: Array
    trunk: NDArray[np.bool_]
    rows_per_m: Array
    markers: dict[int, Box]
    fine: int


def corridor_of(zone: Zone) -> Corridor:
    """Lay the corridor over the picture.

    Args:
        zone: The calibrated zone.

    Returns:
        The corridor, clipped to the picture.
    """
    span = (min(zone.markers.values()) - BEYOND_M, max(zone.markers.values()) + BEYOND_M)
    box = _box_around(zone, *span, TRUNK_FROM_M)
    px_per_m = zone.mean_px_per_m
    step = max(1, round(px_per_m / COARSE_CELLS_PER_M))
    box = box.whole(step)
    u = box.left + step * np.arange((box.right - box.left) // step) + (step - 1) / 2
    v = box.top + step * np.arange((box.bottom - box.top) // step) + (step - 1) / 2
    x, z = zone.to_lane(u[None, :], v[:, None])
    middle = np.abs(z - 1.2).argmin(axis=0)
    x_m = x[middle, np.arange(len(u))]
    rows_per_m = 1.0 / np.maximum(np.abs(np.gradient(z, axis=0)).mean(axis=0), 1e-6)
    inside = (x > span[0]) & (x < span[1])
    trunk = (z > TRUNK_FROM_M) & (z < TALLEST_M) & inside
    fine = ceil(px_per_m / FINEST_PX_PER_M)
    markers = {
        marker: _box_around(zone, at - AROUND_MARKER_M, at + AROUND_MARKER_M, -0.35).whole(fine)
        for marker, at in zone.markers.items()
    }
    return Corridor(box, step, x_m, trunk, rows_per_m, markers, fine)


def shrink(luma: NDArray[np.uint8], step: int) -> NDArray[np.uint16]:
    """Sum `step` x `step` blocks.

    Args:
        luma: Shape (rows, columns), both multiples of `step`.
        step: Block size, at most 16 (sums stay within 16 bits).

    Returns:
        Shape (rows / step, columns / step).
    """
    if step == 2:  # twice as fast: both bytes of a word at once
        words = np.ascontiguousarray(luma).view(np.uint16)
        pairs = (words & np.uint16(0xFF)) + (words >> np.uint16(8))
        return pairs[0::2] + pairs[1::2]
    rows = luma[0::step].astype(np.uint16)
    for k in range(1, step):
        rows += luma[k::step]
    sums = rows[:, 0::step].copy()
    for k in range(1, step):
        sums += rows[:, k::step]
    return sums


def _box_around(zone: Zone, from_m: float, to_m: float, lowest_m: float) -> Box:
    x = np.linspace(from_m, to_m, 60)
    u, v = zone.to_pixel(x[:, None], 0.0, np.array([lowest_m, TALLEST_M + 0.2])[None, :])
    width, height = zone.profile.picture_px
    u, v = u[np.isfinite(u)], v[np.isfinite(v)]
    return Box(
        top=int(np.clip(np.floor(v.min()), 0, height - 1)),
        bottom=int(np.clip(np.ceil(v.max()) + 1, 1, height)),
        left=int(np.clip(np.floor(u.min()), 0, width - 1)),
        right=int(np.clip(np.ceil(u.max()) + 1, 1, width)),
    )
