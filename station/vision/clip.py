"""A bounded clip around one marker, and what stands behind the runner in it.

A clip is all that timing ever sees: cut from a file, a ring or a stored recording, it gives the
same digits. The background of a place is the median of the frames in which the runner is
elsewhere, so it needs no empty picture, no learning time, and forgets yesterday's light.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from station.vision.corridor import Box

Array = NDArray[np.float64]

CLEAR_OF_BODY_M = 1.1  # from the trunk's middle to the tip of the farthest limb, and some blur
REPEAT = 0.25  # a repeated picture changes less than this share of what its neighbours change
NEIGHBOURS = 3
BLOCK = 6
BACKGROUND_FRAMES = 15
COLUMNS_AT_A_TIME = 12
LEAST_NOISE = 0.6  # grey levels: codecs freeze a still picture, which is not the camera's noise


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames around one marker.

    Attributes:
        instants_s: Real seconds of each frame's row 0, shape (frames,), increasing.
        luma: Shape (frames, rows, columns), uint8 or float32: the marker's box of each frame.
        box: Where in the picture it was cut.
        step: Pixels of the picture per row and column of `luma`.
        anchor: The same box when the cones were placed, shape (rows, columns): what a shift of
            the camera is measured against. None: against the clip itself.
        rotation_deg: Clockwise turn that made the picture upright: it tells which way the rolling
            shutter went.
    """

    instants_s: Array
    luma: NDArray[np.uint8] | NDArray[np.float32]
    box: Box
    step: int = 1
    anchor: NDArray[np.uint8] | NDArray[np.float32] | None = None
    rotation_deg: int = 0

    @property
    def columns_px(self) -> Array:
        """Where the columns' middles lie in the picture, shape (columns,)."""
        return (
            self.box.left + self.step * np.arange(float(self.luma.shape[2])) + (self.step - 1) / 2
        )

    def cells(self, rows_px: Array, columns_px: Array) -> tuple[Array, Array]:
        """Turn places in the picture into places in `luma`."""
        middle = (self.step - 1) / 2
        return (
            (rows_px - self.box.top - middle) / self.step,
            (columns_px - self.box.left - middle) / self.step,
        )

    def where(self, chosen: NDArray[np.bool_] | slice) -> Clip:
        """The chosen frames alone."""
        return replace(self, instants_s=self.instants_s[chosen], luma=self.luma[chosen])

    def thinned(self, frame_s: float, size: int) -> Clip:
        """At most a frame every so many seconds, `size` x `size` pixels averaged into one."""
        usual_s = float(np.median(np.diff(self.instants_s)))
        each = max(1, round(frame_s / usual_s))
        luma = blocks(self.luma[::each].astype(np.float32), size)
        return Clip(self.instants_s[::each], luma, self.box, self.step * size)

    def without_repeats(self) -> Clip:
        """The same clip without the frames that show their predecessor again.

        Cameras that fall behind, and slow motion made by repetition, show a picture twice; its
        true time is that of its first showing. Pictures of nobody may go too, just before
        somebody comes: they show nothing new.
        """
        if len(self.luma) < 2:
            return self
        # The place that changes most is the runner, who is somewhere else in every new picture.
        change = np.array(
            [
                blocks(np.abs(a.astype(np.float32) - b)[None], BLOCK).max(initial=0)
                for a, b in zip(self.luma[1:], self.luma[:-1], strict=True)
            ]
        )
        around = sliding_window_view(np.pad(change, NEIGHBOURS, mode="edge"), 2 * NEIGHBOURS + 1)
        return self.where(np.concatenate([[True], change > REPEAT * around.max(axis=1)]))

    def at_most(self, frames: int) -> Clip:
        """Every frame, or every second, third …, so that no more than so many are left."""
        each = -(-len(self.instants_s) // frames) or 1
        return replace(self, instants_s=self.instants_s[::each], luma=self.luma[::each])


def blocks(frames: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Means of `size` x `size` pixels, whole blocks alone."""
    rows, columns = (size * (extent // size) for extent in frames.shape[1:])
    high = frames[:, 0:rows:size, :columns].copy()
    for k in range(1, size):
        high += frames[:, k:rows:size, :columns]
    both = high[:, :, 0::size].copy()
    for k in range(1, size):
        both += high[:, :, k::size]
    both *= np.float32(1 / size**2)
    return both


def median_of(frames: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Median of each pixel over the frames, in a third of the time of `np.median`."""
    ordered = np.sort(frames, axis=0)
    middle = len(frames) // 2
    half = np.float32(0.5)
    result: NDArray[np.float32] = half * ordered[middle] + half * ordered[-1 - middle]
    return result


@dataclass(frozen=True, slots=True)
class Background:
    """The clip without the runner.

    Attributes:
        luma: Shape (rows, columns), float32.
        noise: Standard deviation of each pixel about it, shape (rows, columns), float32.
    """

    luma: NDArray[np.float32]
    noise: NDArray[np.float32]


def background_of(clip: Clip, body_x_m: Array, column_x_m: Array) -> Background:
    """See behind the runner.

    Args:
        clip: The frames.
        body_x_m: Where the runner's trunk is in each frame, shape (frames,).
        column_x_m: Where each column of the clip lies, same coordinate, shape (columns,).

    Returns:
        Median and spread of each pixel over frames in which the runner is elsewhere.
    """
    _, rows, columns = clip.luma.shape
    luma = np.empty((rows, columns), np.float32)
    noise = np.empty((rows, columns), np.float32)
    for left in range(0, columns, COLUMNS_AT_A_TIME):
        part = slice(left, min(left + COLUMNS_AT_A_TIME, columns))
        away = np.abs(body_x_m - column_x_m[part].mean())
        chosen = np.flatnonzero(away > CLEAR_OF_BODY_M)
        if len(chosen) < 5:
            chosen = np.sort(np.argsort(-away, kind="stable")[:5])
        if len(chosen) > BACKGROUND_FRAMES:
            chosen = chosen[np.linspace(0, len(chosen) - 1, BACKGROUND_FRAMES).round().astype(int)]
        seen = np.moveaxis(clip.luma[chosen, :, part], 0, -1).astype(np.float32, order="C")
        seen.sort(axis=-1)
        middle, quarter = len(chosen) // 2, len(chosen) // 4
        luma[:, part] = 0.5 * (seen[..., middle] + seen[..., -1 - middle])
        noise[:, part] = (seen[..., -1 - quarter] - seen[..., quarter]) / 1.35
    usual = float(np.median(noise))
    return Background(luma, np.maximum(noise, max(usual, LEAST_NOISE)))
