"""The same runner, the same clip: digits that do not depend on how roughly he was seen passing.

What the watch makes of a passing depends a little on where its recording began. So a passing is
placed more exactly first, and then timed in a clip that is cut about it at a rounded instant and
speed. It decides where a clip begins and ends; `time_clip` alone times what is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from math import copysign, log

from calibration.geometry import Zone
from station.crossing import Crossing
from station.vision.clip import Clip
from station.vision.corridor import AROUND_MARKER_M
from station.vision.time_clip import place, time_clip
from station.vision.watch import Passing

Cut = Callable[[Passing, float], Clip]
"""Gives the clip about a passing that ends so many metres past the marker."""
PLACED_M = 2.4  # past the marker: what suffices to place a cut is there before its last frame
TIMED_M = AROUND_MARKER_M  # past it: with less, what is behind a runner is known too little where
# the camera is held by hand
INSTANT_STEP_S = 1 / 30  # clips are cut about whole multiples of it, …
SPEED_STEP = 1.1  # … and for speeds that are whole powers of this
DOUBT = 0.15  # of a step: so near to half-way between two, either could be the nearest
ROUGH_S = 1 / 30  # between the frames that suffice to place a cut


def time_recut(cut: Cut, zone: Zone, seen: Passing) -> tuple[tuple[Crossing, ...], ...]:
    """Time a passing by a clip that is cut for its own result.

    Args:
        cut: Cuts clips.
        zone: The calibration.
        seen: The passing as the watch saw it.

    Returns:
        The bodies of `time_clip`; empty where nobody could be timed.
    """
    chosen = recut(cut, zone, seen)
    return () if chosen is None else time_clip(cut(chosen, TIMED_M), zone, chosen)


def recut(cut: Cut, zone: Zone, seen: Passing) -> Passing | None:
    """The rounded passing about which a clip is cut to be timed; None where nobody held still."""

    def roughly(passing: Passing, doubt: float) -> list[Passing]:
        placed = place(cut(passing, PLACED_M), zone, passing)
        return [] if placed is None else _rounded(placed, doubt)

    places = roughly(seen, DOUBT)
    if len(places) < 2:
        return places[0] if places else None
    # The first that looks at itself and rounds to itself is the same however it began.
    return next((one for one in places if one in roughly(one, 0.0)), places[0])


def _rounded(placed: Passing, doubt: float) -> list[Passing]:
    """The passings on whole steps that may be the nearest to one, always in one order."""
    instant = placed.instant_s / INSTANT_STEP_S
    speed = log(abs(placed.velocity_mps)) / log(SPEED_STEP)
    instants, speeds = ({round(x - doubt), round(x + doubt)} for x in (instant, speed))
    return [
        replace(
            placed,
            instant_s=n * INSTANT_STEP_S,
            velocity_mps=copysign(SPEED_STEP**k, placed.velocity_mps),
        )
        for n, k in product(sorted(instants), sorted(speeds))
    ]
