"""The photo-finish strip: what passed a marker's plane, over time, to scale.

A photo-finish camera films one column a thousand times a second. Of a video with 30 pictures a
second that column alone would be a few bars, so each picture lends the stripe that the runner
covers until the next one: what is seen x metres past the marker at t has crossed it at t - x / v.
Along the runner's own speed this is exact, limbs shear a little at the stripes' edges, and what
stands still is repeated from stripe to stripe. A strip shows a reading and never makes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from calibration.shutter import row_delay_s
from station.crossing import Crossing

Picture = NDArray[np.uint8]

BLANK = 48  # grey level where the recording has no picture


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The part of one frame around a marker.

    Attributes:
        instant_s: Real seconds since the recording's first timestamp, of the picture's first row.
        picture: Blue, green, red, shape (height_px, width_px, 3).
        left_px: Column of its left edge in the whole picture.
        top_px: Row of its top edge in the whole picture.
    """

    instant_s: float
    picture: Picture
    left_px: int
    top_px: int

    def resampled(self, u_px: NDArray[np.float64], v_px: NDArray[np.float64]) -> Picture:
        """The colours at points of the whole picture, in the points' shape."""
        columns = (u_px - self.left_px).astype(np.float32)
        rows = (v_px - self.top_px).astype(np.float32)
        border = (BLANK, BLANK, BLANK)
        return np.asarray(
            cv2.remap(self.picture, columns, rows, cv2.INTER_CUBIC, borderValue=border), np.uint8
        )


def photo_finish(
    glimpses: Sequence[Glimpse],
    zone: Zone,
    crossing: Crossing,
    heights_m: NDArray[np.float64],
    instants_s: NDArray[np.float64],
    reach_s: float,
    rotation_deg: int = 0,
) -> Picture:
    """Lay the pictures' stripes side by side.

    Args:
        glimpses: The frames around the crossing, one at least.
        zone: The converter between pixels and metres.
        crossing: Whose plane and whose speed.
        heights_m: Metres above the ground of the strip's rows, shape (height,).
        instants_s: Real seconds since the first timestamp of its columns, shape (width,).
        reach_s: A column that is farther than this from every picture stays grey.
        rotation_deg: Clockwise turn that made the pictures upright.

    Returns:
        The strip, shape (height, width, 3); grey where no picture is near enough.
    """
    plane_m = float(zone.to_lane(crossing.u_px, crossing.v_px)[0])
    # Where the shutter runs along the columns, it does so by about 0.1 ms within a stripe.
    columns_px, rows_px = zone.to_pixel(plane_m, 0.0, heights_m)
    delays_s = row_delay_s(rows_px, zone.profile, columns_px, rotation_deg)
    body_delay_s = float(row_delay_s(crossing.v_px, zone.profile, crossing.u_px, rotation_deg))
    taken_s = np.array([glimpse.instant_s for glimpse in glimpses])
    distances_s = np.abs(instants_s[:, None] - (taken_s + body_delay_s))
    nearest = distances_s.argmin(axis=1)
    nearest[distances_s.min(axis=1) > reach_s] = -1
    strip = np.full((len(heights_m), len(instants_s), 3), BLANK, np.uint8)
    for index, glimpse in enumerate(glimpses):
        (columns,) = np.nonzero(nearest == index)
        if len(columns):
            ahead_s = (glimpse.instant_s + delays_s)[:, None] - instants_s[columns]
            x_m = plane_m + crossing.velocity_mps * ahead_s
            u, v = zone.to_pixel(x_m, 0.0, heights_m[:, None])
            strip[:, columns] = glimpse.resampled(u, v)
    return strip
