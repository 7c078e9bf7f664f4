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
    return hypot(sole_m, LONE_CONE_SD_M if zone.profile.lone_cone else 0.0)


def run_feet_sd_m(zone: Zone) -> float:
    """The same of the mean of the markers seen, metres."""
    each_m = [feet_sd_m(zone, at_m) for at_m in zone.markers.values()]
    return hypot(*each_m) / len(each_m)
