"""The same runner, the same clip: digits that do not depend on how roughly he was seen passing.

What the watch makes of a passing depends a little on where its recording began, so a clip that is
cut by it may have a frame more or less. Here the clip is cut anew about the crossing that was
timed in it, at a whole frame and a rounded speed, until cutting and timing agree. It decides where
a clip begins and ends; what is in it is timed by `sighting` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import log

import numpy as np

from calibration.geometry import Zone
from station.crossing import Crossing
from station.vision.clip import Clip
from station.vision.patches import px_per_m
from station.vision.sighting import time_clip
from station.vision.watch import Passing

SPEED_STEP = 1.1  # clips are cut for speeds that are whole powers of it
DOUBT = 0.15  # of a step: so near to half-way between two steps, both are tried
MOST_CUTS = 8
ROUGH_S, ROUGH_PX_PER_M = 1 / 30, 20.0  # frames and pixels that suffice to place a cut


def time_recut(cut: Callable[[Passing], Clip], zone: Zone, seen: Passing) -> tuple[Crossing, ...]:
    """Time a passing by a clip that is cut for its own result.

    Args:
        cut: Gives the clip about a passing.
        zone: The calibration.
        seen: The passing as the watch saw it.

    Returns:
        The crossings of `time_clip`; empty where nobody could be timed.
    """
    clip = cut(seen)
    rough = time_clip(_thinned(clip, zone), zone, seen) or time_clip(clip, zone, seen)
    if not rough:
        return ()
    found: dict[tuple[float, float], tuple[Crossing, ...]] = {}
    agreed = set()
    waiting = _cuts_about(rough[0], clip)
    while waiting and len(found) < MOST_CUTS:
        at = waiting.pop()
        passing = replace(seen, instant_s=at[0], velocity_mps=at[1])
        clip = cut(passing)
        crossings = time_clip(clip, zone, passing)
        found[at] = crossings
        if crossings:
            if _step(crossings[0], clip) == at:
                agreed.add(at)
            waiting |= _cuts_about(crossings[0], clip) - found.keys()
    # Half-way between two steps both may agree with themselves, or neither: then the first counts.
    return found[min(agreed or found)]


def _thinned(clip: Clip, zone: Zone) -> Clip:
    """What suffices to place a cut, at a fraction of the price."""
    if len(clip.instants_s) < 3:
        return clip
    some = np.arange(len(clip.instants_s)) % max(1, round(ROUGH_S / _frame_s(clip))) == 0
    at_m = float(np.mean(zone.to_lane(clip.columns_px, clip.box.top)[0]))
    return clip.where(some).shrunk(max(1, int(px_per_m(zone, at_m) / ROUGH_PX_PER_M)))


def _frame_s(clip: Clip) -> float:
    return float(np.median(np.diff(clip.instants_s)))


def _cuts_about(crossing: Crossing, clip: Clip) -> set[tuple[float, float]]:
    """The step a crossing falls on, and the next one where it falls nearly half-way."""
    doubts = (-DOUBT, DOUBT)
    return {_step(crossing, clip, early, slow) for early in doubts for slow in doubts}


def _step(
    crossing: Crossing, clip: Clip, frames: float = 0.0, speeds: float = 0.0
) -> tuple[float, float]:
    """The nearest frame's instant and the nearest speed, so many steps beside a crossing."""
    shifted_s = crossing.instant_s + frames * _frame_s(clip)
    nearest = np.abs(clip.instants_s - shifted_s).argmin()
    power = round(log(abs(crossing.velocity_mps)) / log(SPEED_STEP) + speeds)
    return float(clip.instants_s[nearest]), float(
        np.sign(crossing.velocity_mps)
    ) * SPEED_STEP**power
