"""How well the Fly Zone's length is known, by how it was measured (pure).

It decides what each way of measuring leaves unknown, as a share of the length: it is in every
velocity, and in no time; and how far two measurements of one zone may differ. It measures nothing.
"""

from __future__ import annotations

from math import hypot
from typing import Literal

from calibration.interval import INTERVAL_95

FlyBy = Literal["marks", "tape", "wheel", "paces"]

LENGTH_SD: dict[FlyBy, float] = {
    # The lane marks are exact to a centimetre; then a cone stands on each, within another.
    "marks": 0.0005,
    # Surveyors give taping on even ground 1 : 1000 (3 cm in 30 m).
    "tape": 0.001,
    # Makers promise 99.5 to 99.9 % on a smooth floor.
    "wheel": 0.003,
    # Surveyors' paces are good to 1 : 100 by those who know the length of theirs; we allow twice.
    "paces": 0.02,
}
"""One standard deviation of the length, by the length."""

USUAL_BY: FlyBy = "tape"  # where it was not said


def length_sd(by: FlyBy | None) -> float:
    """What a way of measuring leaves unknown, one sd; nothing where it was not said."""
    return 0.0 if by is None else LENGTH_SD[by]


def may_differ_m(
    one_m: float, one_by: FlyBy | None, other_m: float, other_by: FlyBy | None
) -> float:
    """How far two measured lengths of one zone are apart at most, 95 times in 100.

    Args:
        one_m: A length.
        one_by: How it was measured; by tape, where that was not said.
        other_m: Another.
        other_by: How that was.
    """
    sds_m = [m * LENGTH_SD[by or USUAL_BY] for m, by in ((one_m, one_by), (other_m, other_by))]
    return INTERVAL_95 * hypot(*sds_m)
