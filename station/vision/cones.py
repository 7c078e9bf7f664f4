"""Where cones seem to stand in a picture: a proposal for a coach to check, never a calibration.

Marker cones share a colour that stands out from track and grass, taper upwards, and have one
height; so a pair at the left and a pair at the right whose heights agree in one perspective are
believed, and anything else is not. It knows orange, red and yellow cones only: white and blue ones
look too much like lines, tracks and sky.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone, fit_zone
from calibration.profile import Pixel, Profile
from hardware.errors import StationError

Floats = NDArray[np.float32]

LEVELS = range(16, 120, 8)  # of warmth: from a cone at dusk to one in the sun
LEAST_HEIGHT_PX = 5
LARGEST_HEIGHT = 0.2  # of the picture's height
SLENDER = (0.3, 1.4)  # width of the box by its height
LEAST_CONTRAST = 12.0
SHORTLIST = 40


@dataclass(frozen=True, slots=True)
class Cone:
    """Something that looks like a cone.

    Attributes:
        u_px: Column of the middle of its base.
        v_px: Row of its base.
        height_px: From base to tip.
        colour: Its two colour channels (Lab's a and b, neutral at 0).
        contrast: How much warmer it is than what is beside it.
    """

    u_px: float
    v_px: float
    height_px: float
    colour: tuple[float, float]
    contrast: float


def find_cones(picture: NDArray[np.uint8]) -> list[Cone]:
    """Everything in a picture that looks like a cone, the most conspicuous first.

    Args:
        picture: Blue, green, red; shape (height_px, width_px, 3), uint8.

    Returns:
        At most 40.
    """
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).astype(np.float32) - 128
    red, yellow = lab[..., 1], lab[..., 2]
    warmth = np.where(yellow > 0, np.hypot(np.maximum(red, 0), yellow), 0)
    found: dict[tuple[int, int], Cone] = {}
    for level in LEVELS:
        _, _, boxes, _ = cv2.connectedComponentsWithStats((warmth > level).astype(np.uint8))
        for left, top, width, height, area in boxes[1:].tolist():
            if not _cone_shaped(width, height, area, len(picture)):
                continue
            cone = _measured(warmth, lab, left, top, width, height)
            if cone is None:
                continue
            key = round(cone.u_px / 3), round(cone.v_px / 3)
            if key not in found or found[key].contrast < cone.contrast:
                found[key] = cone
    return sorted(found.values(), key=lambda cone: -cone.contrast)[:SHORTLIST]
