"""Heads that go side by side: which they are, and how each of them moves along.

Of two heads in neighbouring lanes one hides a part of the other, but never the face of the one
ahead nor the nape of the one behind. So each is followed by its outward half alone. It decides
how many heads can be told apart; it times nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from station.vision.patches import Patches
from station.vision.registration import MARGIN, Region

Array = NDArray[np.float64]
Float = NDArray[np.float32]

HELD = 0.5  # share of the frames that must show a cell for it to be the body's
LEAST_CROWN_M = 0.9  # what is lower is no runner
LEAST_CROWN_WIDTH_M = 0.06
LEAST_DIP_M = 0.045  # of the sky between two heads
LEAST_APART_M = 0.18  # the middles of two heads
HEADS_DIFFER_M = 0.5  # in height, at most: a child beyond a man, seen from above
CROWN_M = 0.06  # below its top a crown is as wide as it is high
SHARP = 0.8  # share of the frames that show the core of one of the heads at least, …
LOWER_M = 0.15  # … and of one that is lower than the other: an arm and a thigh do not hold still
TRUNK_M = 0.6
TRUNK_SHARE = 0.78
ENOUGH_FRAMES = 20  # to see whether there are two
FASTER = (-0.08, -0.04, 0.0, 0.04, 0.08)  # of two runners one may be, and the nearer seems to be
BESIDE_M = 0.7  # who is not wholly within it was seen passing for himself
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
        middle: Its middle half-way through the frames, cells from their first column.
        gait: How fast it moves on about, cells per second.
        outward: Away from the other head: 1 ahead, -1 behind.
        clear_m: How far over its middle, towards the other head, there is nothing but this one.
    """

    top: int
    middle: float
    gait: float
    outward: int
    clear_m: float


def crown_row(solid: NDArray[np.bool_], cell_m: float) -> int | None:
    """The topmost of three rows in which a head's width is solid."""
    wide = solid.sum(axis=1) * cell_m >= LEAST_CROWN_WIDTH_M
    tops = np.flatnonzero(wide[:-2] & wide[1:-1] & wide[2:])
    return int(tops[0]) if len(tops) else None


