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
"""Gives the clip about a passing, by `window_s` with so many metres past the marker."""
TIMED_M = AROUND_MARKER_M  # past the marker: so much is a runner timed by, …
PLACED_M = 2.6  # … and so much suffices to place a cut, which is done before its last frame comes
EARLIER_M = 1.0  # a run's clip lies so much earlier: what is behind the runner is seen as well
# before he comes as after he has gone, and nobody need wait for that
SLOWEST_RUN_MPS = 3.0  # who is slower may have turned round just before, and is in the way
INSTANT_STEP_S = 1 / 30  # clips are cut about whole multiples of it, …
SPEED_STEP = 1.1  # … and for speeds that are whole powers of this
DOUBT = 0.15  # of a step: so near to half-way between two, either could be the nearest
ROUGH_S = 1 / 30  # between the frames that suffice to place a cut


def window_s(passing: Passing, past_m: float, begun_s: float) -> tuple[float, float]:
    """When the clip about a passing begins and ends.

    Args:
        passing: Roughly when, and how fast.
        past_m: How far past the marker somebody is in its last frame, where it lies evenly about
            the marker; a run's lies `EARLIER_M` earlier, if so much was filmed before.
        begun_s: When the recording begins.

    Returns:
        Its first and its last instant, by the clock of the passing.
    """
    speed_mps = abs(passing.velocity_mps)
    from_s = passing.instant_s - AROUND_MARKER_M / speed_mps
    earlier_m = EARLIER_M if speed_mps >= SLOWEST_RUN_MPS else 0.0
    earlier_s = min(earlier_m / speed_mps, max(0.0, from_s - begun_s))
    return from_s - earlier_s, passing.instant_s + past_m / speed_mps - earlier_s


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
