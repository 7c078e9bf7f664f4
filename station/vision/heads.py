"""Heads that go side by side: which they are, and how each of them moves along.

Of two heads in neighbouring lanes one hides a part of the other, but never the face of the one
ahead nor the nape of the one behind. So each is followed by its outward half alone. It decides
how many heads can be told apart; it times nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.vision.patches import Patches
from station.vision.registration import MARGIN, Region

Array = NDArray[np.float64]
Float = NDArray[np.float32]

HELD = 0.5  # share of the frames that must show a cell for it to be the body's
HEADS_DIFFER_M = 0.22  # in height, at most, for two heads to be told from a head and a shoulder
LEAST_HEAD_M = 0.08
LEAST_CROWN_WIDTH_M = 0.06
HALF_HEAD_M = 0.10  # crown to face, and crown to nape
WITHIN_M = 0.30  # of its middle a head's outward edge is looked for
CORE_M = 0.03  # the half of a head that is followed reaches so far over its middle
WHOLE_M = 0.30  # from a head's middle, that show all of it and some air
AIR_M = 0.25  # between two heads' middles and the half-way line, from which both are seen whole


@dataclass(frozen=True, slots=True)
class Head:
    """One of two heads.

    Attributes:
        top: Its crown, cells from the patches' top.
        middle: Its middle, cells from their first column.
        outward: Away from the other head: 1 ahead, -1 behind.
        clear_m: How far over its middle, towards the other head, there is nothing but this one.
    """

    top: int
    middle: float
    outward: int
    clear_m: float


def crown_row(solid: NDArray[np.bool_], cell_m: float) -> int | None:
    """The topmost of three rows in which a head's width is solid."""
    wide = solid.sum(axis=1) * cell_m >= LEAST_CROWN_WIDTH_M
    tops = np.flatnonzero(wide[:-2] & wide[1:-1] & wide[2:])
    return int(tops[0]) if len(tops) else None


def heads_abreast(held: Float, patches: Patches) -> tuple[Head, Head] | None:
    """Tell the foremost head from the hindmost.

    Args:
        held: Share of the frames that show each cell, shape (heights, widths).
        patches: What it was held of.

    Returns:
        The one behind and the one ahead; None where only one can be seen.
    """
    crown = crown_row(held > HELD, patches.cell_m)
    if crown is None:
        return None
    solid = held[crown : crown + round(HEADS_DIFFER_M / patches.drop_m)] > HELD
    column = np.concatenate([[False], solid.sum(axis=0) >= 2, [False]]).astype(int)
    begins, ends = np.flatnonzero(np.diff(column) > 0), np.flatnonzero(np.diff(column) < 0)
    wide = (ends - begins) * patches.cell_m >= LEAST_HEAD_M
    begins, ends = begins[wide], ends[wide]
    if len(begins) < 2:
        return None
    half_way_m = float(begins[-1] + ends[-1] - begins[0] - ends[0]) / 4 * patches.cell_m
    clear_m = min(half_way_m, WHOLE_M) if half_way_m > AIR_M else CORE_M
    behind, ahead = (
        Head(crown + int(solid[:, a:b].any(axis=1).argmax()), (a + b - 1) / 2, outward, clear_m)
        for a, b, outward in ((begins[0], ends[0], -1), (begins[-1], ends[-1], 1))
    )
    return behind, ahead


def path_of(head: Head, patches: Patches, cover: Float, instants_s: Array, deep: int) -> Array:
    """Follow a head by its outward edge.

    Args:
        head: Which one.
        patches: Where it is looked for.
        cover: How much of each cell is covered, 0 to 1, shape (frames, heights, widths).
        instants_s: When, shape (frames,).
        deep: How many rows from the crown down show nothing but the head.

    Returns:
        How far ahead of its predicted place its middle is in each frame, metres, shape (frames,):
        a straight line.
    """
    band = cover[:, head.top : head.top + deep].mean(axis=1)
    cells = np.arange(band.shape[1])
    half, within = (round(m / patches.cell_m) for m in (HALF_HEAD_M, WITHIN_M))
    middle = np.full(len(band), head.middle)
    since_s = instants_s - instants_s.mean()
    for _ in range(3):
        beyond = head.outward * (cells - middle[:, None])
        open_air = (band < HELD) & (beyond > 0)
        reach = np.where(open_air, beyond, within).min(axis=1)
        seen = reach < within
        if np.count_nonzero(seen) < 3:
            break
        edge = middle[seen] + head.outward * (reach[seen] - half)
        slope, offset = _robust_line(since_s[seen], edge)
        middle = offset + slope * since_s
    path: Array = patches.along_m[0] + middle * patches.cell_m
    return path


def outward_half(head: Head, top: int, deep: int, patches: Patches, contrast: float) -> Region:
    """The region of a head that stands in the middle of its patches."""
    middle = (len(patches.along_m) - 1) / 2
    inner, outer = (middle + head.outward * m / patches.cell_m for m in (-head.clear_m, WHOLE_M))
    left, right = sorted((round(inner), round(outer)))
    top = max(top, MARGIN)
    return Region(top, top + deep, left, right + 1, contrast)


def _robust_line(t: Array, x: Array) -> tuple[float, float]:
    """Median slope over pairs, and the median offset (Theil and Sen)."""
    i, j = np.triu_indices(len(t), 1)
    slope = float(np.median((x[j] - x[i]) / (t[j] - t[i])))
    return slope, float(np.median(x - slope * t))
