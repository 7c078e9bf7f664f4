"""How the camera is held and how it moves: it trembles, sways, drifts in a hand, gets kicked.

It decides the picture's shift and turn at any instant, and which way up the picture is stored. The
calibration speaks of the picture before all that; only the sway of a frame's own instant moves it,
the kick lasts.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from station.simulator.camera import Camera, picture_motion
from station.simulator.scene import Scene


class Mount:
    """What holds the camera."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self._scene, self._rng = scene, rng
        self._waves = [
            (amplitude_px, rng.uniform(low_hz, high_hz, 3), rng.uniform(0, 2 * math.pi, 3))
            for amplitude_px, low_hz, high_hz in (
                (scene.shake_px, 0.2, 0.6),
                (scene.shake_px * 0.4, 1.0, 3.0),
                (scene.hand_held_px, 0.04, 0.12),
                (scene.hand_held_px * 0.35, 0.3, 0.9),
                (scene.hand_held_px * 0.06, 2.0, 6.0),
            )
            if amplitude_px
        ]
        kick = rng.uniform(0, 2 * math.pi)
        self._kick = np.array([math.cos(kick), math.sin(kick), 0.04 * rng.choice([-1, 1])])
        widest_px = scene.hand_held_px * 1.41 + scene.shake_px * 2.2
        widest_px += 1.8 * scene.bump_px if scene.bump_s is not None else 0.0
        turned_px = math.radians(0.06 * widest_px) * max(scene.size_px)
        self.pad_px = 2 * math.ceil((widest_px + turned_px + 4) / 2) if widest_px else 0

    def motion(self, instant_s: float) -> tuple[float, float, float]:
        """Give the picture's shift to the right and down in pixels, and its turn in degrees."""
        moved = np.zeros(3)
        for amplitude_px, rates_hz, phases in self._waves:
            moved += amplitude_px * np.sin(2 * math.pi * rates_hz * instant_s + phases)
        if self._scene.shake_px:
            tremble = np.clip(self._rng.standard_normal(3), -3, 3)
            moved += 0.2 * self._scene.shake_px * tremble
        moved[2] *= 0.012  # degrees of turn that go with a pixel of shift
        if self._scene.bump_s is not None:
            since_s = instant_s / self._scene.capture_scale - self._scene.bump_s
            if since_s > 0:
                swing = 1 - math.exp(-since_s / 0.08) * math.cos(2 * math.pi * 7 * since_s)
                moved += self._scene.bump_px * swing * self._kick
        right_px, down_px, turn_deg = (float(part) for part in moved)
        return right_px, down_px, turn_deg


def moved_background(
    padded: NDArray[np.uint8], camera: Camera, pad_px: int, motion: tuple[float, float, float]
) -> NDArray[np.uint8]:
    """Cut the picture that a moved camera sees out of a padded background.

    Args:
        padded: Planes with `pad_px` more on every side.
        camera: The camera at rest.
        pad_px: Even.
        motion: Shift and turn as `Mount.motion` gives them.
    """
    width_px, height_px = camera.size_px
    wide_px, high_px = width_px + 2 * pad_px, height_px + 2 * pad_px
    back = np.asarray(np.linalg.inv(picture_motion(camera.size_px, *motion)), np.float64)[:2]
    back[:, 2] += pad_px
    planes = np.empty((height_px * 3 // 2, width_px), np.uint8)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(padded[:high_px], back, (width_px, height_px), planes[:height_px], how)
    # A colour sample lies between its four brightness samples: at 2 c + 0.5 of their pixels.
    halved = back.copy()
    halved[:, 2] = (back[:, :2] @ (0.5, 0.5) + back[:, 2] - 0.5) / 2
    source = padded[high_px:].reshape(2, high_px // 2, wide_px // 2)
    target = planes[height_px:].reshape(2, height_px // 2, width_px // 2)
    for colour, seen in zip(source, target, strict=True):
        size = (width_px // 2, height_px // 2)
        cv2.warpAffine(colour, halved, size, seen, cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return planes


def turned(planes: NDArray[np.uint8], clockwise_deg: int) -> NDArray[np.uint8]:
    """Store a picture so that it has to be turned clockwise by so much to be upright."""
    if not clockwise_deg:
        return planes
    quarters = clockwise_deg // 90
    width_px, height_px = planes.shape[1], planes.shape[0] * 2 // 3
    colours = planes[height_px:].reshape(2, height_px // 2, width_px // 2)
    y = np.rot90(planes[:height_px], quarters)
    parts = [y.ravel(), *(np.rot90(colour, quarters).ravel() for colour in colours)]
    return np.concatenate(parts).reshape(y.shape[0] * 3 // 2, y.shape[1])
