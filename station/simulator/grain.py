"""Noise of the sensor: new in every frame, prepared once.

It decides nothing else. Brightness only: the product reads no colour.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SPARE_PX = 97
"""A tile is larger than the picture by so much, and laid at a random offset."""


class Grain:
    """Normal noise of a given strength, from tiles laid at random offsets."""

    def __init__(self, size_px: tuple[int, int], sd: float, rng: np.random.Generator) -> None:
        self._size_px, self._rng = size_px, rng
        shape = (size_px[1] + _SPARE_PX, size_px[0] + _SPARE_PX)
        tiles = [
            np.rint(sd * rng.standard_normal(shape, np.float32)) for _ in range(3 if sd > 0 else 0)
        ]
        self._tiles = [
            (np.clip(tile, 0, 255).astype(np.uint8), np.clip(-tile, 0, 255).astype(np.uint8))
            for tile in tiles
        ]

    def add_to(self, planes: NDArray[np.uint8]) -> None:
        """Add a new draw of noise to a frame's brightness, in place."""
        if not self._tiles:
            return
        width_px, height_px = self._size_px
        bright, dark = self._tiles[self._rng.integers(len(self._tiles))]
        row, column = self._rng.integers(_SPARE_PX, size=2)
        y = planes[:height_px]
        cv2.add(y, bright[row : row + height_px, column : column + width_px], dst=y)
        cv2.subtract(y, dark[row : row + height_px, column : column + width_px], dst=y)
