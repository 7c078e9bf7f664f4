"""Colours: of people, so that they stand out as much as the scene wants, and of things.

It decides brightness and colour differences (BT.601, limited range, as video stores them). It
draws nothing.
"""

from __future__ import annotations

import numpy as np

from station.simulator.figure import Body, Yuv
from station.simulator.motion import Floats

CLEARLY_SEEN = 40.0
"""Grey levels between a person and the background that count as good contrast."""

_SKIN = ((236, 188, 160), (205, 150, 115), (150, 100, 72), (92, 60, 44))
_HAIR = ((30, 25, 22), (62, 42, 30), (120, 85, 50), (205, 175, 120), (140, 140, 140))
_KIT = (
    (235, 235, 235), (25, 25, 30), (200, 30, 40), (30, 60, 170), (240, 200, 40), (250, 110, 30),
    (30, 120, 70), (120, 40, 130), (90, 200, 230), (90, 90, 95),
)  # fmt: skip


def yuv_of(rgb: tuple[float, float, float]) -> Yuv:
    """Convert a colour of 0 to 255 per channel."""
    red, green, blue = rgb
    return (
        16 + 0.257 * red + 0.504 * green + 0.098 * blue,
        128 - 0.148 * red - 0.291 * green + 0.439 * blue,
        128 + 0.439 * red - 0.368 * green - 0.071 * blue,
    )


def _apart(colour: Yuv, behind: Floats, levels: float | None) -> Yuv:
    """Move a colour's brightness: clearly off the background's, or `levels` off its mean.

    Clearly is off four fifths of the background, as near to the colour's own as that allows.
    """
    y, u, v = colour
    if levels is not None:  # a person who is hard to see has hardly any colour of his own either
        mean = float(behind.mean())
        sign = 1.0 if y >= mean else -1.0
        sign = sign if 18 <= mean + sign * levels <= 234 else -sign
        shade = float(np.clip(mean + sign * levels, 17, 235))
        return shade, 128 + (u - 128) * 0.3, 128 + (v - 128) * 0.3
    choice = np.arange(20.0, 233.0, 2.0)
    gaps = np.quantile(np.abs(choice[:, None] - behind), 0.2, axis=1)
    clear = choice[gaps >= min(CLEARLY_SEEN, float(gaps.max()))]
    return float(clear[np.argmin(np.abs(clear - y))]), u, v


def draw_body(
    rng: np.random.Generator, behind_head: Floats, behind_trunk: Floats, levels: float | None
) -> Body:
    """Draw a person.

    Args:
        rng: Where chance comes from.
        behind_head: Brightness of the background along the lane at head height.
        behind_trunk: The same at the trunk's height.
        levels: Contrast in grey levels; None: good.
    """
    skin = yuv_of(_SKIN[rng.integers(len(_SKIN))])
    hair = yuv_of(_HAIR[rng.integers(len(_HAIR))])
    shirt, shorts, shoes = (yuv_of(_KIT[rng.integers(len(_KIT))]) for _ in range(3))
    height_m = float(rng.uniform(1.58, 1.92))
    return Body(
        height_m=height_m,
        girth=float(rng.uniform(0.9, 1.12)) * height_m / 1.75,
        head_lead_m=float(rng.uniform(-0.06, 0.03)),
        ponytail=bool(rng.random() < 0.3),
        skin=_apart(skin, behind_head, levels),
        hair=_apart(hair, behind_head, levels),
        shirt=_apart(shirt, behind_trunk, levels),
        shorts=_apart(shorts, behind_trunk, levels),
        shoes=_apart(shoes, behind_trunk, levels),
    )
