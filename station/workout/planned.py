"""A place in a plan: what the notation gives and each athlete's own plan is made of (pure).

It decides nothing.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["fly", "400-pace"]
"""What a plan's reps are for."""


class PlannedRep(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rep of a plan.

    Attributes:
        number: From 1, through the whole workout.
        set: From 1.
        distance_m: Its length; a fly's is that of the Fly Zone.
        recovery_s: The recovery after it, None after the last.
        assumed: Whether the notation left that recovery open.
    """

    number: int
    set: int
    distance_m: float
    recovery_s: float | None
    assumed: bool = False
