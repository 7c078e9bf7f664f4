"""What holds still among patches, and how each patch must be moved to hold still with it.

First the body as a whole, along the lane only; then a single body point, both ways, to a fraction
of a cell. It knows no metres and no time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from station.vision.patches import sample

Array = NDArray[np.float64]
Float = NDArray[np.float32]

MARGIN = 3  # rows beyond a region that help to register it
ROUNDS = 10
SETTLED = 0.01  # cells
FARTHEST = 6.0  # cells that a body point may lie off its predicted place
ALIKE = 2.5  # a patch that differs from the mean more than so many times the usual is left out


@dataclass(frozen=True, slots=True)
class Region:
    """The part of the patches that shows one body point: rows `top:bottom`, columns `left:right`.

    Attributes:
        contrast: How strongly it stands out of the background, grey levels.
    """

    top: int
    bottom: int
    left: int
    right: int
    contrast: float


@dataclass(frozen=True, slots=True)
class Registered:
    """A body point in every patch.

    Attributes:
        row: Where its middle is, cells from the patch's top, shape (frames,).
        col: The same from the patch's first column.
        alike: Which patches showed it, shape (frames,), bool.
        mean: How much of each cell it covers, 0 to 1, from `MARGIN` rows above the region on.
        middle: Row and column of its middle in `mean`.
    """

    row: Array
    col: Array
    alike: NDArray[np.bool_]
    mean: Float
    middle: tuple[float, float]


def register(cover: Float, region: Region) -> Registered:
    """Register a region in every patch to the mean of all.

    Args:
        cover: How much of each cell is covered, 0 to 1, shape (frames, heights, widths).
        region: Where the body point is, about.

    Returns:
        Where it is in each.
    """
    rows = np.arange(region.top - MARGIN, region.bottom + MARGIN)
    cols = np.arange(region.left, region.right)
    shift = np.zeros((len(cover), 2))

    def moved() -> Float:
        return sample(cover, rows[:, None] + shift[:, :1, None], cols[None, :] + shift[:, 1:, None])

    alike = np.ones(len(cover), bool)
    seen = moved()
    for _ in range(ROUNDS):
        mean = seen[alike].mean(axis=0)
        grade = np.stack([g.ravel() for g in np.gradient(mean)], axis=1)
        normal = grade.T @ grade
        normal += np.eye(2) * (0.02 * normal[1, 1] + 1e-6)
        rest = (seen - mean).reshape(len(cover), -1)
        misfit = np.sqrt((rest**2).mean(axis=1))
        alike = misfit <= ALIKE * np.median(misfit)
        step = -np.linalg.solve(normal, grade.T @ rest.T).T
        step[:, 0] -= step[alike, 0].mean()
        shift = np.clip(shift + np.clip(step, -1, 1), -FARTHEST, FARTHEST)
        seen = moved()
        if np.abs(step[alike]).max() < SETTLED:
            break
    mean = seen[alike].mean(axis=0)
    solid = np.clip((mean[MARGIN:-MARGIN] - 0.25) / 0.5, 0, 1)
    weight = float(solid.sum()) or 1.0
    row = float(solid.sum(axis=1) @ np.arange(len(solid))) / weight
    col = float(solid.sum(axis=0) @ np.arange(len(cols))) / weight
    return Registered(
        row=region.top + row + shift[:, 0],
        col=region.left + col + shift[:, 1],
        alike=alike,
        mean=mean,
        middle=(MARGIN + row, col),
    )


def align(columns: Float, instants_s: Array, farthest: int) -> tuple[float, float]:
    """Find the even motion that holds a body still.

    Args:
        columns: How full each column of each patch is, shape (frames, widths).
        instants_s: When, shape (frames,).
        farthest: How many cells a body may lie off.

    Returns:
        Cells by which the body lies ahead at instant 0, and cells per second.
    """
    offset, slope = 0.0, 0.0
    mean: Array = np.zeros(columns.shape[1])
    weight = columns.sum(axis=1).astype(np.float64) + 1e-3
    cells = np.arange(float(columns.shape[1]))
    for _ in range(4):
        shift = offset + slope * instants_s
        at = np.clip(cells + shift[:, None], 0, len(cells) - 1.001)
        left = at.astype(np.intp)
        part = at - left
        index = np.arange(len(columns))[:, None]
        moved = columns[index, left] * (1 - part) + columns[index, left + 1] * part
        mean = moved.mean(axis=0)
        padded = np.pad(moved, ((0, 0), (farthest, farthest)))
        scores = np.einsum("nkc,c->nk", sliding_window_view(padded, len(cells), axis=1), mean)
        offset, slope = _robust_line(instants_s, shift + _peaks(scores) - farthest, weight)
    strong = np.maximum(mean - 0.3 * mean.max(), 0)
    middle = float((strong * cells).sum() / max(float(strong.sum()), 1e-6))
    return offset + middle - (len(cells) - 1) / 2, slope


def _peaks(scores: Array) -> Array:
    """Where each row is highest, to a fraction of a column."""
    top = scores.argmax(axis=1)
    inner = np.clip(top, 1, scores.shape[1] - 2)
    before, best, after = (scores[np.arange(len(scores)), inner + beside] for beside in (-1, 0, 1))
    bend = before - 2 * best + after
    bent = (top == inner) & (bend < 0)
    part = np.divide(0.5 * (before - after), bend, out=np.zeros(len(bend)), where=bent)
    peaks: Array = top + part
    return peaks


def _robust_line(t: Array, y: Array, weight: Array) -> tuple[float, float]:
    """Straight line through points, some of them wrong: offset and slope."""
    trust = weight
    for _ in range(5):
        share = trust / trust.sum()
        since = t - share @ t
        slope = float(share @ (since * y) / (share @ since**2 + 1e-9))
        offset = float(share @ y - slope * (share @ t))
        rest = np.abs(y - offset - slope * t)
        spread = max(float(np.sort(rest)[len(rest) // 2]), 0.3)
        trust = weight / (1 + (rest / (2 * spread)) ** 2)
    return offset, slope
