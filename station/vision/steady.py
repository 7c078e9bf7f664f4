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

from station.vision.clip import blocks

Array = NDArray[np.float64]
Float = NDArray[np.float32]

STILL_PX = 0.12  # smaller shifts are this measurement's own noise
STILL_GAIN = 0.004
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Steadied:
    """Frames brought to a reference, and what that took.

    Attributes:
        luma: Shape (frames, rows, columns), float32.
        shift_px: Rows and columns by which each frame's picture lay off, shape (frames, 2).
    """

    luma: Float
    shift_px: Array


def smooth(frames: Float) -> Float:
    """Weigh each pixel with its neighbours by 1-2-1 both ways: less noise, no shift."""
    padded = np.pad(frames, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    result: Float = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / np.float32(16)
    return result


def steady_light(frames: Float, reference: Float) -> Float:
    """Scale every frame to the brightness of a reference.

    Args:
        frames: Shape (frames, rows, columns).
        reference: Shape (rows, columns).

    Returns:
        The frames, scaled where the light differs by more than the measurement's noise.
    """
    some = reference[::3, ::5]
    ratio = np.median(frames[:, ::3, ::5] / np.maximum(some, 8.0), axis=(1, 2))
    ratio /= float(np.median(some / np.maximum(some, 8.0)))
    if np.abs(ratio - 1).max() < STILL_GAIN:
        return frames
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
    shift = np.zeros((len(frames), 2))
    if not _still(_step(frames, reference, ground)):
        for size in (8, 4, 2, 1):
            coarse = blocks(frames, size), blocks(reference[None], size)[0]
            columns = ground[:, : coarse[1].shape[1] * size : size]
            for _ in range(ROUNDS):
                moved = _moved(coarse[0], shift / size)
                step = _step(moved, coarse[1], columns) * size
                shift += np.clip(step, -2.0 * size, 2.0 * size)
                if np.abs(step).max() < 0.02:
                    break
    return Steadied(_moved(frames, shift) if shift.any() else frames, shift)


def _still(shift: Array) -> bool:
    return bool(np.abs(shift).max() < STILL_PX)


def _step(frames: Float, reference: Float, ground: NDArray[np.bool_]) -> Array:
    """One Gauss–Newton step: rows and columns by which each frame lies off, shape (frames, 2)."""
    down, along = np.gradient(reference)
    rest = frames - reference
    # Somebody else on the ground, or leaves: what is far off counts no more than what is near.
    limit = 4 * float(np.median(np.abs(rest[:, ::2, ::2]))) + 2
    np.clip(rest, -limit, limit, out=rest)
    pull = np.stack(
        [np.einsum("nrc,rc->nc", rest, down), np.einsum("nrc,rc->nc", rest, along)], axis=-1
    )
    grade = np.stack([down, along], axis=-1)
    bend = np.einsum("rci,rcj->cij", grade, grade)
    weight = ground.astype(np.float64)
    normal = np.einsum("nc,cij->nij", weight, bend) + 1e-3 * np.eye(2) * (1 + bend.sum() * 1e-3)
    step: Array = np.linalg.solve(normal, np.einsum("nc,ncj->nj", weight, pull)[..., None])[..., 0]
    return -step


def _moved(frames: Float, shift: Array) -> Float:
    """Each frame sampled `shift` rows and columns further on; edges repeat."""
    count, rows, columns = frames.shape
    r = np.clip(np.arange(rows)[None, :] + shift[:, :1], 0, rows - 1.001)
    c = np.clip(np.arange(columns)[None, :] + shift[:, 1:], 0, columns - 1.001)
    top, left = r.astype(np.intp), c.astype(np.intp)
    fr, fc = (r - top).astype(np.float32)[:, :, None], (c - left).astype(np.float32)[:, None, :]
    n = np.arange(count)[:, None, None]
    upper = frames[n, top[:, :, None], left[:, None, :]] * (1 - fc)
    upper += frames[n, top[:, :, None], left[:, None, :] + 1] * fc
    lower = frames[n, top[:, :, None] + 1, left[:, None, :]] * (1 - fc)
    lower += frames[n, top[:, :, None] + 1, left[:, None, :] + 1] * fc
    result: Float = upper * (1 - fr) + lower * fr
    return result
