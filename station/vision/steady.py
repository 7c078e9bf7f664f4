"""A clip as a camera that neither shakes nor blinks would have taken it.

It measures, from what stands still around the runner, how far each frame is shifted and how much
brighter it is than a reference, and undoes both. A tripod in still air gives nothing to undo, and
then nothing is touched. It follows shifts, not turns: a few pixels of a hand's tremor, a drift, a
bump.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.bilinear import bilinear
from station.vision.clip import blocks

Array = NDArray[np.float64]
Float = NDArray[np.float32]

STILL_PX = 0.12  # smaller shifts are this measurement's own noise
STILL_GAIN = 0.004
ROUNDS = 4
FARTHEST_PX = 40.0
LEAST_GAIN = 0.85  # shifting must make the frames this much more like the reference
LEAST_SLOPE = 2.0  # grey levels per pixel: a gentler slope is shading and codec, not an edge
LEAST_COLUMNS = 0.2  # share of the columns that must have edges to vote


@dataclass(frozen=True, slots=True)
class Steadied:
    """Frames brought to a reference, and what that took.

    Attributes:
        luma: Shape (frames, rows, columns), float32.
        shift_px: Rows and columns by which each frame's picture lay off, shape (frames, 2).
    """

    luma: Float
    shift_px: Array


def smooth(frames: NDArray[np.uint8] | Float) -> Float:
    """Weigh each pixel with its neighbours by 1-2-1 both ways: less noise, no shift."""
    count, height, width = frames.shape
    smoothed = np.empty((count, height, width), np.float32)
    edged = np.empty((height + 2, width + 2), np.float32)
    for frame, both in zip(frames, smoothed, strict=True):
        edged[1:-1, 1:-1] = frame
        edged[0], edged[-1] = edged[1], edged[-2]
        edged[:, 0], edged[:, -1] = edged[:, 1], edged[:, -2]
        rows = edged[1:-1] * np.float32(2)
        rows += edged[:-2]
        rows += edged[2:]
        np.multiply(rows[:, 1:-1], np.float32(2), out=both)
        both += rows[:, :-2]
        both += rows[:, 2:]
        both *= np.float32(1 / 16)
    return smoothed


def steady_light(frames: Float, reference: Float) -> Float:
    """Scale every frame to the brightness of a reference.

    Args:
        frames: Shape (frames, rows, columns).
        reference: Shape (rows, columns).

    Returns:
        The frames, scaled where the light differs by more than the measurement's noise.
    """
    some = reference[::3, ::5]
    divisor = np.maximum(some, 8.0)
    usual = float(np.median(some / divisor))
    ratio = np.median(frames[:, ::3, ::5] / divisor, axis=(1, 2)) / max(usual, 1e-3)
    if usual < 0.5 or ratio.min() < 0.1 or np.abs(ratio - 1).max() < STILL_GAIN:
        return frames  # … or it is too dark to tell
    result: Float = (frames / ratio[:, None, None]).astype(np.float32)
    return result


def steady(frames: Float, reference: Float, ground: NDArray[np.bool_]) -> Steadied:
    """Shift every frame to where a reference shows the same ground.

    Args:
        frames: Shape (frames, rows, columns).
        reference: Shape (rows, columns).
        ground: Which columns of each frame show no runner, shape (frames, columns).

    Returns:
        The frames and their shifts.
    """
    still = Steadied(frames, np.zeros((len(frames), 2)))
    if np.abs(_step(frames[::3], reference, ground[::3])).max() < STILL_PX:
        return still
    shift = still.shift_px.copy()
    for size in (8, 4, 2, 1):
        coarse, seen = blocks(frames, size), blocks(reference[None], size)[0]
        columns = ground[:, : seen.shape[1] * size : size]
        for _ in range(ROUNDS):
            step = _step(_moved(coarse, shift / size), seen, columns) * size
            shift = np.clip(
                shift + np.clip(step, -2.0 * size, 2.0 * size), -FARTHEST_PX, FARTHEST_PX
            )
            if np.abs(step).max() < 0.02:
                break
    moved = _moved(frames, shift)
    before, after = (_unlike(some, reference, ground) for some in (frames, moved))
    return Steadied(moved, shift) if after < LEAST_GAIN * before else still


def _unlike(frames: Float, reference: Float, ground: NDArray[np.bool_]) -> float:
    """Mean difference from the reference where there is ground."""
    by_column = np.abs(frames - reference).mean(axis=1)
    return float((by_column * ground).sum() / max(int(ground.sum()), 1))


def _step(frames: Float, reference: Float, ground: NDArray[np.bool_]) -> Array:
    """Rows and columns by which each frame seems to lie off, to first order, shape (frames, 2).

    Every column of pixels votes with the strength of its edges, and the median vote counts: a
    passer-by, a shadow or a tree that moves by itself is outvoted.
    """
    rest = frames - reference
    votes = []
    for slope in np.gradient(reference):
        grade = np.where(np.abs(slope) > LEAST_SLOPE, slope, 0)
        strength = np.einsum("rc,rc->c", grade, grade)
        if np.count_nonzero(strength) < LEAST_COLUMNS * len(strength):
            votes.append(np.zeros(len(frames)))
            continue
        pull = -np.einsum("nrc,rc->nc", rest, grade)
        shift = pull / np.maximum(strength, 1e-6)
        votes.append(_weighted_median(shift, ground * strength))
    return np.stack(votes, axis=1)


def _weighted_median(values: Array, weight: Array) -> Array:
    """Along the last axis; zero where there is no weight."""
    order = np.argsort(values, axis=1)
    total = np.cumsum(np.take_along_axis(weight, order, axis=1), axis=1)
    half = (total < 0.5 * total[:, -1:]).sum(axis=1)
    half = np.minimum(half, values.shape[1] - 1)
    found = np.take_along_axis(values, np.take_along_axis(order, half[:, None], 1), 1)[:, 0]
    return np.where(total[:, -1] > 0, found, 0.0)


def _moved(frames: Float, shift: Array) -> Float:
    """Each frame sampled `shift` rows and columns further on; edges repeat."""
    _, rows, columns = frames.shape
    down, along = shift[:, 0, None, None], shift[:, 1, None, None]
    return bilinear(frames, np.arange(rows)[:, None] + down, np.arange(columns) + along)
