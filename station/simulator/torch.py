"""A torch that somebody shows to the camera: when it shines, and what it does to a picture.

It decides rows as the rolling shutter has them: each gets the light of its own exposure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from station.simulator.paint import Exposure
from station.simulator.scene import Scene

Planes = NDArray[np.uint8]

TORCH_AWAY_S = 0.5
"""Between its last flash and whatever follows."""
LEVELS, SPOT_PX, GLARE_PX, GLARE = 220.0, 2.5, 25.0, 0.08


def flashing(scene: Scene, flashes: int, from_s: float) -> list[tuple[float, float]]:
    """When it is switched on and off, as unevenly as a hand does, real time."""
    rng = np.random.default_rng([scene.seed, 3, round(1000 * from_s)])
    on_s, off_s = rng.uniform(0.25, 0.45, flashes), rng.uniform(0.3, 0.6, flashes)
    ends_s = from_s + np.cumsum(on_s + off_s)
    return [(float(end - on), float(end)) for end, on in zip(ends_s, on_s, strict=True)]


class Torch:
    """It is held somewhere in the picture."""

    def __init__(self, scene: Scene, flashes: tuple[tuple[float, float], ...]) -> None:
        self._flashes = flashes
        rng = np.random.default_rng([scene.seed, 4, len(scene.sees), scene.sees == "marker3"])
        width_px, height_px = scene.stored_px
        column, row = rng.uniform(0.2, 0.8) * width_px, rng.uniform(0.25, 0.7) * height_px
        away_px = np.hypot(np.arange(width_px) - column, (np.arange(height_px) - row)[:, None])
        self._light = LEVELS * (
            np.exp(-0.5 * (away_px / SPOT_PX) ** 2)
            + GLARE * np.exp(-0.5 * (away_px / GLARE_PX) ** 2)
        )

    def shine_on(self, planes: Planes, exposure: Exposure) -> None:
        """Add its light to a frame, in place."""
        height_px = planes.shape[0] * 2 // 3
        middle_s = exposure.start_s + np.arange(height_px) * exposure.row_s
        lit = np.zeros(height_px)
        for on_s, off_s in self._flashes:
            begun_s = np.maximum(middle_s - exposure.exposure_s / 2, on_s)
            over_s = np.minimum(middle_s + exposure.exposure_s / 2, off_s)
            lit += np.maximum(over_s - begun_s, 0) / exposure.exposure_s
        if lit.any():
            bright = planes[:height_px] + lit[:, None] * self._light
            planes[:height_px] = np.rint(np.minimum(bright, 255))