def heads_abreast(
    cover: Float, instants_s: Array, speed_mps: float, patches: Patches
) -> list[tuple[Head, Head]]:
    """Tell two heads by the sky between them, and the trunks below them.

    Args:
        cover: How much of each cell is covered, 0 to 1, shape (frames, heights, widths).
        instants_s: When, shape (frames,).
        speed_mps: Of the patches.
        patches: Where it is looked for.

    Returns:
        The one behind and the one ahead, as each guess at their pace shows them, the clearest
        first; empty where only one can be seen.
    """
    each = -(-len(cover) // ENOUGH_FRAMES)
    cover, since_s = cover[::each], (instants_s - instants_s.mean())[::each]
    found = []
    for faster in FASTER:
        gait = faster * speed_mps / patches.cell_m
        held = slid(cover, np.rint(gait * since_s).astype(int)).mean(axis=0)
        dip_cells, heads = _two_heads(held, gait, patches)
        if heads is not None and dip_cells * patches.drop_m >= LEAST_DIP_M:
            found.append((dip_cells, heads))
    return [heads for _, heads in sorted(found, key=lambda one: -one[0])]


def slid(cover: Float, ahead: NDArray[np.intp]) -> Float:
    """Patches, each moved back by so many cells."""
    count, _, width = cover.shape
    columns = np.arange(width) + ahead[:, None]
    inside = (columns >= 0) & (columns < width)
    moved = cover[np.arange(count)[:, None], :, np.clip(columns, 0, width - 1)]
    moved[~inside] = 0
    result: Float = np.moveaxis(moved, 1, 2)
    return result


def _two_heads(
    held: Float, gait: float, patches: Patches
) -> tuple[float, tuple[Head, Head] | None]:
    """The deepest dip of the sky between two heads, in cells, and the heads."""
    cell_m, drop_m = patches.cell_m, patches.drop_m
    solid = (held > HELD) & (np.abs(patches.along_m) < BESIDE_M)
    sky = _skyline(solid, cell_m)
    crown = int(np.argmin(sky))
    if patches.height_m[min(sky[crown], len(solid) - 1)] < LEAST_CROWN_M:
        return 0.0, None
    best: tuple[float, int, int] = (0.0, crown, 1)
    for outward in (-1, 1):
        there = sky[crown::outward]
        dip = np.where(there < len(solid), np.maximum.accumulate(there) - there, 0)
        best = max(best, (float(dip.max()), crown + outward * int(dip.argmax()), outward))
    dip_cells, second, outward = best
    if (sky[second] - sky[crown]) * drop_m > HEADS_DIFFER_M:
        return 0.0, None
    deep = min(round(CROWN_M / drop_m), round(dip_cells) - 1)
    peaks = [_peak(sky, column, deep) for column in (crown, second)]
    farthest_m = max(abs(patches.along_m[round(middle)]) for middle in peaks)
    if farthest_m + HALF_HEAD_M > BESIDE_M:
        return 0.0, None
    if abs(peaks[1] - peaks[0]) * cell_m < LEAST_APART_M or not all(
        _has_trunk(solid, sky, middle, patches) for middle in peaks
    ):
        return 0.0, None
    sharp = [_sharpness(held, sky, middle, patches) for middle in peaks]
    is_lower = (sky[second] - sky[crown]) * drop_m > LOWER_M
    if (sharp[1] if is_lower else max(sharp)) < SHARP:
        return 0.0, None
    half_way_m = abs(peaks[1] - peaks[0]) / 2 * cell_m
    clear_m = min(half_way_m, WHOLE_M) if half_way_m > AIR_M else CORE_M
    first, other = (
        Head(int(sky[column]), middle, gait, side, clear_m)
        for column, middle, side in zip((crown, second), peaks, (-outward, outward), strict=True)
    )
    return dip_cells, ((other, first) if outward < 0 else (first, other))


def _skyline(solid: NDArray[np.bool_], cell_m: float) -> NDArray[np.intp]:
    """The topmost row of each column that is solid a crown's width and three rows deep."""
    half = round(LEAST_CROWN_WIDTH_M / 2 / cell_m)
    deep = solid[:-2] & solid[1:-1] & solid[2:]
    padded = np.pad(deep, ((0, 0), (half, half)))
    wide = sliding_window_view(padded, 2 * half + 1, axis=1).all(axis=2)
    return np.where(wide.any(axis=0), wide.argmax(axis=0), len(solid))


def _peak(sky: NDArray[np.intp], column: int, deep: int) -> float:
    """The middle of the columns about one whose sky is hardly lower."""
    low = sky > sky[column] + deep
    left = np.flatnonzero(low[:column])
    right = np.flatnonzero(low[column:])
    first = left[-1] + 1 if len(left) else 0
    last = column + right[0] - 1 if len(right) else len(sky) - 1
    return float(first + last) / 2


def _has_trunk(
    solid: NDArray[np.bool_], sky: NDArray[np.intp], middle: float, patches: Patches
) -> bool:
    """Whether what stands below a peak is a body, and no hand held up."""
    column = round(middle)
    half, deep = round(HALF_HEAD_M / patches.cell_m), round(TRUNK_M / patches.drop_m)
    below = solid[sky[column] :, max(0, column - half) : column + half + 1][:deep]
    return bool((below.mean(axis=1) >= 0.5).mean() > TRUNK_SHARE)


def _sharpness(held: Float, sky: NDArray[np.intp], middle: float, patches: Patches) -> float:
    """How well a head holds still: a runner who was followed badly is a smear with two ends."""
    column = round(middle)
    half, deep = round(CORE_M / patches.cell_m), round(HALF_HEAD_M / patches.drop_m)
    core = held[sky[column] :, max(0, column - half) : column + half + 1][2 : deep + 2]
    return float(core.mean()) if core.size else 0.0


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
    since_s = instants_s - instants_s.mean()
    middle = head.middle + head.gait * since_s
    for _ in range(3):
        beyond = head.outward * (cells - middle[:, None])
        open_air = (band < HELD) & (beyond > 0)
        reach = np.where(open_air, beyond - 0.5, within).min(axis=1)
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
