"""Values between the cells of a grid: the one bilinear look-up (pure).

It knows no picture, no metre and no time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Float = NDArray[np.float32]


def bilinear(grids: Float, rows: Array, cols: Array) -> Float:
    """Look between the cells of each grid; beyond its edges they repeat.

    Args:
        grids: Shape (grids, height, width), both of them at least 2.
        rows: Shape (grids, ...), cells from the first row.
        cols: Shape (grids, ...), broadcasting with `rows`.

    Returns:
        Values; shape of `rows` and `cols` together.
    """
    count, height, width = grids.shape
    r = np.minimum(np.maximum(rows, 0), height - 1.001)  # np.clip takes longer
    c = np.minimum(np.maximum(cols, 0), width - 1.001)
    top, left = r.astype(np.intp), c.astype(np.intp)
    down, along = (r - top).astype(np.float32), (c - left).astype(np.float32)
    flat = grids.reshape(-1)
    grid = np.arange(count).reshape((-1,) + (1,) * (rows.ndim - 1))
    base = (grid * height + top) * width + left
    upper, lower = (
        flat.take(row) * (1 - along) + flat.take(row + 1) * along for row in (base, base + width)
    )
    found: Float = upper * (1 - down) + lower * down
    return found
