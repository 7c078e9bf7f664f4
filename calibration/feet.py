"""How well a picture tells from a runner's feet where across the lane he runs.

What stands farther away stands higher in the picture, so a foot's row tells its place, the better
the higher the camera. It decides how far that can be trusted, and never looks at a picture.
"""

from __future__ import annotations

from math import hypot

from calibration.geometry import LONE_CONE_SD_M, Zone

SOLE_SD_M = 0.03  # of the lowest visible point of a shoe above the ground
SOLE_SD_PX = 0.7  # of the row in which it is seen
LANES_APART_SD_M = 0.45  # feet known worse than this tell nothing about lanes 1.22 m apart


def feet_sd_m(zone: Zone, at_m: float) -> float:
    """Standard deviation of the lateral place that feet show at a marker, metres.

    Args:
        zone: The calibration.
        at_m: Where the marker is: 0 or the zone's length.
    """
    sole_m = (SOLE_SD_M + SOLE_SD_PX / zone.px_per_m(at_m)) * zone.distance_m / zone.height_m
    lone = 1 in (len(zone.profile.marker2_px), len(zone.profile.marker3_px))
    return hypot(sole_m, LONE_CONE_SD_M if lone else 0.0)


def run_feet_sd_m(zone: Zone) -> float:
    """The same of the mean of both markers, metres."""
    return hypot(feet_sd_m(zone, 0.0), feet_sd_m(zone, zone.fly_m)) / 2
