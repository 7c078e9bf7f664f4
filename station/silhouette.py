"""What of a body point was seen at a marker, so that the same point is timed at both (pure).

Hair that melts into dark trees at one marker and stands out against the sky at the other moves the
middle of a head by centimetres. So the two heads of a run are laid over each other: what moves is
the point, and what does not fit tells how far to trust it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.bilinear import bilinear

Array = NDArray[np.float64]

GRID_M = 0.015
REACH_M = 0.20
FURTHEST_M = 0.12
HIDDEN = 0.35  # difference of cover from which one of the two is taken to be hidden


@dataclass(frozen=True, slots=True)
class Silhouette:
    """How much of each point about a body point's middle is covered by the body.

    Attributes:
        cover: 0 to 1, shape (heights, widths).
        height_m: Above the ground, falling, shape (heights,).
        along_m: Ahead of the body point's middle in the way of Marker 2 to 3, shape (widths,).
    """

    cover: NDArray[np.float32]
    height_m: Array
    along_m: Array

    def on(self, height_m: Array, along_m: Array) -> Array:
        """The cover at other heights and places, shape (heights, widths); edges repeat."""
        row = np.interp(-height_m, -self.height_m, np.arange(len(self.height_m)))
        col = np.interp(along_m, self.along_m, np.arange(len(self.along_m)))
        (found,) = bilinear(self.cover[None], row[None, :, None], col[None, None, :])
        cover: Array = found.astype(np.float64)
        return cover


@dataclass(frozen=True, slots=True)
class Match:
    """How one silhouette lies on another.

    Attributes:
        ahead_m: How much farther ahead of its middle the second one's matter lies.
        misfit: Root mean square difference of cover that remains, 0 to 1.
    """

    ahead_m: float
    misfit: float


def match(first: Silhouette, second: Silhouette) -> Match:
    """Lay the second silhouette over the first."""
    top = min(first.height_m[0], second.height_m[0])
    bottom = max(first.height_m[-1], second.height_m[-1])
    height = np.arange(top, bottom, -GRID_M)
    along = np.arange(-REACH_M, REACH_M + GRID_M / 2, GRID_M)
    if len(height) < 4:
        return Match(0.0, 1.0)
    fixed = first.on(height, along)
    shift = np.zeros(2)
    misfit = 1.0
    for _ in range(60):
        moved = second.on(height + shift[0], along + shift[1])
        mean = 0.5 * (fixed + moved)
        grade = np.stack(
            [-np.gradient(mean, GRID_M, axis=0).ravel(), np.gradient(mean, GRID_M, axis=1).ravel()],
            axis=1,
        )
        rest = (moved - fixed).ravel()
        misfit = float(np.sqrt(np.mean(rest**2) / max(float(np.mean(mean**2)), 1e-6)))
        # Where one of them is hidden they differ much, and that must not pull the rest along.
        pull = (grade / (1 + (rest / HIDDEN) ** 2)[:, None]).T
        step = -np.linalg.solve(pull @ grade + 1e-3 * np.eye(2), pull @ rest)
        shift = np.clip(shift + np.clip(step, -0.02, 0.02), -FURTHEST_M, FURTHEST_M)
        if np.abs(step).max() < 2e-5:
            break
    return Match(float(shift[1]), misfit)
