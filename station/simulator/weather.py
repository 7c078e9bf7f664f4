"""What the sky does to a picture: light that changes, leaves in the wind, rain.

It decides how each alters a frame's planes, in place. People and their shadows are painted
elsewhere.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from station.simulator.camera import Camera
from station.simulator.scene import Scene

Planes = NDArray[np.uint8]

DIM_LIGHT = 0.38
"""Brightness of a dim scene's picture beside a sunny one's."""


class Light:
    """How bright the picture is at an instant."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self._scene = scene
        self._phase = rng.uniform(0, 2 * math.pi)
        self._period_s = rng.uniform(12, 25)

    def gain(self, instant_s: float) -> float:
        """Brightness as a part of the normal one."""
        gain = DIM_LIGHT if self._scene.dim else 1.0
        turn = 2 * math.pi * instant_s / self._period_s + self._phase
        gain *= 1 + self._scene.light_drift * math.sin(turn)
        if self._scene.cloud_s is not None:
            since_s = instant_s / self._scene.capture_scale - self._scene.cloud_s
            edges = [1 / (1 + math.exp(-(since_s - at_s) / 0.35)) for at_s in (1.2, 5.2)]
            gain *= 1 - 0.4 * (edges[0] - edges[1])
        return gain

    def shine_on(self, planes: Planes, instant_s: float) -> None:
        """Scale brightness and colour."""
        gain = self.gain(instant_s)
        if gain == 1.0:
            return
        height_px = planes.shape[0] * 2 // 3
        levels = np.arange(256.0)
        for part, dark in ((planes[:height_px], 16.0), (planes[height_px:], 128.0)):
            table = np.rint(np.clip(dark + gain * (levels - dark), 0, 255)).astype(np.uint8)
            cv2.LUT(part, table, dst=part)


class Leaves:
    """A part of the background that moves in the wind, each twig by itself."""

    def __init__(
        self,
        background: Planes,
        box: tuple[int, int, int, int],
        reach_px: float,
        rng: np.random.Generator,
    ) -> None:
        left, top, right, bottom = box
        self._waves: list[tuple[float, NDArray[np.float32], NDArray[np.float32]]] = []
        if not reach_px:
            return
        self._rows, self._columns = slice(top, bottom), slice(left, right)
        self._still = background[self._rows, self._columns].copy()
        shape = self._still.shape
        v, u = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        self._u, self._v = u, v
        # No motion at the edge of the bush, so that nothing is torn there.
        away = np.hypot(u / max(shape[1] - 1, 1) * 2 - 1, v / max(shape[0] - 1, 1) * 2 - 1)
        calm = reach_px * np.clip(3 * (1 - away), 0, 1)
        for rate_hz, twig_px, part in ((0.37, 40, 1.0), (0.9, 22, 0.5), (1.6, 14, 0.3)):
            right_px, down_px = (part * calm * _smooth(rng, shape, twig_px) for _ in range(2))
            self._waves.append((rate_hz, right_px, down_px))

    def move(self, planes: Planes, instant_s: float) -> None:
        """Draw them as the wind has them now."""
        if not self._waves:
            return
        u, v = self._u.copy(), self._v.copy()
        for number, (rate_hz, right_px, down_px) in enumerate(self._waves):
            swing = math.sin(2 * math.pi * rate_hz * instant_s + number)
            u += swing * right_px
            v += math.sin(2 * math.pi * rate_hz * 1.13 * instant_s + 2 * number) * down_px
        moved = cv2.remap(self._still, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        planes[self._rows, self._columns] = moved


def _smooth(
    rng: np.random.Generator, shape: tuple[int, ...], coarse_px: int
) -> NDArray[np.float32]:
    """Draw a smooth random field: mean 0, standard deviation about 0.6."""
    cells = (max(2, shape[0] // coarse_px + 2), max(2, shape[1] // coarse_px + 2))
    grid = rng.standard_normal(cells).astype(np.float32)
    return np.asarray(cv2.resize(grid, shape[1::-1], interpolation=cv2.INTER_CUBIC), np.float32)


class Rain:
    """Streaks of rain before everything, new in every frame, prepared once."""

    _SPARE_PX = 131

    def __init__(self, scene: Scene, camera: Camera, rng: np.random.Generator) -> None:
        self._size_px, self._rng = scene.stored_px, rng
        shape = (scene.size_px[1] + self._SPARE_PX, scene.size_px[0] + self._SPARE_PX)
        self._tiles = [
            np.rot90(
                _streaks(shape, scene.rain, camera.f_px * scene.exposure_s, rng),
                scene.rotation_deg // 90,
            ).copy()
            for _ in range(4 if scene.rain else 0)
        ]

    def fall_on(self, planes: Planes) -> None:
        """Lay streaks over a frame."""
        if not self._tiles:
            return
        width_px, height_px = self._size_px
        row, column = self._rng.integers(self._SPARE_PX, size=2)
        tile = self._tiles[self._rng.integers(len(self._tiles))]
        y = planes[:height_px]
        cv2.add(y, tile[row : row + height_px, column : column + width_px], dst=y)


def _streaks(
    shape: tuple[int, int], strength: float, f_px_s: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw drops that fall at 7 m/s, most of them far away, as bright streaks."""
    tile = np.zeros(shape, np.uint8)
    drops = round(strength * shape[0] * shape[1] / 1000)
    away_m = 2.0 + 28.0 * np.sqrt(rng.random(drops))
    length_px = np.clip(7.0 * f_px_s / away_m, 2.0, 90.0)
    # A drop smears its light over its streak: short exposures show short, bright ones.
    bright = np.clip(90.0 / np.sqrt(length_px) * rng.uniform(0.3, 1.0, drops), 4, 110)
    slant = rng.normal(0.12, 0.03, drops)
    ends = np.stack([rng.uniform(0, shape[1], drops), rng.uniform(0, shape[0], drops)], axis=1)
    far = ends + np.stack([slant * length_px, length_px], axis=1)
    order = np.argsort(bright)
    for start, stop, level in zip(ends[order], far[order], bright[order], strict=True):
        a, b = (tuple(np.rint(point * 16).astype(int).tolist()) for point in (start, stop))
        cv2.line(tile, a, b, float(level), 1, cv2.LINE_AA, 4)
    return tile
