"""Which lane a runner was in, as far as his feet tell (pure).

It weighs where the feet touched the ground at both markers against what is usual. A shadow that
falls towards the camera looks like feet in a nearer lane, never in a farther one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, hypot, sqrt

from calibration.feet import LANES_APART_SD_M
from station.crossing import Crossing
from station.flags import Flag

ALONE = 0.9  # share of runners without company who are in the lane between the cones (our rule)
IN_COMPANY = 0.5
SURE = 0.9
IN_DOUBT = 0.5
RULED_OUT = 0.05
WITHIN_SDS = 1.8  # an interval must reach every lane that is not ruled out
OFF_MIDDLE = 0.35  # share of a lane's width that feet may lie off the middle of their lane
APART = 2.5  # combined standard deviations by which the two markers may differ


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a runner ran.

    Attributes:
        aside_m: How far beyond the middle of our lane he seemed to be, at our lane's scale; 0
            where he was in ours or it is unknown.
        flag: What the coach has to know about it, None where he was in our lane.
        sd_m: How far `aside_m` may be off because it is the wrong lane, one standard deviation.
    """

    aside_m: float
    flag: Flag | None
    sd_m: float = 0.0


OURS = Lane(0.0, None)


def lane_of(
    first: Crossing, last: Crossing, *, lane_width_m: float, distance_m: float, company: bool
) -> Lane:
    """Decide on a run's lane.

    Args:
        first: One crossing of the run.
        last: The other.
        lane_width_m: From the middle of one lane to that of the next.
        distance_m: From the camera to the middle of our lane.
        company: Whether somebody else ran at the same time.

    Returns:
        The lane, with its flag.
    """
    trust = [1 / one.feet_sd_m**2 for one in (first, last)]
    feet_m = (trust[0] * first.feet_m + trust[1] * last.feet_m) / sum(trust)
    spread, sd_m = hypot(first.feet_sd_m, last.feet_sd_m), 1 / sqrt(sum(trust))
    readable = sd_m < LANES_APART_SD_M and abs(first.feet_m - last.feet_m) < APART * spread
    ours = IN_COMPANY if company else ALONE
    weights = {0.0: ours, -lane_width_m: (1 - ours) / 2, lane_width_m: (1 - ours) / 2}
    if readable:
        best = min((feet_m - offset) ** 2 for offset in weights)
        for offset in weights:
            weights[offset] *= exp(-((feet_m - offset) ** 2 - best) / (2 * sd_m**2))
    total = sum(weights.values())
    offset_m, share = max(((o, w / total) for o, w in weights.items()), key=lambda pair: pair[1])
    spread_m = sqrt(sum(w / total * offset**2 for offset, w in weights.items()))
    possible_m = max(abs(offset) for offset, w in weights.items() if w / total > RULED_OUT)
    spread_m = max(spread_m, possible_m / WITHIN_SDS)
    unknown = Lane(0.0, Flag.LANE_UNKNOWN, spread_m)
    if offset_m == 0.0:
        return unknown if company and possible_m > 0 else OURS
    near_its_middle = abs(feet_m - offset_m) < OFF_MIDDLE * lane_width_m
    if share > SURE and near_its_middle and (offset_m > 0 or company):
        return Lane(offset_m * distance_m / (distance_m + offset_m), Flag.OTHER_LANE)
    return unknown if company or share > IN_DOUBT else OURS
