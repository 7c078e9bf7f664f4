"""When a row was exposed: the rolling shutter, undone.

A frame's timestamp is taken as the middle of the exposure of the sensor's first row. The rows
follow one another at an even pace, so a row y of H is exposed y/H of the readout later. The readout
is a property of the sensor: where the picture was turned to stand upright, the first row exposed is
the bottom row (a phone held upside down) or a side of the picture (a phone held in portrait).

It knows no clock and judges no timestamp.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.profile import Profile


def row_delay_s(
    v_px: ArrayLike, profile: Profile, u_px: ArrayLike = 0.0, rotation_deg: int = 0
) -> NDArray[np.float64]:
    """How long after a frame's timestamp a point of the picture was exposed.

    Args:
        v_px: Rows of the upright picture.
        profile: Its size and the sensor's readout.
        u_px: Columns of the upright picture; of no matter where the picture was not turned.
        rotation_deg: 0, 90, 180 or 270: clockwise turn that made the stored picture upright, as
            `hardware.video.VideoFile` has it.

    Returns:
        Seconds, in the shape of the pixels, from 0 to the readout.
    """
    width, height = profile.picture_px
    u, v = np.asarray(u_px, np.float64), np.asarray(v_px, np.float64)
    stored_row, stored_height = {
        0: (v, height),
        90: (width - 1 - u, width),
        180: (height - 1 - v, height),
        270: (u, width),
    }[rotation_deg]
    return stored_row / stored_height * profile.readout_ms / 1000
