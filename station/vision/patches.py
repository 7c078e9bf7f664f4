"""The runner's surroundings cut out of every frame, in metres about where he is thought to be.

In this frame of reference he stands still and the world streams by. It resamples; it decides
nothing about who or what is in a patch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from station.bilinear import bilinear
from station.vision.clip import Background, Clip

Array = NDArray[np.float64]
Float = NDArray[np.float32]

HALF_WIDTH_M = 0.8
NOISE_FLOOR = 1.5  # standard deviations of the background that are no body
CELLS_AT_ONCE = 16_000  # look-ups that stay in the processor's cache, and in memory already used


@dataclass(frozen=True, slots=True)
class Patches:
    """One patch a frame. Cells are square, within what perspective allows.

    Attributes:
        excess: How much each point differs from the background, beyond its noise; shape
            (frames, heights, widths), grey levels.
        along_m: Shape (widths,): ahead of the predicted place, in the way of Marker 2 to 3.
        height_m: Shape (heights,), falling: above the ground.
        noise: Typical standard deviation of the background, grey levels.
        corners_px: Columns and rows in the picture of the four corner cells, shape
            (2, frames, 2, 2): column or row, frame, top or bottom, first or last.
    """

    excess: Float
    along_m: Array
    height_m: Array
    noise: float
    corners_px: Array

    @property
    def cell_m(self) -> float:
        """Width of a cell."""
        return float(self.along_m[1] - self.along_m[0])

    @property
    def drop_m(self) -> float:
        """Height of a cell."""
        return float(self.height_m[0] - self.height_m[1])

    def to_pixel(self, row: Array, col: Array) -> tuple[Array, Array]:
        """Where in the picture a place of each patch lies.

        Args:
            row: Cells from the top, broadcasting with shape (frames, ...).
            col: Cells from the first column.

        Returns:
            Columns and rows of the picture.
        """
        down, along = row / (len(self.height_m) - 1), col / (len(self.along_m) - 1)
        return _between(self.corners_px, down, along)


def cut_patches(
    clip: Clip,
    zone: Zone,
    background: Background,
    body_x_m: Array,
    at_m: float,
    heights_m: tuple[float, float],
) -> Patches:
    """Cut a patch out of each frame.

    Args:
        clip: The frames.
        zone: The calibration.
        background: What stands behind.
        body_x_m: Where the runner is thought to be, metres from Marker 2, shape (frames,).
        at_m: The marker, whose scale the cells take.
        heights_m: Lowest and highest point of the patches.

    Returns:
        The patches, at about the clip's own resolution.
    """
    scale = zone.px_per_m(at_m) / clip.step
    low_m, high_m = heights_m
    along_m = np.linspace(-HALF_WIDTH_M, HALF_WIDTH_M, max(9, round(2 * HALF_WIDTH_M * scale) + 1))
    height_m = np.linspace(high_m, low_m, max(9, round((high_m - low_m) * scale) + 1))
    x = body_x_m[:, None, None] + along_m[[0, -1]]
    corners_px = np.stack(zone.to_pixel(x, 0.0, height_m[[0, -1]][:, None]))
    down = np.arange(float(len(height_m)))[None, :, None] / (len(height_m) - 1)
    along = np.arange(float(len(along_m)))[None, None, :] / (len(along_m) - 1)
    floor = np.float32(NOISE_FLOOR) * background.noise
    found = np.empty((len(body_x_m), len(height_m), len(along_m)), np.float32)
    each = max(1, CELLS_AT_ONCE // found[0].size)
    for first in range(0, len(found), each):
        some = slice(first, first + each)
        excess = np.subtract(clip.luma[some], background.luma, dtype=np.float32)
        np.abs(excess, out=excess)
        excess -= floor
        np.maximum(excess, 0, out=excess)
        u, v = _between(corners_px[:, some], down, along)
        found[some] = sample(excess, *clip.cells(v, u))
    return Patches(found, along_m, height_m, float(np.median(background.noise)), corners_px)


def _between(corners_px: Array, down: Array, along: Array) -> tuple[Array, Array]:
    """Columns and rows of the picture, at shares of the way from corner to corner."""
    shape = (-1,) + (1,) * (np.ndim(down) - 1)
    u, v = (
        (c[:, 0, 0].reshape(shape) * (1 - along) + c[:, 0, 1].reshape(shape) * along) * (1 - down)
        + (c[:, 1, 0].reshape(shape) * (1 - along) + c[:, 1, 1].reshape(shape) * along) * down
        for c in corners_px
    )
    return u, v


def sample(frames: Float, rows: Array, cols: Array) -> Float:
    """Bilinear look-up.

    Args:
        frames: Shape (frames, height, width).
        rows: Shape (frames, ...).
        cols: Shape (frames, ...), broadcasting with `rows`.

    Returns:
        Values, zero outside the frames; shape of `rows` and `cols` together.
    """
    _, height, width = frames.shape
    inside = (rows >= 0) & (rows <= height - 1) & (cols >= 0) & (cols <= width - 1)
    found = bilinear(frames, rows, cols)
    found *= inside
    return found
